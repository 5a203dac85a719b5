/** <chat-search>: words in this conversation, or in all of them, with small mistakes forgiven. */

import { h } from "./dom.js";
import { pieces } from "./protocol.js";
import { rest } from "./transport.js";

const AFTER_MS = 350;

export class ChatSearch extends HTMLElement {
  connect({ client, snapshot, times, words }) {
    Object.assign(this, { client, snapshot, times, words });
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input[type=search]");
    this.results = this.querySelector("[data-results]");
    this.status = this.querySelector("[data-count]");
    for (const opener of document.querySelectorAll("[data-open-search]")) {
      opener.hidden = false;
      opener.addEventListener("click", () => this.open(opener.dataset.openSearch === "all"));
    }
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#search(), AFTER_MS);
    });
    this.querySelector("[data-everywhere]")?.addEventListener("change", () => this.#search());
    this.querySelector("[data-close-search]").addEventListener("click", () => this.dialog.close());
    this.results.addEventListener("click", (event) => {
      if (event.target.closest("a")) this.dialog.close();
    });
  }

  open(isEverywhere) {
    const everywhere = this.querySelector("[data-everywhere]");
    everywhere.checked = isEverywhere || !this.client.log;
    everywhere.closest("label").hidden = !this.client.log;
    this.dialog.showModal();
    this.input.select();
  }

  async #search() {
    const query = this.input.value.trim();
    if (query.length < 2) {
      this.results.replaceChildren();
      this.status.textContent = "";
      return;
    }
    const isEverywhere = this.querySelector("[data-everywhere]").checked;
    const shop = this.snapshot.shop ? `&shop=${encodeURIComponent(this.snapshot.shop)}` : "";
    const path = isEverywhere ? `conversations/search?q=${encodeURIComponent(query)}${shop}`
      : `conversations/${this.client.log.id}/search?q=${encodeURIComponent(query)}`;
    let found;
    try {
      found = (await rest(path)).results;
    } catch (error) {
      this.status.textContent = error.message || this.words.searchFailed;
      return;
    }
    if (query !== this.input.value.trim()) return;
    this.status.textContent = found.length ? this.words.foundCount.replace("{n}", found.length) : this.words.foundNone;
    this.results.replaceChildren(...found.map((each) => this.#result(each)));
  }

  /** The text from a little before the first place on, with the places marked. */
  #marked(body, spans) {
    const start = Math.max(0, (spans?.[0]?.[0] ?? 0) - 40);
    const shown = Array.from(body).slice(start).join("");
    const inside = (spans ?? []).map(([from, to]) => [from - start, to - start]);
    const parts = pieces(shown, inside).map((piece) => (piece.masked ? h("mark", {}, piece.text) : piece.text));
    return start ? ["… ", ...parts] : parts;
  }

  #result({ message, spans, with: names }) {
    const isHere = message.conversation === this.client.log?.id;
    const page = isHere ? "" : this.snapshot.urls.conversation.replace("0", message.conversation);
    const other = this.client.side === "customer" ? names.shop : names.customer;
    return h("li", {}, h("a", { class: "found", href: `${page}#m${message.seq}` },
      h("span", { class: "found-top" }, h("b", {}, h("bdi", {}, message.author.name || other)), h("time", { datetime: message.created_at }, this.times.short(message.created_at))),
      h("span", { class: "found-text", dir: "auto" }, this.#marked(message.body, spans)),
      isHere ? null : h("span", { class: "meta" }, h("bdi", {}, other))));
  }
}

customElements.define("chat-search", ChatSearch);
