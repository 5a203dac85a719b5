/**
 * The protocol core: what one conversation looks like to its viewer, kept equal to the database whatever
 * the network does. Pure: no DOM, no network, no clock. Every method returns the reads it needs ("effects").
 *
 * The rules, from docs/websocket.md:
 * - change numbers of a conversation have no gaps; number <= have is ignored, have + 1 is applied,
 *   anything later means a loss, and the changes are read again from the last one we have;
 * - another epoch means the numbers started anew: everything is read again;
 * - each message carries the number of the latest change that concerns it, so an older copy of it
 *   never overwrites a newer one, in whatever order the answers arrive;
 * - an entry of the outbox leaves it only when the server has acknowledged it or the person deletes it.
 */

export const READ_CHANGES = "read-changes";
export const READ_MESSAGES = "read-messages";

/** Refusals that sending again cannot change; everything else is tried again. */
const FINAL_CODES = new Set([
  "invalid", "forbidden", "read_only", "not_found", "conflict", "client_ref_reused", "blank", "own_shop",
  "shop_closed", "restricted", "replies_only", "unstorable", "too_long", "max_length", "refused", "blocked",
  "unknown_reply_to", "unknown_card", "upload_infected", "already_attached", "permission_denied",
]);

export function isFinal(code) {
  return FINAL_CODES.has(code);
}

/** Full-jitter backoff in milliseconds: a random share of 0.5 s, 1 s, 2 s … up to 30 s. */
export function backoffMs(attempt, random = Math.random) {
  const ceiling = Math.min(30_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * random());
}

export class ConversationLog {
  constructor(id) {
    this.id = id;
    this.epoch = null;
    /** The last change number applied; null until the first page is loaded. */
    this.have = null;
    this.messages = new Map();
    this.hasOlder = false;
    this.receipts = { customer: { delivered_seq: 0, read_seq: 0 }, shop: { delivered_seq: 0, read_seq: 0 } };
    this.outbox = [];
    /** The first number of the stretch we hold without holes; what lies before is read on scroll. */
    this.floor = 0;
    /** Messages before the floor that changed meanwhile: their pages may be older than these. */
    this.beyond = new Map();
    /** seq -> change number at which it was taken out of this viewer's sight. */
    this.hidden = new Map();
    /** Live changes that arrived ahead of a gap, by number. */
    this.ahead = new Map();
    this.reading = null;
  }

  // ---- pages and changes from the server ----

  /** The newest page: {messages, change_no, epoch, has_more}. */
  load(page) {
    const isNew = this.have === null || page.epoch !== this.epoch || page.change_no > this.have;
    if (page.epoch !== this.epoch) {
      this.messages.clear();
      this.hidden.clear();
      if (this.epoch !== null) this.ahead.clear();
    } else if (isNew) {
      // Changes were skipped: a message outside this page may be out of date, so it is read again on scroll.
      this.messages.clear();
    }
    this.epoch = page.epoch;
    if (isNew) {
      this.have = page.change_no;
      this.beyond.clear();
      this.#lowerTo(page);
    }
    for (const message of page.messages) this.#keep(message);
    this.#settleOutbox(page.messages);
    this.reading = null;
    return this.#drain();
  }

  /** A page before the oldest message we hold. */
  older(page) {
    if (page.epoch !== this.epoch) return this.#ask(READ_MESSAGES);
    this.#lowerTo(page);
    for (const message of page.messages) this.#keep(message);
    for (const message of [...this.beyond.values()]) {
      if (message.seq < this.floor) continue;
      this.beyond.delete(message.seq);
      this.#keep(message);
    }
    return [];
  }

  /** One live change. */
  receive(frame) {
    if (this.have === null) {
      this.ahead.set(frame.change_no, frame);
      return [];
    }
    if (frame.epoch !== this.epoch) return this.#ask(READ_MESSAGES);
    if (frame.change_no <= this.have) return [];
    this.ahead.set(frame.change_no, frame);
    return this.#drain();
  }

