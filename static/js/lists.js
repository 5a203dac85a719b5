/** <chat-list>: the rows beside a thread, kept fresh. Customer rows by time, shop rows by due time. */

import { initials } from "./bubbles.js";
import { clockBar, h, icon } from "./dom.js";

const SOON_MS = 2 * 3_600_000;

export class ChatList extends HTMLElement {
  connect({ client, snapshot, times, words }) {
    Object.assign(this, { client, snapshot, times, words });
    this.place = this.querySelector("[data-rows]");
    this.baseTitle = document.title.replace(/^\(\d+\) /, "");
    this.favicon = document.querySelector("link[rel=icon]");
    client.addEventListener("list", () => this.draw());
    this.querySelector("[data-filter]")?.addEventListener("input", (event) => {
      this.filter = event.target.value.trim().toLowerCase();
      this.draw();
    });
    setInterval(() => this.draw(), 30_000);
    this.#wireMany();
    this.draw();
  }

  draw() {
    const focused = document.activeElement?.closest?.("[data-row]")?.dataset.row;
    if (this.client.side === "customer") this.#drawCustomer();
    else this.#drawShop();
    if (focused) this.querySelector(`[data-row="${focused}"]`)?.focus();
    this.#badges();
  }

  #badges() {
    const unread = this.client.list.unreadConversations();
    document.title = unread ? `(${unread}) ${this.baseTitle}` : this.baseTitle;
    if (this.favicon) this.favicon.href = unread ? this.snapshot.pictures.favicon_unread : this.snapshot.pictures.favicon;
    for (const badge of document.querySelectorAll("[data-unread-count]")) {
      badge.textContent = unread || "";
      badge.hidden = !unread;
    }
  }

  #visibleRows() {
    const { filter } = this;
    return [...this.client.list.rows.values()].filter((row) => {
      if (!filter) return true;
      return `${row.shop.name} ${row.customer.name} ${row.preview}`.toLowerCase().includes(filter);
    });
  }

  #current(row) {
    return row.id === this.client.log?.id;
  }

  #unread(row) {
    return row.unread > 0 && !(this.#current(row) && this.client.isAtEnd && !document.hidden)
      ? h("span", { class: "count main" }, h("span", { class: "vh" }, `${this.words.unread} `), row.unread > 98 ? "99+" : row.unread)
      : null;
  }

  // ---- customer ----

  #drawCustomer() {
    const rows = this.#visibleRows().sort((a, b) => (b.last_message_at ?? "").localeCompare(a.last_message_at ?? ""));
    this.place.replaceChildren(...rows.map((row) => h("li", {}, this.#customerRow(row))));
  }

  #customerRow(row) {
    const isCurrent = this.#current(row);
    const waiting = isCurrent ? this.client.log.outbox.length : 0;
    const preview = waiting ? this.words.waitingToSend.replace("{n}", waiting) : row.preview || this.words.noMessages;
    return h("a", { class: `crow${isCurrent ? " cur" : ""}`, href: this.snapshot.urls.conversation.replace("0", row.id), "data-row": row.id,
      "aria-current": isCurrent ? "true" : null },
      h("span", { class: "av av-shop av-l", "aria-hidden": "true" },
        h("img", { src: this.snapshot.logos[row.shop.slug] ?? this.snapshot.pictures.store, alt: "", width: 48, height: 48 })),
      h("span", { class: "crow-main" },
        h("span", { class: "crow-top" }, h("b", {}, h("bdi", {}, row.shop.name)),
          row.last_message_at ? h("time", { datetime: row.last_message_at }, this.times.short(row.last_message_at)) : null),
        h("span", { class: "crow-2" }, h("span", { class: "crow-text", dir: "auto" }, preview), this.#unread(row))));
  }

  // ---- shop ----

  #drawShop() {
    const groups = new Map();
    const rows = this.#visibleRows().filter((row) => this.#belongs(row)).sort(byDue);
    for (const row of rows) {
      const name = this.#groupOf(row);
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(row);
    }
    const parts = [];
    for (const [name, members] of groups) {
      parts.push(h("h2", { class: "group" }, h("span", {}, name), h("span", { class: "count" }, members.length)));
      parts.push(h("ul", {}, members.map((row) => this.#shopItem(row))));
    }
    this.place.replaceChildren(...parts);
    this.querySelector("[data-none]")?.toggleAttribute("hidden", rows.length > 0);
  }

  #belongs(row) {
    if (row.shop.slug !== this.snapshot.shop) return false;
    const { view, label } = this.snapshot;
    if (label && !row.desk?.labels?.includes(label)) return false;
    if (view === "closed") return row.status === "resolved";
    if (view === "spam") return row.status === "spam";
    if (row.status !== "open" || !row.last_seq) return this.#current(row) && view === "all";
    if (view === "snoozed") return isAsleep(row);
    if (isAsleep(row)) return this.#current(row) && view === "all";
    const left = this.#left(row);
    if (view === "mine") return row.assigned_to?.id === this.client.me.id;
    if (view === "unassigned") return !row.assigned_to;
    if (view === "soon") return left !== null && left >= 0 && left < SOON_MS;
    if (view === "overdue") return left !== null && left < 0;
    if (view === "unread") return row.unread > 0 || this.#current(row);
    return true;
  }

  /** The labels and marks under the text of a row. */
  #tags(row) {
    const known = new Map((this.snapshot.labels ?? []).map((label) => [label.id, label]));
    const tags = (row.desk?.labels ?? []).map((id) => known.get(id)).filter(Boolean)
      .map((label) => h("span", { class: `tag l-${label.colour}` }, label.name));
    if (isAsleep(row)) tags.push(h("span", { class: "tag" }, icon("moon", "i-s"), this.times.short(row.desk.snoozed_until)));
    if (row.desk?.no_answer_needed) tags.push(h("span", { class: "tag" }, this.words.noAnswerNeeded));
    return tags.length ? h("span", { class: "irow-labels" }, tags) : null;
  }

  #shopItem(row) {
    if (!this.snapshot.is_selecting) return h("li", {}, this.#shopRow(row));
    const box = h("input", { type: "checkbox", name: "ids", value: row.id, onchange: () => this.#pick(row.id, box.checked) });
    box.checked = this.picked.has(row.id);
    return h("li", { class: "irow-pick" },
      h("label", { class: "pick" }, box, h("span", { class: "vh" }, this.words.choose.replace("{name}", row.customer.name))),
      this.#shopRow(row));
  }

  #pick(id, isOn) {
    if (isOn) this.picked.add(id);
    else this.picked.delete(id);
    this.#showPicked();
  }

  #showPicked() {
    const place = this.querySelector("[data-chosen]");
    if (place) place.textContent = this.picked.size ? this.words.chosen.replace("{n}", this.picked.size) : "";
  }

  #wireMany() {
    this.picked = new Set([...this.querySelectorAll("[name=ids]:checked")].map((box) => Number(box.value)));
    this.querySelector("[data-all]")?.addEventListener("change", (event) => {
      for (const box of this.querySelectorAll("[name=ids]")) {
        box.checked = event.target.checked;
        this.#pick(Number(box.value), box.checked);
      }
    });
    this.#showPicked();
  }

  #left(row) {
    return row.clock?.state === "running" ? Date.parse(row.clock.deadline) - Date.now() : null;
  }

  #groupOf(row) {
    if (row.status === "resolved") return this.words.groupClosed;
    if (row.status === "spam") return this.words.groupSpam;
    const left = this.#left(row);
    if (left === null) return row.awaits_reply ? this.words.waitsNoClock : this.words.groupNone;
    if (left < 0) return this.words.groupOverdue;
    if (left < SOON_MS) return this.words.groupSoon;
    const away = this.times.daysAway(row.clock.deadline);
    if (away === 0) return this.words.groupToday;
    return away === 1 ? this.words.groupTomorrow : this.words.groupLater;
  }

  #due(row) {
    const left = this.#left(row);
    if (left === null) return null;
    const isSoon = left < SOON_MS;
    const text = left < 0 ? this.words.lateBy.replace("{time}", this.times.length(left)) : this.times.length(left);
    return h("span", { class: `due${isSoon ? " due-soon" : ""}` }, isSoon ? icon("clock") : null,
      h("span", { class: "vh" }, left < 0 ? "" : this.words.timeLeft), text);
  }

  #foot(row) {
    const left = this.#left(row);
    const who = !row.assigned_to ? this.words.unassigned
      : row.assigned_to.id === this.client.me.id ? this.words.you : row.assigned_to.name;
    if (left === null) {
      const parts = [this.#state(row), row.assigned_to ? who : ""].filter(Boolean);
      return h("span", { class: "irow-foot" }, h("span", { class: "meta" }, parts.join(" · ")), this.#unread(row));
    }
    const started = Date.parse(row.clock.started_at);
    const share = (Date.now() - started) / (Date.parse(row.clock.deadline) - started || 1);
    return h("span", { class: "irow-foot" }, h("span", { class: "irow-mini" }, clockBar(share, left < SOON_MS)),
      h("span", { class: "meta" }, who), this.#unread(row));
  }

  /** What a row without a running clock says under its text. */
  #state(row) {
    const clock = row.clock;
    if (clock?.state === "excluded") return this.words[`reason_${clock.reason}`] ?? "";
    if (clock?.state !== "answered") return "";
    return clock.took_s === undefined ? this.words.answered
      : this.words.answeredIn.replace("{time}", this.times.length(clock.took_s * 1000));
  }

  #shopRow(row) {
    const isCurrent = this.#current(row);
    return h("a", { class: `irow${isCurrent ? " cur" : ""}${row.unread > 0 && !isCurrent ? " unread" : ""}`,
      href: this.snapshot.urls.conversation.replace("0", row.id) + (this.snapshot.query ?? ""), "data-row": row.id, "aria-current": isCurrent ? "true" : null },
      h("span", { class: "av", "aria-hidden": "true" }, initials(row.customer.name)),
      h("span", { class: "irow-main" },
        h("span", { class: "irow-top" }, h("b", {}, h("bdi", {}, row.customer.name)), this.#due(row)),
        h("span", { class: "irow-text", dir: "auto" }, row.preview || this.words.noMessages),
        this.#tags(row),
        this.#foot(row)));
  }
}

function isAsleep(row) {
  return Boolean(row.desk?.snoozed_until) && Date.parse(row.desk.snoozed_until) > Date.now();
}

/** Running clocks by deadline, then customers without an answer, then the rest, each the newest first. */
function byDue(a, b) {
  const due = (row) => (row.clock?.state === "running" ? row.clock.deadline : row.awaits_reply ? "8" : "9");
  return due(a).localeCompare(due(b)) || (b.last_message_at ?? "").localeCompare(a.last_message_at ?? "");
}

customElements.define("chat-list", ChatList);
