/** The command palette (Ctrl or Cmd K) and the list of keys (?). Commands are what the page itself offers. */

import { h } from "./dom.js";

const MOST = 12;

export class Palette {
  constructor({ client, snapshot, words, extra }) {
    Object.assign(this, { client, snapshot, words, extra });
    this.dialog = document.querySelector("[data-palette]");
    this.keys = document.querySelector("dialog[data-keys]");
    if (!this.dialog) return;
    this.input = this.dialog.querySelector("input");
    this.list = this.dialog.querySelector("[role=listbox]");
    this.status = this.dialog.querySelector("[data-palette-status]");
    this.chosen = 0;
    this.input.addEventListener("input", () => this.#draw());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#run(this.found[Number(option.dataset.at)]);
    });
    // A click beside the dialog closes it.
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    for (const opener of document.querySelectorAll("[data-open-palette]")) {
      opener.hidden = false;
      opener.addEventListener("click", () => this.open());
    }
  }

  open() {
    if (!this.dialog || this.dialog.open) return;
    this.commands = this.#gather();
    this.input.value = "";
    this.dialog.showModal();
    this.#draw();
    this.input.focus();
  }

  openKeys() {
    if (this.keys && !this.keys.open) this.keys.showModal();
  }

  /** Everything that can be done from here: the thread's own forms, views, pages, open conversations. */
  #gather() {
    const commands = [...this.extra()];
    for (const button of document.querySelectorAll(".thread-tools form button")) {
      const group = button.closest("details")?.querySelector("summary")?.getAttribute("aria-label");
      const own = button.textContent.trim();
      // "At another time" needs a time first.
      if (own && button.value !== "at") commands.push({ title: group ? `${group}: ${own}` : own, run: () => button.click() });
    }
    for (const link of document.querySelectorAll("[data-view]")) {
      commands.push({ title: this.words.goTo.replace("{view}", link.textContent.trim()), run: () => link.click() });
    }
    for (const link of document.querySelectorAll(".bar-nav a, [data-select], .inbox-chips a[href*='label=']")) {
      commands.push({ title: link.textContent.trim(), run: () => link.click() });
    }
    for (const row of this.client.list.rows.values()) {
      commands.push({
        title: this.words.openChat.replace("{name}", row.customer.name), hint: row.preview?.slice(0, 40),
        run: () => location.assign(this.snapshot.urls.conversation.replace("0", row.id) + (this.snapshot.query ?? "")),
      });
    }
    return commands;
  }

  #draw() {
    const asked = this.input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const matching = this.commands.filter(({ title, hint }) => {
      const text = `${title} ${hint ?? ""}`.toLowerCase();
      return asked.every((word) => text.includes(word));
    });
    this.found = matching.slice(0, MOST);
    this.chosen = 0;
    this.list.replaceChildren(...this.found.map((command, at) => h("li", { role: "option", id: `command-${at}`, "data-at": at },
      h("span", { dir: "auto" }, command.title), command.hint ? h("span", { class: "meta", dir: "auto" }, command.hint) : null,
      command.key ? h("kbd", {}, command.key) : null)));
    this.status.textContent = matching.length ? this.words.paletteCount.replace("{n}", matching.length) : this.words.paletteNone;
    this.#mark();
  }

  #mark() {
    for (const [at, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(at === this.chosen));
      option.classList.toggle("cur", at === this.chosen);
      if (at === this.chosen) option.scrollIntoView({ block: "nearest" });
    }
    if (this.found.length) this.input.setAttribute("aria-activedescendant", `command-${this.chosen}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length) {
      this.chosen = (this.chosen + step + this.found.length) % this.found.length;
      this.#mark();
    } else if (event.key === "Enter") this.#run(this.found[this.chosen]);
    else return;
    event.preventDefault();
  }

  #run(command) {
    if (!command) return;
    this.dialog.close();
    command.run();
  }
}
