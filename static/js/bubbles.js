/** One message as an element. The server writes the same markup in templates/components/message.html. */

import { arrange, h, icon } from "./dom.js";
import { fileElement } from "./files.js";
import { pieces, sideOfKind, tickOf } from "./protocol.js";

const LINK = /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

export class Bubbles {
  constructor({ side, me, pictures, times, words, actions }) {
    Object.assign(this, { side, me, pictures, times, words, actions });
  }

  isOurs(message) {
    return sideOfKind(message.author.kind) === this.side;
  }

  isMine(message) {
    return this.isOurs(message) && message.author.id === this.me.id;
  }

  day(iso) {
    return h("p", { class: "day" }, this.times.dayLine(iso));
  }

  message(message, mark) {
    if (message.author.kind === "system") return h("p", { class: "sys" }, message.body);
    const isOurs = this.isOurs(message);
    const css = ["msg", isOurs && "msg-me", message.author.kind === "auto" && "msg-auto",
      message.state === "withheld" && "msg-withheld"].filter(Boolean).join(" ");
    return h("div", { class: css, id: `m${message.seq}`, "data-seq": message.seq },
      isOurs ? null : this.#avatar(message),
      this.#who(message, isOurs),
      this.#bubble(message, isOurs),
      this.#notice(message, isOurs),
      this.#meta(message, isOurs, mark));
  }

  /** A message that is not stored yet. */
  pending(entry) {
    const bubble = h("div", { class: "bubble", dir: "auto" }, this.#quote(entry.reply_to), this.#card(entry.card),
      (entry.attachments ?? []).map((file) => h("span", { class: "bubble-file" }, icon("clip"), h("bdi", {}, file.name))), this.#text(entry.body));
    if (entry.state !== "failed") {
      const word = entry.state === "sending" ? this.words.sending : this.words.waiting;
      return h("div", { class: "msg msg-me msg-pending" }, bubble,
        h("p", { class: "msg-meta" }, this.#time(entry.created_at),
          h("span", { class: "tick" }, icon("clock"), word)));
    }
    const reason = entry.error?.message ? `${this.words.notSent}: ${entry.error.message}` : this.words.notSent;
    return h("div", { class: "msg msg-me msg-failed" }, bubble,
      h("p", { class: "msg-meta" }, h("span", { class: "tick tick-fail" }, icon("alert"), reason)),
      h("p", { class: "msg-meta" },
        h("button", { class: "link-btn", type: "button", onclick: () => this.actions.retry(entry.client_ref) }, this.words.retry),
        h("span", { class: "sep", "aria-hidden": "true" }, "·"),
        h("button", { class: "link-btn", type: "button", onclick: () => this.actions.discard(entry.client_ref) }, this.words.delete)));
  }

  typing(name) {
    return h("div", { class: "msg msg-typing" }, this.#avatar({ author: { kind: "member", name } }),
      h("div", { class: "bubble" },
        h("span", { class: "typing", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
        h("span", { class: "vh" }, this.words.typing.replace("{name}", name))));
  }

  #time(iso) {
    return h("time", { datetime: iso, title: this.times.full(iso) }, this.times.clock(iso));
  }

  #avatar(message) {
    const { kind, name } = message.author;
    if (this.side === "customer" && (kind === "member" || kind === "auto")) {
      return h("span", { class: "av av-shop", "aria-hidden": "true" },
        h("img", { src: this.pictures.shop, alt: "", width: 48, height: 48 }));
    }
    if (kind === "platform") return h("span", { class: "av av-parley", "aria-hidden": "true" }, "P");
    return h("span", { class: "av", "aria-hidden": "true" }, initials(this.side === "customer" ? name : this.pictures.customer));
  }

  #who(message, isOurs) {
    const { kind, name } = message.author;
    if (isOurs && this.isMine(message) && kind !== "auto") return null;
    if (isOurs && this.side === "customer") return null;
    const label = { auto: this.words.automatic, platform: this.words.fromParley }[kind] ??
      (this.side === "customer" ? this.pictures.shopName : "");
    const who = kind === "auto" ? this.pictures.shopName : name || this.pictures.customer;
    return h("p", { class: "msg-who" }, h("b", {}, h("bdi", {}, who)), label,
      isOurs ? null : this.#time(message.created_at), isOurs ? null : this.#tools(message));
  }

  #bubble(message, isOurs) {
    const files = message.attachments ?? [];
    const isPhoto = files.some((file) => /^(image|video)\//.test(file.content_type));
    return h("div", { class: `bubble${isPhoto ? " bubble-photo" : ""}`, dir: "auto" }, this.#quote(message.reply_to), this.#card(message.card),
      files.map((file) => fileElement(file, this.words)),
      !message.body ? null : isPhoto ? h("p", {}, this.#body(message, isOurs)) : this.#body(message, isOurs));
  }

  #body(message, isOurs) {
    return pieces(message.body, message.mask_spans).map((piece) => {
        if (!piece.masked) return this.#text(piece.text);
        if (isOurs) return h("mark", { title: this.words.hiddenFromThem }, piece.text);
        return h("span", { class: "masked" }, h("span", { "aria-hidden": "true" }, piece.text),
          h("span", { class: "vh" }, this.words.hiddenDetail));
      });
  }

  /** Web addresses become links; line breaks stay because the bubble keeps them. */
  #text(text) {
    const parts = [];
    let position = 0;
    for (const match of text.matchAll(LINK)) {
      parts.push(text.slice(position, match.index));
      parts.push(h("a", { href: match[0], rel: "noopener noreferrer nofollow ugc", target: "_blank" }, match[0]));
      position = match.index + match[0].length;
    }
    parts.push(text.slice(position));
    return parts.filter((part) => part !== "");
  }

  #quote(reply) {
    if (!reply?.snippet) return null;
    return h("a", { class: "bubble-quote", href: `#m${reply.seq}` }, h("b", {}, h("bdi", {}, reply.author)), h("span", {}, reply.snippet));
  }

  /** An order or a product as it stood when it was sent. */
  #card(card) {
    if (!card) return null;
    const lines = card.lines ?? [];
    const title = card.title ?? (card.kind === "order" ? `${this.words.order} ${card.number}` : card.slug);
    const cents = card.kind === "order" ? card.total_cents : card.price_cents;
    const price = cents === undefined ? card.text ?? "" : new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: card.currency }).format(cents / 100);
    const below = [lines.map((line) => line.title).join(", "), card.warranty, price].filter(Boolean).join(" · ");
    return [h("span", { class: "bubble-card" }, icon(card.kind === "order" ? "box" : "tag"),
      h("span", {}, h("b", {}, title), h("span", { class: "small soft" }, below))), this.#terms(lines, card.currency)];
  }

  /** The terms of an order's lines, as they stood when it was placed. */
  #terms(lines, currency) {
    if (!lines.length || lines[0].price_cents === undefined) return null;
    const money = (cents) => new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency }).format(cents / 100);
    return h("details", { class: "card-terms" }, h("summary", { class: "small" }, this.words.terms),
      h("ul", { class: "terms" }, lines.map((line) => h("li", {},
        h("p", {}, `${line.title}${line.quantity > 1 ? ` × ${line.quantity}` : ""} `, h("span", { class: "soft" }, money(line.price_cents))),
        line.terms?.warranty ? h("p", { class: "small" }, `${this.words.warranty} ${line.terms.warranty}`) : null,
        line.terms?.description ? h("p", { class: "small soft" }, line.terms.description) : null))));
  }

  #notice(message, isOurs) {
    if (!isOurs || message.state === "visible") return null;
    const text = message.state === "withheld" ? this.words.withheld : this.words.masked;
    return h("p", { class: "msg-note-line" }, icon(message.state === "withheld" ? "eyeoff" : "info", "i-s"), text);
  }

  #tools(message) {
    const reply = this.actions.reply && h("button", { class: "msg-reply", type: "button", "aria-label": this.words.replyTo.replace("{text}", message.body.slice(0, 40)),
      onclick: () => this.actions.reply(message) }, icon("reply", "i-s"), this.words.reply);
    const report = this.actions.reportUrl && !this.isOurs(message)
      ? h("a", { class: "msg-reply", href: `${this.actions.reportUrl}?message=${message.id}` }, icon("flag", "i-s"), this.words.report)
      : null;
    return [reply, report].filter(Boolean);
  }

  #meta(message, isOurs, mark) {
    if (!isOurs) return null;
    return h("p", { class: "msg-meta" }, this.#tools(message), this.#time(message.created_at),
      message.state === "withheld" ? null : this.#tick(message.seq, mark));
  }

  #tick(seq, mark) {
    const state = tickOf(seq, mark);
    const word = { read: this.words.read, delivered: this.words.delivered, sent: this.words.sent }[state];
    return h("span", { class: `tick tick-${state}` }, icon(state === "sent" ? "check" : "check2"), word);
  }
}

