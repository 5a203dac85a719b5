/**
 * One person's chats in one tab: socket, outbox and the protocol core put together.
 *
 * Events: "log" (the open conversation changed), "list" (a row changed), "typing", "link" (state of the
 * connection), "arrived" {message} for a new message of the other side.
 */

import { ConversationList, ConversationLog, READ_CHANGES, sideOfKind } from "./protocol.js";
import { openStore, tabChannel } from "./store.js";
import { Transport, rest } from "./transport.js";

const PAGE = 50;
/** The most that one request gives: on the way to a message far back. */
const JUMP_PAGE = 200;
/** So many message nodes stay on the page while the reader is at the end of the thread. */
const KEEP = 200;

export class ChatClient extends EventTarget {
  constructor(snapshot) {
    super();
    this.me = snapshot.me;
    this.side = snapshot.side;
    this.list = new ConversationList(snapshot.side, snapshot.rows ?? []);
    this.log = null;
    this.transport = new Transport();
    this.link = { state: "connecting", retryAt: 0 };
    this.readSent = 0;
    this.isAtEnd = true;
    if (snapshot.conversation) {
      this.log = new ConversationLog(snapshot.conversation.id);
      this.log.load(snapshot.page);
      for (const [side, mark] of Object.entries(snapshot.receipts ?? {})) this.log.receipt({ side, ...mark });
    }
  }

  async start() {
    this.store = await openStore(this.me.id);
    this.tabs = tabChannel(this.me.id, (conversation) => {
      if (conversation === this.log?.id) this.#loadOutbox();
    });
    await this.#loadOutbox();
    this.#listen();
    this.transport.start();
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // ---- the connection ----

  #listen() {
    const transport = this.transport;
    transport.addEventListener("connecting", () => {
      if (!transport.isPollAnswered) this.#setLink("connecting");
    });
    transport.addEventListener("open", () => this.#opened());
    transport.addEventListener("closed", (event) => {
      this.log?.connectionLost();
      this.#setLink(transport.isPollAnswered ? "polling" : "closed", Date.now() + event.detail.inMs);
      this.#tell("log");
    });
    transport.addEventListener("unanswered", () => this.#setLink("closed", transport.retryAt));
    transport.addEventListener("stopped", (event) => this.#setLink(event.detail.reason));
    transport.addEventListener("frame", (event) => this.#hear(event.detail));
    transport.addEventListener("polled", (event) => this.#polled(event.detail));
  }

  #setLink(state, retryAt = 0) {
    this.link = { state, retryAt };
    this.#tell("link", this.link);
  }

  async #opened() {
    this.#setLink("open");
    const have = {};
    for (const row of this.list.rows.values()) have[row.id] = row.change_no;
    if (this.log?.have !== null && this.log) have[this.log.id] = this.log.have;
    try {
      const { conversations } = await this.transport.request("subscribe", { conversations: have });
      // A subscription leaves out what is no longer ours: the membership ended while we were away.
      if (this.log && !(this.log.id in conversations)) this.#setLink("revoked");
      this.#beat(this.transport.epoch, conversations);
    } catch {
      // The socket closed again; the next one subscribes anew.
    }
    this.#flush();
    this.markRead();
  }

  #beat(epoch, numbers) {
    for (const [id, newest] of Object.entries(numbers ?? {})) {
      if (this.log && Number(id) === this.log.id) this.#carryOut(this.log.beat(epoch, newest));
      const row = this.list.rows.get(Number(id));
      if (row && row.change_no < newest) this.#refreshRow(Number(id));
    }
  }

  #hear({ type, data }) {
    if (type === "change") this.#changed(data);
    else if (type === "heartbeat") this.#beat(data.epoch, data.conversations);
    else if (type === "receipt") {
      if (this.log?.id === data.conversation) {
        this.log.receipt(data);
        this.#tell("log");
      }
    } else if (type === "typing") {
      if (this.log?.id === data.conversation && data.side !== this.side) this.#tell("typing", data);
    } else if (type === "inbox") {
      this.list.put(data.conversation);
      this.#refreshRow(data.conversation.id);
      this.#tell("list");
    } else if (type === "resync") {
      if (this.log) this.#carryOut(this.log.beat(this.log.epoch, Infinity));
    }
  }

  #polled(result) {
    for (const row of result.conversations) {
      this.list.put(row);
      if (row.id === this.log?.id) this.#carryOut(this.log.beat(result.epoch ?? this.log.epoch, row.change_no));
    }
    this.#setLink("polling");
    this.#tell("list");
    this.#flush();
  }

