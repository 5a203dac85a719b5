/**
 * Who else of the shop has this conversation open, and a last look before an answer crosses another's.
 *
 * Nothing of it is stored: each member says what they do every 20 s, and is forgotten after 45 s of silence.
 */

import { h, icon } from "./dom.js";

const EVERY_MS = 20_000;
const FORGET_MS = 45_000;
const WRITING_MS = 30_000;

export class Colleagues {
  constructor({ client, words }) {
    Object.assign(this, { client, words });
    this.others = new Map();
    this.line = document.querySelector("[data-here]");
    this.composer = document.querySelector("chat-composer");
    this.lastKey = 0;
    this.said = "";
    client.transport.addEventListener("frame", (event) => this.#hear(event.detail));
    client.addEventListener("link", () => this.#linkChanged());
    this.composer?.addEventListener("text", (event) => this.#typed(event.detail.body));
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#say("gone") : this.#say(this.#state(), true)));
    window.addEventListener("pagehide", () => this.#say("gone"));
    setInterval(() => {
      if (!document.hidden) this.#say(this.#state());
    }, EVERY_MS);
    setInterval(() => this.#tick(), 1_000);
    this.#linkChanged();
    this.#wireLastLook();
  }

  // ---- who is here ----

  #linkChanged() {
    const isOpen = this.client.link.state === "open";
    // A moment for the subscription, which goes out with the connection.
    if (isOpen && !this.wasOpen) setTimeout(() => this.#say(this.#state(), true), 400);
    this.wasOpen = isOpen;
  }

  #state() {
    return Date.now() - this.lastKey < WRITING_MS ? "writing" : "looking";
  }

  #typed(body) {
    if (body.trim()) {
      this.lastKey = Date.now();
      this.began ??= this.#newestSeq();
    } else {
      this.lastKey = 0;
      this.began = null;
    }
    if (this.said !== this.#state()) this.#say(this.#state());
  }

  #say(state, asks = false) {
    if (this.client.link.state !== "open") return;
    this.said = state;
    this.client.transport.tell("viewing", { conversation: this.client.log.id, state, asks });
  }

  #hear({ type, data }) {
    if (type !== "viewing" || data.conversation !== this.client.log.id || data.user.id === this.client.me.id) return;
    if (data.state === "gone") this.others.delete(data.user.id);
    else this.others.set(data.user.id, { name: data.user.name, state: data.state, at: Date.now() });
    if (data.asks && !document.hidden) this.#say(this.#state());
    this.#draw();
  }

  #tick() {
    const limit = Date.now() - FORGET_MS;
    for (const [id, other] of this.others) if (other.at < limit) this.others.delete(id);
    if (this.said === "writing" && this.#state() === "looking") this.#say("looking");
    this.#draw();
  }

  #draw() {
    if (!this.line) return;
    const all = [...this.others.values()];
    const writer = all.find((other) => other.state === "writing");
    const text = writer ? this.words.isWriting.replace("{name}", writer.name)
      : all.length > 1 ? this.words.areHere.replace("{names}", all.map((other) => other.name).join(", "))
        : all.length ? this.words.isLooking.replace("{name}", all[0].name) : "";
    if (this.shown === text) return;
    this.shown = text;
    this.line.hidden = !text;
    this.line.replaceChildren(...(text ? [icon(writer ? "chat" : "eye", "i-s"), h("bdi", {}, text)] : []));
  }

  // ---- before an answer crosses a colleague's ----

  #newestSeq() {
    return this.client.log.list().at(-1)?.seq ?? 0;
  }

  #wireLastLook() {
    this.box = document.querySelector("[data-overtaken]");
    this.composer?.addEventListener("sending", (event) => {
      const answer = this.#answerSince();
      if (!answer) {
        this.began = null;
        this.box.hidden = true;
        return;
      }
      event.preventDefault();
      this.#warn(answer);
    });
    this.client.addEventListener("log", () => {
      const answer = this.#answerSince();
      if (answer && this.composer?.text?.value.trim()) this.#warn(answer);
    });
  }

  #answerSince() {
    if (this.began === null || this.began === undefined) return null;
    return this.client.log.list().findLast((message) =>
      message.seq > this.began && message.author.kind === "member" && message.author.id !== this.client.me.id) ?? null;
  }

  #warn(answer) {
    if (this.warned === answer.seq && !this.box.hidden) return;
    this.warned = answer.seq;
    const name = answer.author.name.split(" ")[0];
    this.box.replaceChildren(icon("alert"), h("div", {},
      h("p", {}, h("b", {}, this.words.overtaken.replace("{name}", name))),
      h("p", { class: "soft", dir: "auto" }, `“${answer.body.slice(0, 200)}”`),
      h("p", { class: "fix-do" },
        h("a", { class: "btn btn-s", href: `#m${answer.seq}` }, this.words.overtakenLook),
        h("button", { class: "btn btn-s btn-quiet", type: "button", onclick: () => this.#sendAnyway() }, this.words.overtakenSend))));
    this.box.hidden = false;
  }

  #sendAnyway() {
    this.began = this.#newestSeq();
    this.box.hidden = true;
    this.composer.submit();
  }
}
