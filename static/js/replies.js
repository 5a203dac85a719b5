/** Saved replies: "/" in a message opens the list, with the blanks already filled in. */

import { h } from "./dom.js";

const TYPED = /(^|\s)\/([a-z0-9-]*)$/;
const BLANK = /\{(\w+)\}/g;
const MOST_SHOWN = 6;

export class SavedReplies {
  constructor(composer, { replies, fillIns, words }) {
    Object.assign(this, { composer, replies, fillIns, words });
    this.text = composer.querySelector("textarea");
    this.menu = composer.querySelector("[data-saved]");
    this.list = this.menu.querySelector("[role=listbox]");
    this.view = this.menu.querySelector("[data-saved-view]");
    this.button = composer.querySelector("[data-saved-open]");
    this.chosen = 0;
    this.found = [];
    composer.addEventListener("text", () => this.#typed());
    // Before the composer's own keys: Enter inserts here, it does not send.
    this.text.addEventListener("keydown", (event) => this.#key(event), { capture: true });
    this.text.addEventListener("blur", () => setTimeout(() => this.close(), 200));
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.#toggle());
    this.list.addEventListener("mousedown", (event) => {
      const option = event.target.closest("[role=option]");
      if (!option) return;
      event.preventDefault();
      this.#insert(this.found[Number(option.dataset.at)]);
    });
  }

  #toggle() {
    if (!this.menu.hidden) return this.close();
    this.text.focus();
    this.from = this.text.selectionStart;
    this.#show("");
  }

  #typed() {
    const before = this.text.value.slice(0, this.text.selectionStart);
    const match = before.match(TYPED);
    if (!match) return this.close();
    this.from = before.length - match[2].length - 1;
    this.#show(match[2]);
  }

  #show(typed) {
    this.found = this.replies
      .filter((reply) => reply.shortcut.includes(typed) || reply.title.toLowerCase().includes(typed))
      .sort((a, b) => Number(b.shortcut.startsWith(typed)) - Number(a.shortcut.startsWith(typed)))
      .slice(0, MOST_SHOWN);
    if (!this.found.length) return this.close();
    this.chosen = Math.min(this.chosen, this.found.length - 1);
    this.menu.querySelector("[data-saved-head]").textContent = typed ? this.words.savedFor.replace("{text}", typed) : this.words.savedAll;
    this.menu.hidden = false;
    this.button.setAttribute("aria-pressed", "true");
    this.text.setAttribute("aria-controls", this.list.id);
    this.#draw();
  }

  #draw() {
    this.list.replaceChildren(...this.found.map((reply, at) => h("li",
      { role: "option", id: `saved-${at}`, "data-at": at, "aria-selected": String(at === this.chosen), class: at === this.chosen ? "cur" : "" },
      h("b", {}, `/${reply.shortcut}`), h("span", {}, reply.title))));
    this.text.setAttribute("aria-activedescendant", `saved-${this.chosen}`);
    this.view.replaceChildren(...this.#filled(this.found[this.chosen].body).map((part) =>
      part.isFilled ? h("span", { class: "fill-in" }, part.text) : part.text));
  }

  #filled(body) {
    const parts = [];
    let position = 0;
    for (const match of body.matchAll(BLANK)) {
      const value = this.fillIns[match[1]];
      if (value === undefined || value === "") continue;
      parts.push({ text: body.slice(position, match.index) }, { text: value, isFilled: true });
      position = match.index + match[0].length;
    }
    parts.push({ text: body.slice(position) });
    return parts;
  }

  #key(event) {
    if (this.menu.hidden || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.chosen = (this.chosen + step + this.found.length) % this.found.length;
    else if (event.key === "Enter" || event.key === "Tab") this.#insert(this.found[this.chosen]);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (step) this.#draw();
  }

  #insert(reply) {
    const text = this.#filled(reply.body).map((part) => part.text).join("");
    this.close();
    this.composer.insert(text, { replaceFrom: this.from });
  }

  close() {
    this.menu.hidden = true;
    this.chosen = 0;
    this.button.setAttribute("aria-pressed", "false");
    this.text.removeAttribute("aria-activedescendant");
  }
}
