/** Private notes in the thread: drawn among the messages, kept live, written and deleted without leaving. */

import { h, icon } from "./dom.js";
import { rest } from "./transport.js";

export class Notes {
  constructor({ client, snapshot, times, words }) {
    Object.assign(this, { client, times, words });
    this.path = `conversations/${client.log.id}/notes`;
    this.notes = new Map((snapshot.notes ?? []).map((note) => [note.id, note]));
    this.thread = document.querySelector("chat-thread");
    this.box = document.getElementById("note-form");
    this.thread.view.drawNote = (note) => this.#draw(note);
    client.transport.addEventListener("frame", (event) => this.#hear(event.detail));
    // What was written while the connection was away.
    client.transport.addEventListener("open", () => this.#readAgain());
    this.#wireForm();
    this.#show();
  }

  open() {
    if (!this.box) return;
    this.box.open = true;
    this.box.querySelector("textarea").focus();
  }

  #hear({ type, data }) {
    if (data?.conversation !== this.client.log.id) return;
    if (type === "note") this.notes.set(data.id, data);
    else if (type === "note.removed") this.notes.delete(data.id);
    else return;
    this.#show();
  }

  async #readAgain() {
    try {
      const { notes } = await rest(this.path);
      this.notes = new Map(notes.map((note) => [note.id, note]));
      this.#show();
    } catch {
      // The next connection reads them.
    }
  }

  #show() {
    this.thread.view.notes = [...this.notes.values()].sort((a, b) => a.after_seq - b.after_seq || a.id - b.id);
    this.thread.draw();
  }

  #draw(note) {
    const isMine = note.author.id === this.client.me.id && this.box;
    const what = note.to ? this.words.noteTo.replace("{name}", note.to.name) : this.words.noteBy;
    return h("div", { class: "msg msg-note msg-me", id: `n${note.id}` },
      h("p", { class: "msg-who" }, icon("lock", "i-s"), h("b", {}, h("bdi", {}, note.author.name)), ` ${what} `,
        h("time", { datetime: note.created_at, title: this.times.full(note.created_at) }, this.times.clock(note.created_at)),
        note.edited_at ? h("span", { class: "soft" }, ` (${this.words.noteEdited})`) : null),
      h("div", { class: "bubble", dir: "auto" }, note.body),
      isMine ? h("p", { class: "msg-meta" },
        h("button", { class: "link-btn", type: "button", onclick: () => this.#change(note) }, this.words.noteChange),
        h("span", { class: "sep", "aria-hidden": "true" }, "·"),
        h("button", { class: "link-btn", type: "button", onclick: () => this.#remove(note) }, this.words.noteDelete)) : null);
  }

  #change(note) {
    this.changing = note.id;
    this.box.querySelector("textarea").value = note.body;
    this.open();
  }

  async #remove(note) {
    try {
      await rest(`${this.path}/${note.id}`, undefined, "DELETE");
      this.notes.delete(note.id);
      this.#show();
      this.thread.logBox.focus();
    } catch (error) {
      this.#fail(error);
    }
  }

  #wireForm() {
    const form = this.box?.querySelector("form");
    if (!form) return;
    const text = form.querySelector("textarea");
    this.changing = Number(form.querySelector("[name=note]")?.value ?? 0) || null;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (this.isSaving || !text.value.trim()) return;
      this.isSaving = true;
      try {
        const path = this.changing ? `${this.path}/${this.changing}` : this.path;
        const note = await rest(path, { body: text.value }, this.changing ? "PUT" : "POST");
        this.notes.set(note.id, note);
        text.value = "";
        this.changing = null;
        form.querySelector("[data-note-error]").textContent = "";
        this.box.open = false;
        this.#show();
        document.querySelector("[data-note-open]").focus();
      } catch (error) {
        this.#fail(error);
      } finally {
        this.isSaving = false;
      }
    });
    text.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.box.open = false;
        document.querySelector("[data-note-open]").focus();
      } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
  }

  #fail(error) {
    if (!this.box) return;
    this.box.open = true;
    this.box.querySelector("[data-note-error]").textContent = this.words.noteNotSaved.replace("{reason}", error.message || error.code);
  }
}
