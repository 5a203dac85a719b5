/** <emoji-picker>: a small dialog of emoji beside a composer: search by name, recent ones first, arrow keys. */

import { h, icon } from "./dom.js";

const RECENT_KEY = "parley-emoji";
const MOST_RECENT = 24;
const MOST_FOUND = 80;

let data = null;

async function load(address) {
  data ??= await (await fetch(address, { credentials: "same-origin" })).json();
  return data;
}

function recent() {
  try {
    const kept = JSON.parse(localStorage.getItem(RECENT_KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

function remember(emoji) {
  try {
    localStorage.setItem(RECENT_KEY, JSON.stringify([emoji, ...recent().filter((each) => each !== emoji)].slice(0, MOST_RECENT)));
  } catch {
    // A browser that keeps nothing has no recent ones.
  }
}

/** The first word of a name that says what it shows, with a capital: "grinning face|…" gives "Grinning face". */
function labelOf(words) {
  const name = words.split("|")[0];
  return name[0].toUpperCase() + name.slice(1);
}

export class EmojiPicker extends HTMLElement {
  connect({ composer, words }) {
    Object.assign(this, { composer, words });
    this.button = this.querySelector("[data-emoji-open]");
    this.button.hidden = false;
    this.button.addEventListener("click", () => (this.panel ? this.close() : this.open()));
  }

  async open() {
    this.button.setAttribute("aria-expanded", "true");
    this.search = h("input", { class: "input", type: "search", maxlength: 40, placeholder: this.words.emojiSearch, "aria-label": this.words.emojiSearch });
    this.list = h("div", { class: "emoji-list" });
    this.count = h("p", { class: "vh", role: "status" });
    this.panel = h("div", { class: "emoji-panel", role: "dialog", "aria-label": this.words.emoji },
      h("div", { class: "emoji-top" }, this.search,
        h("button", { class: "icon-btn", type: "button", "aria-label": this.words.close, onclick: () => this.close() }, icon("x", "i-s"))),
      this.count, this.list);
    this.append(this.panel);
    this.search.focus();
    this.search.addEventListener("input", () => this.#draw());
    this.panel.addEventListener("keydown", (event) => this.#key(event));
    this.away = (event) => !this.contains(event.target) && this.close({ focus: false });
    document.addEventListener("pointerdown", this.away);
    try {
      this.all = await load(this.dataset.src);
      if (this.panel) this.#draw();
    } catch {
      this.list?.replaceChildren(h("p", { class: "soft small" }, this.words.emojiFailed));
    }
  }

  close({ focus = true } = {}) {
    this.panel?.remove();
    this.panel = null;
    document.removeEventListener("pointerdown", this.away);
    this.button.setAttribute("aria-expanded", "false");
    if (focus) this.composer.focusText();
  }

  #draw() {
    const query = this.search.value.trim().toLowerCase();
    const groups = query ? [[this.words.emojiFound, this.#found(query)]] : this.#groups();
    this.list.replaceChildren(...groups.filter(([, rows]) => rows.length).flatMap(([title, rows]) => [
      h("h3", { class: "emoji-h" }, title),
      h("div", { class: "emoji-grid", role: "group", "aria-label": title }, rows.map((row) => this.#cell(row))),
    ]));
    const first = this.list.querySelector("button");
    if (first) first.tabIndex = 0;
    this.count.textContent = query ? this.words.foundCount.replace("{n}", groups[0][1].length) : "";
    if (query && !first) this.list.append(h("p", { class: "soft small" }, this.words.emojiNone));
  }

  #groups() {
    const names = new Map(Object.values(this.all).flat().map((row) => [row[0], row]));
    const kept = recent().map((emoji) => names.get(emoji)).filter(Boolean);
    return [[this.words.emojiRecent, kept], ...Object.entries(this.all).map(([group, rows]) => [this.words[`emoji_${group}`] ?? group, rows])];
  }

  #found(query) {
    const wanted = query.split(/\s+/);
    const fits = ([, words]) => wanted.every((word) => words.startsWith(word) || words.includes(` ${word}`) || words.includes(`|${word}`));
    return Object.values(this.all).flat().filter(fits).slice(0, MOST_FOUND);
  }

  #cell([emoji, words]) {
    const label = labelOf(words);
    return h("button", { class: "emoji-cell", type: "button", tabindex: -1, "aria-label": label, title: label, onclick: () => this.#choose(emoji) }, emoji);
  }

  #choose(emoji) {
    remember(emoji);
    this.close();
    this.composer.insert(emoji);
  }

  #key(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close();
      return;
    }
    const cells = [...this.list.querySelectorAll("button")];
    const at = cells.indexOf(document.activeElement);
    if (event.target === this.search) {
      if (event.key === "Enter" && this.search.value.trim() && cells.length) {
        event.preventDefault();
        cells[0].click();
      } else if (event.key === "ArrowDown" && cells.length) {
        event.preventDefault();
        this.#focus(cells, 0);
      }
      return;
    }
    const forward = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    const step = { ArrowRight: forward, ArrowLeft: -forward, Home: -at, End: cells.length - 1 - at }[event.key];
    if (at >= 0 && step !== undefined) {
      event.preventDefault();
      this.#focus(cells, Math.max(0, Math.min(cells.length - 1, at + step)));
    } else if (at >= 0 && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.#focusRow(cells, at, event.key === "ArrowDown" ? 1 : -1);
    }
  }

  #focus(cells, index) {
    for (const cell of cells) cell.tabIndex = -1;
    cells[index].tabIndex = 0;
    cells[index].focus();
  }

  /** The cell below or above: the nearest one of the next row, whatever group it is in. */
  #focusRow(cells, at, direction) {
    const here = cells[at].getBoundingClientRect();
    const rows = direction > 0 ? cells.slice(at + 1) : cells.slice(0, at).reverse();
    const next = rows.find((cell) => Math.abs(cell.getBoundingClientRect().top - here.top) > 4);
    if (!next) {
      if (direction < 0) this.search.focus();
      return;
    }
    const top = next.getBoundingClientRect().top;
    const inRow = cells.filter((cell) => Math.abs(cell.getBoundingClientRect().top - top) < 4);
    const distance = (cell) => Math.abs(cell.getBoundingClientRect().left - here.left);
    this.#focus(cells, cells.indexOf(inRow.sort((a, b) => distance(a) - distance(b))[0]));
  }
}

customElements.define("emoji-picker", EmojiPicker);