  /** The answer to reading changes after a number: {changes, change_no, epoch, limited}. */
  changes(result) {
    this.reading = null;
    if (result.epoch !== this.epoch || result.limited) return this.#ask(READ_MESSAGES);
    const before = this.have;
    for (const frame of result.changes) {
      if (frame.change_no > this.have) this.ahead.set(frame.change_no, frame);
    }
    const effects = this.#drain();
    if (this.have < result.change_no && this.have === before) return this.#ask(READ_MESSAGES);
    if (this.have < result.change_no && !this.reading) return this.#ask(READ_CHANGES);
    return effects;
  }

  /** The newest number according to a heartbeat or a subscription. */
  beat(epoch, newest) {
    if (this.have === null) return [];
    if (epoch !== this.epoch) return this.#ask(READ_MESSAGES);
    return newest > this.have ? this.#ask(READ_CHANGES) : [];
  }

  /** A read that was asked for failed; the next beat asks again. */
  readFailed() {
    this.reading = null;
  }

  receipt({ side, delivered_seq, read_seq }) {
    const mark = this.receipts[side];
    if (!mark) return;
    mark.delivered_seq = Math.max(mark.delivered_seq, delivered_seq ?? 0, read_seq ?? 0);
    mark.read_seq = Math.max(mark.read_seq, read_seq ?? 0);
  }

  #ask(what) {
    // A reading of messages also brings what a reading of changes would.
    if (this.reading === what || this.reading === READ_MESSAGES) return [];
    this.reading = what;
    return [{ type: what, conversation: this.id, after: this.have }];
  }

  #drain() {
    for (const number of [...this.ahead.keys()]) {
      const frame = this.ahead.get(number);
      if (number <= this.have || frame.epoch !== this.epoch) this.ahead.delete(number);
    }
    while (this.ahead.has(this.have + 1)) {
      const frame = this.ahead.get(this.have + 1);
      this.ahead.delete(this.have + 1);
      this.have += 1;
      this.#apply(frame);
    }
    return this.ahead.size ? this.#ask(READ_CHANGES) : [];
  }

  #apply(frame) {
    if (frame.message) {
      this.#keep(frame.message);
      this.#settleOutbox([frame.message]);
    } else if (frame.seq != null) {
      const known = this.messages.get(frame.seq);
      if (!known || known.change_no <= frame.change_no) {
        this.messages.delete(frame.seq);
        this.beyond.delete(frame.seq);
        this.hidden.set(frame.seq, frame.change_no);
      }
    }
  }

  #lowerTo(page) {
    this.hasOlder = page.has_more;
    this.floor = page.has_more && page.messages.length ? page.messages[0].seq : 0;
  }

  #keep(message) {
    if (message.seq < this.floor) {
      if ((this.beyond.get(message.seq)?.change_no ?? -1) <= message.change_no) this.beyond.set(message.seq, message);
      return;
    }
    const version = this.messages.get(message.seq)?.change_no ?? this.hidden.get(message.seq) ?? -1;
    if (message.change_no < version) return;
    this.hidden.delete(message.seq);
    this.messages.set(message.seq, message);
  }

  // ---- the outbox ----

  enqueue({ client_ref, body, reply_to = null, attachments = [], card = null, created_at }) {
    if (this.outbox.some((entry) => entry.client_ref === client_ref)) return;
    this.outbox.push({ client_ref, body, reply_to, attachments, card, created_at, state: "waiting", error: null });
  }

  /** The entry to send now, or null. One at a time, so that messages arrive in the order they were written. */
  nextToSend() {
    if (this.outbox.some((entry) => entry.state === "sending")) return null;
    return this.outbox.find((entry) => entry.state === "waiting") ?? null;
  }

  sending(client_ref) {
    this.#change(client_ref, { state: "sending", error: null });
  }

  acknowledged(client_ref, message) {
    this.outbox = this.outbox.filter((entry) => entry.client_ref !== client_ref);
    if (!message || this.have === null) return [];
    this.#keep(message);
    if (message.change_no === this.have + 1) this.have = message.change_no;
    return this.#drain();
  }

  /** Not acknowledged: refused for good, or to be tried again. */
  notSent(client_ref, error) {
    this.#change(client_ref, isFinal(error?.code) ? { state: "failed", error } : { state: "waiting", error: null });
  }

  retry(client_ref) {
    this.#change(client_ref, { state: "waiting", error: null });
  }

  discard(client_ref) {
    this.outbox = this.outbox.filter((entry) => entry.client_ref !== client_ref || entry.state === "sending");
  }

  connectionLost() {
    for (const entry of this.outbox) if (entry.state === "sending") entry.state = "waiting";
    this.reading = null;
  }

  #change(client_ref, fields) {
    const entry = this.outbox.find((each) => each.client_ref === client_ref);
    if (entry) Object.assign(entry, fields);
  }

  /** What came back as a stored message was sent, even if its acknowledgement was lost. */
  #settleOutbox(messages) {
    const stored = new Set(messages.map((message) => message.client_ref).filter(Boolean));
    if (stored.size) this.outbox = this.outbox.filter((entry) => !stored.has(entry.client_ref));
  }

  // ---- what to show ----

  /** Messages in order. */
  list() {
    return [...this.messages.values()].sort((a, b) => a.seq - b.seq);
  }

  oldestSeq() {
    return this.messages.size ? Math.min(...this.messages.keys()) : null;
  }

  newestSeq() {
    return this.messages.size ? Math.max(...this.messages.keys()) : 0;
  }

  /** Forget the oldest messages beyond a number, so that a long day does not fill the page. */
  trim(keep) {
    if (this.messages.size <= keep) return false;
    for (const { seq } of this.list().slice(0, this.messages.size - keep)) this.messages.delete(seq);
    this.hasOlder = true;
    this.floor = this.oldestSeq();
    return true;
  }
}

