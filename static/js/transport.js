/**
 * The way to the server: one socket per tab, REST where a socket cannot be had.
 *
 * Events: "open" (after hello), "closed" {inMs}, "frame" {type, data}, "stopped" {reason}.
 * ``request`` resolves with the acknowledgement's data or rejects with a ``Refused``.
 */

import { backoffMs } from "./protocol.js";

const ACK_TIMEOUT_MS = 15_000;
const POLL_MS = 5_000;
/** So many attempts without a hello, and the network is taken to block sockets. */
const ATTEMPTS_BEFORE_POLLING = 3;
const CLOSE_NOT_LOGGED_IN = 4001;
const CLOSE_REVOKED = 4003;
const CLOSE_FLOODING = 4008;
const FLOOD_PAUSE_MS = 10_000;

export class Refused extends Error {
  constructor(code, message, detail) {
    super(message || code);
    this.code = code;
    this.detail = detail;
  }
}

export function csrfToken() {
  // The cookie follows a login in another tab; the field of this page may be older.
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  return cookie ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

/** One REST call; ``body`` makes it a POST. Rejects with ``Refused``, code "network" when nothing answered. */
export async function rest(path, body, method = body === undefined ? "GET" : "POST") {
  let response;
  try {
    response = await fetch(`/api/v1/${path}`, {
      method,
      credentials: "same-origin",
      headers: method === "GET"
        ? { Accept: "application/json" }
        : { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused("network", "No connection.");
  }
  const data = await response.json().catch(() => ({}));
  if (response.ok) return data;
  const code = data.code ?? (response.status >= 500 ? "unavailable" : "refused");
  throw new Refused(code, data.message ?? "", data.detail);
}

export class Transport extends EventTarget {
  constructor({ random = Math.random } = {}) {
    super();
    this.random = random;
    this.socket = null;
    this.isOpen = false;
    this.isPolling = false;
    /** Whether the last poll was answered: only then does the person have a connection. */
    this.isPollAnswered = false;
    this.attempt = 0;
    this.waiting = new Map();
    this.lastRef = 0;
    this.eventCount = 0;
    this.heartbeatMs = 15_000;
    this.since = null;
    this.epoch = null;
    this.isStopped = false;
    this.retryAt = 0;
  }

  start() {
    window.addEventListener("online", () => this.tryNow());
    window.addEventListener("offline", () => this.socket?.close());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && !this.isOpen) this.tryNow();
    });
    this.#connect();
  }

  tryNow() {
    if (this.isOpen || this.isStopped) return;
    clearTimeout(this.retryTimer);
    this.attempt = 0;
    this.#connect();
    if (this.isPolling) this.#poll();
  }

  // ---- the socket ----

  #connect() {
    if (this.socket || this.isStopped) return;
    this.dispatchEvent(new CustomEvent("connecting"));
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/v1/`);
    this.socket = socket;
    const giveUp = setTimeout(() => socket.close(), 10_000);
    socket.onmessage = (event) => {
      clearTimeout(giveUp);
      this.#hear(JSON.parse(event.data));
    };
    socket.onclose = (event) => {
      clearTimeout(giveUp);
      this.#lost(event.code);
    };
  }

  #hear(frame) {
    this.#watchHeart();
    if (frame.type === "ack" || frame.type === "error") {
      const waiter = this.waiting.get(frame.ref);
      if (!waiter) return;
      this.waiting.delete(frame.ref);
      clearTimeout(waiter.timer);
      if (frame.type === "ack") waiter.resolve(frame.data);
      else waiter.reject(new Refused(frame.code, frame.message, frame.detail));
      return;
    }
    if (frame.type === "hello") {
      this.heartbeatMs = (frame.data.heartbeat_s ?? 15) * 1000;
      this.attempt = 0;
      this.isOpen = true;
      this.#stopPolling();
      this.epoch = frame.data.epoch;
      this.dispatchEvent(new CustomEvent("open", { detail: frame.data }));
      return;
    }
    if (frame.type === "bye") this.byeMs = frame.data?.retry_ms;
    if (frame.type !== "heartbeat") this.#countEvent();
    this.dispatchEvent(new CustomEvent("frame", { detail: { type: frame.type, data: frame.data ?? frame } }));
  }

  /** Back-pressure: the server learns how many events this tab has taken in. */
  #countEvent() {
    this.eventCount += 1;
    if (this.ackTimer) return;
    this.ackTimer = setTimeout(() => {
      this.ackTimer = null;
      if (this.isOpen) this.socket.send(JSON.stringify({ type: "events.ack", ref: null, data: { count: this.eventCount } }));
    }, 250);
  }

  /** Silence for two and a half beats means the socket is dead, whatever the browser says. */
  #watchHeart() {
    clearTimeout(this.heartTimer);
    this.heartTimer = setTimeout(() => this.socket?.close(), this.heartbeatMs * 2.5);
  }

  #lost(code) {
    clearTimeout(this.heartTimer);
    this.socket = null;
    const wasOpen = this.isOpen;
    this.isOpen = false;
    this.eventCount = 0;
    for (const waiter of this.waiting.values()) {
      clearTimeout(waiter.timer);
      waiter.reject(new Refused("network", "The connection was lost."));
    }
    this.waiting.clear();
    if (code === CLOSE_NOT_LOGGED_IN) return this.#stop("logged-out");
    if (code === CLOSE_REVOKED && !wasOpen) return this.#stop("revoked");
    let wait = code === CLOSE_FLOODING ? FLOOD_PAUSE_MS : backoffMs(this.attempt, this.random);
    if (this.byeMs) wait = Math.round(this.byeMs * (0.5 + this.random()));
    this.byeMs = null;
    this.attempt += 1;
    this.retryAt = Date.now() + wait;
    this.retryTimer = setTimeout(() => this.#connect(), wait);
    if (this.attempt >= ATTEMPTS_BEFORE_POLLING && navigator.onLine) this.#startPolling();
    this.dispatchEvent(new CustomEvent("closed", { detail: { inMs: wait, code, wasOpen } }));
  }

  #stop(reason) {
    this.isStopped = true;
    this.#stopPolling();
    this.dispatchEvent(new CustomEvent("stopped", { detail: { reason } }));
  }

  request(type, data) {
    if (!this.isOpen) return Promise.reject(new Refused("network", "No connection."));
    const ref = String((this.lastRef += 1));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(ref);
        reject(new Refused("network", "No answer."));
        this.socket?.close();
      }, ACK_TIMEOUT_MS);
      this.waiting.set(ref, { resolve, reject, timer });
      this.socket.send(JSON.stringify({ type, ref, data }));
    });
  }

  /** Send and forget: typing, receipts. Lost ones are harmless. */
  tell(type, data) {
    if (this.isOpen) this.request(type, data).catch(() => {});
  }

  /** Store one message, over the socket or, where it is blocked, over REST. Resolves {message, duplicate}. */
  sendMessage({ conversation, client_ref, body, reply_to, attachments, card }) {
    const payload = { client_ref, body };
    if (reply_to) payload.reply_to = reply_to.seq;
    if (attachments?.length) payload.attachments = attachments.map((file) => file.id);
    if (card) payload.card = { kind: card.kind, number: card.number, slug: card.slug };
    if (this.isOpen) return this.request("message.send", { conversation, ...payload });
    if (this.isPolling) return rest(`conversations/${conversation}/messages`, payload);
    return Promise.reject(new Refused("network", "No connection."));
  }

  // ---- where sockets are blocked ----

  #startPolling() {
    if (this.isPolling) return;
    this.isPolling = true;
    this.#poll();
  }

  #stopPolling() {
    this.isPolling = false;
    this.isPollAnswered = false;
    clearTimeout(this.pollTimer);
  }

  async #poll() {
    if (!this.isPolling) return;
    clearTimeout(this.pollTimer);
    try {
      const query = this.since ? `?since=${encodeURIComponent(this.since)}` : "";
      const result = await rest(`sync${query}`);
      this.since = result.next ?? this.since;
      this.isPollAnswered = true;
      this.dispatchEvent(new CustomEvent("polled", { detail: result }));
    } catch (error) {
      if (error.code === "not_authenticated") return this.#stop("logged-out");
      this.isPollAnswered = false;
      this.dispatchEvent(new CustomEvent("unanswered"));
    }
    if (this.isPolling) this.pollTimer = setTimeout(() => this.#poll(), POLL_MS);
  }
}