/** Draws a whole thread and, on each call, changes only what is different. */
export class ThreadView {
  constructor(place, bubbles) {
    this.place = place;
    this.bubbles = bubbles;
    this.known = new Map();
    /** Private notes by place, and how one is drawn: set by the desk, empty for everybody else. */
    this.notes = [];
    this.drawNote = null;
  }

  draw(log, mark, { typingName = null } = {}) {
    const wanted = [];
    let lastDay = null;
    const messages = log.list();
    // Notes from before the loaded part come in with the older messages.
    const from = log.hasOlder ? messages[0]?.seq ?? 0 : 0;
    const notes = this.notes.filter((note) => note.after_seq >= from);
    for (const message of messages) {
      while (notes.length && notes[0].after_seq < message.seq) wanted.push(this.#note(notes.shift()));
      const day = this.bubbles.times.dayKey(message.created_at);
      if (day !== lastDay) wanted.push(this.#element(`day ${day}`, day, () => this.bubbles.day(message.created_at)));
      lastDay = day;
      const tick = this.bubbles.isOurs(message) ? tickOf(message.seq, mark) : "";
      wanted.push(this.#element(`m${message.seq}`, `${message.change_no} ${tick}`, () => this.bubbles.message(message, mark)));
    }
    wanted.push(...notes.map((note) => this.#note(note)));
    for (const entry of log.outbox) {
      wanted.push(this.#element(`o${entry.client_ref}`, `${entry.state} ${entry.error?.code}`, () => this.bubbles.pending(entry)));
    }
    if (typingName) wanted.push(this.#element("typing", typingName, () => this.bubbles.typing(typingName)));
    arrange(this.place, wanted);
    const keep = new Set(wanted);
    for (const [key, { element }] of this.known) if (!keep.has(element)) this.known.delete(key);
  }

  #note(note) {
    return this.#element(`n${note.id}`, `${note.edited_at} ${note.body}`, () => this.drawNote(note));
  }

  #element(key, version, make) {
    const known = this.known.get(key);
    if (known?.version === version) return known.element;
    const element = make();
    this.known.set(key, { version, element });
    return element;
  }
}

export function initials(name) {
  const words = (name ?? "").split(/\s+/).filter(Boolean);
  if (!words.length) return "?";
  const letters = words.length > 1 ? words[0][0] + words.at(-1)[0] : words[0].slice(0, 2);
  return letters.toUpperCase();
}