/** "sent", "delivered" or "read": how far the other side has got with one of our messages. */
export function tickOf(seq, mark) {
  if (seq <= mark.read_seq) return "read";
  return seq <= mark.delivered_seq ? "delivered" : "sent";
}

/** A list of conversations, newest message first, from rows, changes and receipts. */
export class ConversationList {
  constructor(side, rows = []) {
    this.side = side;
    this.rows = new Map(rows.map((row) => [row.id, row]));
  }

  /** A row as the server has it. An older row never replaces a newer one. */
  put(row) {
    const known = this.rows.get(row.id);
    if (known && known.change_no > row.change_no) return;
    this.rows.set(row.id, { ...known, ...row });
  }

  /** A live change; returns whether the list needs the row itself from the server. */
  change(frame, { isOpen }) {
    const row = this.rows.get(frame.conversation);
    if (!row) return true;
    if (frame.change_no <= row.change_no) return false;
    const skipped = frame.change_no > row.change_no + 1;
    row.change_no = frame.change_no;
    const message = frame.message;
    if (frame.kind === "message.created" && message && message.state !== "withheld") {
      row.last_seq = Math.max(row.last_seq, message.seq);
      row.last_message_at = message.created_at;
      row.preview = message.body;
      const isOurs = sideOfKind(message.author.kind) === this.side;
      if (!isOurs && !isOpen && message.seq > (row.read_seq ?? 0)) row.unread = (row.unread ?? 0) + 1;
    }
    return skipped || this.side === "shop" || frame.kind !== "message.created";
  }

  read(id, seq) {
    const row = this.rows.get(id);
    if (!row) return;
    row.read_seq = Math.max(row.read_seq ?? 0, seq);
    if (row.read_seq >= row.last_seq) row.unread = 0;
  }

  unreadConversations() {
    return [...this.rows.values()].filter((row) => row.unread > 0).length;
  }
}

export function sideOfKind(kind) {
  if (kind === "customer") return "customer";
  return kind === "member" || kind === "auto" ? "shop" : "staff";
}

/** The pieces of a text: masked stretches are given in code points, JavaScript counts UTF-16 units. */
export function pieces(body, spans) {
  if (!spans?.length) return [{ text: body, masked: false }];
  const points = Array.from(body);
  const parts = [];
  let position = 0;
  for (const [start, end] of spans) {
    if (start > position) parts.push({ text: points.slice(position, start).join(""), masked: false });
    parts.push({ text: points.slice(start, end).join(""), masked: true });
    position = end;
  }
  if (position < points.length) parts.push({ text: points.slice(position).join(""), masked: false });
  return parts;
}
