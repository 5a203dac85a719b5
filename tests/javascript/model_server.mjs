/** A tiny server in memory that numbers messages and changes as docs/websocket.md says. */

export class ModelServer {
  constructor() {
    this.epoch = "one";
    this.messages = [];
    this.changes = [];
    this.byRef = new Map();
  }

  #message(row) {
    return { ...row, author: { ...row.author }, mask_spans: [...row.mask_spans] };
  }

  send({ client_ref = null, body, kind = "customer" }) {
    if (client_ref && this.byRef.has(client_ref)) {
      return { message: this.#message(this.byRef.get(client_ref)), duplicate: true };
    }
    const row = {
      id: this.messages.length + 100, conversation: 1, seq: this.messages.length + 1,
      change_no: this.changes.length + 1, client_ref, body, state: "visible", mask_spans: [],
      author: { kind, id: 1, name: kind }, reply_to: null, attachments: [],
      created_at: new Date(Date.UTC(2026, 0, 1, 0, 0, this.messages.length)).toISOString(),
    };
    this.messages.push(row);
    if (client_ref) this.byRef.set(client_ref, row);
    this.#record("message.created", row);
    return { message: this.#message(row), duplicate: false };
  }

  #record(kind, row) {
    const number = this.changes.length + 1;
    if (row) row.change_no = number;
    this.changes.push({ change_no: number, kind, seq: row?.seq ?? null });
  }

  hide(seq, mode) {
    const row = this.messages[seq - 1];
    row.state = mode;
    if (mode === "masked") row.body = "▒▒▒▒▒";
    this.#record(`message.${mode}`, row);
  }

  restore(seq, body) {
    const row = this.messages[seq - 1];
    row.state = "visible";
    row.body = body;
    this.#record("message.restored", row);
  }

  assign() {
    this.#record("conversation.assigned", null);
  }

  restart() {
    this.epoch += "+";
  }

  /** The viewer is the customer: withheld messages are invisible, except for one's own. */
  #isVisible(row) {
    return row.state !== "withheld" || row.author.kind === "customer";
  }

  visible() {
    return this.messages.filter((row) => this.#isVisible(row)).map((row) => this.#message(row));
  }

  /** A change as it is sent live: the message as it is at that moment. */
  frame(number) {
    const change = this.changes[number - 1];
    const row = change.seq ? this.messages[change.seq - 1] : null;
    const message = row && this.#isVisible(row) ? this.#message(row) : null;
    return { epoch: this.epoch, conversation: 1, ...change, message };
  }

  page(limit = 50, beforeSeq = Infinity) {
    const rows = this.visible().filter((row) => row.seq < beforeSeq);
    return {
      messages: rows.slice(-limit), last_seq: this.messages.length, change_no: this.changes.length,
      epoch: this.epoch, has_more: rows.length > limit,
    };
  }

  changesAfter(number, most = 20) {
    const missing = this.changes.length - number;
    if (missing > most) return { changes: [], change_no: this.changes.length, epoch: this.epoch, limited: true };
    const changes = this.changes.slice(number).map((change) => this.frame(change.change_no));
    return { changes, change_no: this.changes.length, epoch: this.epoch, limited: false };
  }
}

/** A repeatable source of chance (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