  #changed(frame) {
    const isOpen = this.log?.id === frame.conversation;
    if (isOpen) this.#carryOut(this.log.receive(frame));
    const message = frame.message;
    const isTheirs = message && sideOfKind(message.author.kind) !== this.side;
    const needsRow = this.list.change(frame, { isOpen: isOpen && this.isAtEnd && !document.hidden });
    if (needsRow) this.#refreshRow(frame.conversation);
    if (isOpen && frame.kind === "conversation.blocked") this.#tell("blocked");
    if (frame.kind === "message.created" && isTheirs) {
      this.transport.tell("conversation.delivered", { conversation: frame.conversation, seq: message.seq });
      this.#tell("arrived", { message, isOpen });
    }
    if (isOpen) this.#tell("log");
    this.#tell("list");
  }

  /** Fetch rows whose clock, status or count may have moved; several requests become one. */
  #refreshRow(id) {
    this.stale ??= new Set();
    this.stale.add(id);
    clearTimeout(this.refreshTimer);
    this.refreshTimer = setTimeout(async () => {
      const ids = [...this.stale];
      this.stale.clear();
      for (const each of ids) {
        try {
          this.list.put(await rest(`conversations/${each}`));
        } catch {
          // The row stays as it is; the next change or beat tries again.
        }
      }
      this.#tell("list");
    }, 300);
  }

  // ---- reading ----

  async #carryOut(effects) {
    for (const effect of effects ?? []) {
      const path = `conversations/${this.log.id}`;
      try {
        if (effect.type === READ_CHANGES) {
          const result = await rest(`${path}/changes?after=${effect.after}`);
          await this.#carryOut(this.log.changes(result));
        } else {
          const page = await rest(`${path}/messages?limit=${PAGE}`);
          await this.#carryOut(this.log.load(page));
        }
      } catch {
        this.log.readFailed();
      }
      this.#tell("log");
    }
    if (this.isAtEnd && this.log && !this.isJumping) this.log.trim(KEEP);
  }

  async loadOlder(count = PAGE) {
    if (!this.log?.hasOlder || this.loadingOlder) return;
    this.loadingOlder = true;
    try {
      const before = this.log.floor || this.log.oldestSeq();
      await this.#carryOut(this.log.older(await rest(`conversations/${this.log.id}/messages?before_seq=${before}&limit=${count}`)));
      this.#tell("log", { isOlder: true });
    } catch {
      this.#tell("log");
    } finally {
      this.loadingOlder = false;
    }
  }

  /** Bring an old message into the loaded part; resolves whether it is there. */
  async loadUntil(seq) {
    // Until the page stands at the message, what is read for it must not be trimmed away again.
    this.isJumping = true;
    for (let pages = 0; pages < 60 && this.log.hasOlder && seq < this.log.floor; pages += 1) {
      const floor = this.log.floor;
      await this.loadOlder(JUMP_PAGE);
      if (this.log.floor === floor) await new Promise((resolve) => setTimeout(resolve, 250));
    }
    setTimeout(() => { this.isJumping = false; }, 1500);
    return this.log.messages.has(seq);
  }

  /** What is on the screen was read. */
  markRead() {
    if (!this.log || document.hidden || !document.hasFocus() || !this.isAtEnd) return;
    const theirs = this.log.list().findLast((message) => sideOfKind(message.author.kind) !== this.side);
    const seq = theirs?.seq ?? 0;
    if (!seq || seq <= this.readSent) return;
    this.readSent = seq;
    const { id } = this.log;
    if (this.transport.isOpen) this.transport.tell("conversation.read", { conversation: id, seq });
    else if (this.transport.isPolling) rest(`conversations/${id}/read`, { seq }).catch(() => {});
    else this.readSent = 0;
    this.list.read(id, seq);
    this.#tell("list");
  }

  typing(on) {
    if (this.log) this.transport.tell("typing", { conversation: this.log.id, on });
  }

  // ---- writing ----

  async #loadOutbox() {
    if (!this.log) return;
    const stored = await this.store.outbox(this.log.id);
    const refs = new Set(stored.map((entry) => entry.client_ref));
    for (const entry of stored) {
      this.log.enqueue(entry);
      if (entry.error) this.log.notSent(entry.client_ref, entry.error);
    }
    for (const entry of [...this.log.outbox]) {
      // Another tab sent or deleted it; one that is on its way from here is ours.
      if (!refs.has(entry.client_ref) && entry.isStored) this.log.discard(entry.client_ref);
      else entry.isStored = refs.has(entry.client_ref);
    }
    this.#tell("log");
    this.#flush();
  }

  async send(body, { replyTo = null, attachments = [], card = null } = {}) {
    const entry = {
      client_ref: crypto.randomUUID(), conversation: this.log.id, body, reply_to: replyTo, attachments, card,
      created_at: new Date().toISOString(), order: performance.now(),
    };
    this.log.enqueue(entry);
    this.#tell("log");
    await this.store.put(entry).catch(() => {});
    const queued = this.log.outbox.find((each) => each.client_ref === entry.client_ref);
    if (queued) queued.isStored = true;
    this.tabs.outboxChanged(this.log.id);
    this.#flush();
  }

  retry(clientRef) {
    this.log.retry(clientRef);
    this.#tell("log");
    this.#flush();
  }

  async discard(clientRef) {
    this.log.discard(clientRef);
    await this.store.remove(clientRef).catch(() => {});
    this.tabs.outboxChanged(this.log.id);
    this.#tell("log");
  }

  /** Send what waits, one after the other; only one tab at a time does so. */
  async #flush() {
    if (!this.log || this.isFlushing) return;
    this.isFlushing = true;
    const work = async () => {
      for (let entry = this.log.nextToSend(); entry; entry = this.log.nextToSend()) {
        if (!this.transport.isOpen && !this.transport.isPolling) return;
        if (!(await this.#sendOne(entry))) return;
      }
    };
    try {
      if (navigator.locks) await navigator.locks.request(`parley-outbox-${this.log.id}`, work);
      else await work();
    } finally {
      this.isFlushing = false;
    }
  }

  async #sendOne(entry) {
    this.log.sending(entry.client_ref);
    this.#tell("log");
    try {
      const { message } = await this.transport.sendMessage({ conversation: this.log.id, ...entry });
      this.#carryOut(this.log.acknowledged(entry.client_ref, message));
      await this.store.remove(entry.client_ref).catch(() => {});
      this.tabs.outboxChanged(this.log.id);
      this.#tell("log");
      this.#ownSent(message);
      this.#tell("sent", { message });
      return true;
    } catch (error) {
      this.log.notSent(entry.client_ref, { code: error.code, message: error.message });
      const failed = this.log.outbox.find((each) => each.client_ref === entry.client_ref);
      if (failed?.state === "failed") this.store.put({ ...entry, conversation: this.log.id, error: failed.error }).catch(() => {});
      else this.#flushLater(error.detail?.retry_after);
      this.#tell("log", { failed });
      return failed?.state === "failed";
    }
  }

  #flushLater(seconds = 2) {
    clearTimeout(this.flushTimer);
    this.flushTimer = setTimeout(() => this.#flush(), Math.max(1, seconds) * 1000);
  }

  #ownSent(message) {
    const row = this.list.rows.get(this.log.id);
    if (!row) return;
    Object.assign(row, { preview: message.body, last_message_at: message.created_at, last_seq: message.seq });
    this.#refreshRow(this.log.id);
    this.#tell("list");
  }
}
