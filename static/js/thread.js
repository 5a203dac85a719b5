/** <chat-thread>: the messages of one conversation, the state of the connection, reading and scrolling. */

import { Bubbles, ThreadView } from "./bubbles.js";
import { h, icon } from "./dom.js";

const TYPING_SHOWN_MS = 6_000;
const BANNER_AFTER_MS = 1_500;

export class ChatThread extends HTMLElement {
  /** Called once the page has put the client together. */
  connect({ client, snapshot, times, words }) {
    Object.assign(this, { client, words, times });
    this.logBox = this.querySelector("[role=log]");
    this.place = this.querySelector("[data-log]");
    this.composer = this.querySelector("chat-composer");
    this.jump = this.querySelector("[data-jump]");
    this.older = this.querySelector("[data-older]");
    this.newCount = 0;
    const bubbles = new Bubbles({
      side: client.side, me: client.me, pictures: snapshot.pictures, times, words,
      actions: {
        retry: (ref) => client.retry(ref),
        discard: (ref) => client.discard(ref),
        reply: this.composer ? (message) => this.composer.replyTo(message) : null,
        reportUrl: snapshot.report_url,
      },
    });
    this.view = new ThreadView(this.place, bubbles);
    this.#wire();
    this.draw();
    this.logBox.scrollTop = 0;
    this.#followHash();
    window.addEventListener("hashchange", () => this.#followHash());
  }

  /** An address ending in #m12 shows message 12, reading back as far as needed. */
  async #followHash() {
    const seq = Number(location.hash.match(/^#m(\d+)$/)?.[1] ?? 0);
    if (!seq || !(await this.client.loadUntil(seq))) return;
    const element = this.place.querySelector(`#m${seq}`);
    element?.scrollIntoView({ block: "center" });
    element?.classList.add("msg-found");
    setTimeout(() => element?.classList.remove("msg-found"), 3000);
  }

  #wire() {
    const client = this.client;
    client.addEventListener("log", (event) => {
      if (event.detail?.failed) this.#say(this.words.notSent);
      this.draw(event.detail?.isOlder);
    });
    client.addEventListener("typing", (event) => this.#typing(event.detail));
    client.addEventListener("link", () => this.#linkChanged());
    // Closed or opened by one side: the page says so, and what was written stays in the draft.
    client.addEventListener("blocked", () => setTimeout(() => location.reload(), 400));
    client.addEventListener("sent", () => this.dispatchEvent(new CustomEvent("clock-moved")));
    client.addEventListener("arrived", (event) => this.#arrived(event.detail));
    this.logBox.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.logBox.addEventListener("keydown", (event) => {
      if (event.key === "End") this.toEnd();
      if (event.key === "Escape") this.composer?.focusText();
    });
    this.jump?.addEventListener("click", () => this.toEnd());
    this.older?.addEventListener("click", (event) => {
      event.preventDefault();
      client.loadOlder();
    });
    if (this.older) {
      new IntersectionObserver((entries) => {
        if (entries.some((entry) => entry.isIntersecting)) client.loadOlder();
      }, { root: this.logBox, rootMargin: "200px" }).observe(this.older);
    }
    for (const name of ["focus", "visibilitychange"]) {
      (name === "focus" ? window : document).addEventListener(name, () => client.markRead());
    }
    this.querySelector("[data-try]")?.addEventListener("click", () => client.transport.tryNow());
    setInterval(() => this.#linkChanged(), 1000);
  }

  get isAtEnd() {
    return this.logBox.scrollTop > -60;
  }

  draw(isOlder = false) {
    const { log, side } = this.client;
    const mark = log.receipts[side === "customer" ? "shop" : "customer"];
    // Older messages come in above and must not be read out as if they were new.
    this.logBox.setAttribute("aria-live", isOlder ? "off" : "polite");
    this.view.draw(log, mark, { typingName: this.typingName });
    this.older?.toggleAttribute("hidden", !log.hasOlder);
    this.querySelector("[data-empty]")?.toggleAttribute("hidden", log.messages.size + log.outbox.length > 0);
    this.client.isAtEnd = this.isAtEnd;
    this.client.markRead();
  }

  toEnd() {
    this.logBox.scrollTop = 0;
    this.newCount = 0;
    this.#scrolled();
  }

  #scrolled() {
    this.client.isAtEnd = this.isAtEnd;
    if (this.isAtEnd) {
      this.newCount = 0;
      this.client.markRead();
    }
    if (!this.jump) return;
    this.jump.hidden = this.isAtEnd;
    const text = this.newCount ? this.words.newMessages.replace("{n}", this.newCount) : this.words.toNewest;
    this.jump.querySelector("span").textContent = text;
  }

  #arrived({ isOpen }) {
    if (!isOpen) return;
    this.typingName = null;
    this.dispatchEvent(new CustomEvent("clock-moved"));
    if (!this.isAtEnd) {
      this.newCount += 1;
      this.#scrolled();
    }
  }

  #typing({ on, name }) {
    clearTimeout(this.typingTimer);
    this.typingName = on ? name || this.words.somebody : null;
    if (on) {
      this.typingTimer = setTimeout(() => {
        this.typingName = null;
        this.draw();
      }, TYPING_SHOWN_MS);
    }
    this.draw();
  }

  /** The banner appears only after a moment: a short loss is nobody's concern. */
  #linkChanged() {
    const { state, retryAt } = this.client.link;
    const banner = this.querySelector("[data-banner]");
    if (!banner) return;
    const isDown = state === "closed" || state === "connecting";
    if (!isDown) this.downSince = null;
    else this.downSince ??= Date.now();
    const isStopped = state === "logged-out" || state === "revoked";
    const isShown = isStopped || (isDown && Date.now() - this.downSince > BANNER_AFTER_MS);
    if (isShown) {
      banner.querySelector("[data-banner-text]").replaceChildren(...this.#bannerText(state, retryAt));
      banner.querySelector("[data-try]").hidden = isStopped;
      banner.querySelector("[data-login]")?.toggleAttribute("hidden", state !== "logged-out");
    }
    if (banner.hidden === isShown) {
      banner.hidden = !isShown;
      if (isShown) this.#say(this.words.offlineTitle);
      else this.#say(this.words.backOnline);
    }
    this.#presence(isShown && !isStopped, state === "polling");
  }

  #bannerText(state, retryAt) {
    if (state === "logged-out") return [h("b", {}, this.words.loggedOutTitle), ` ${this.words.loggedOut}`];
    if (state === "revoked") return [h("b", {}, this.words.revokedTitle), ` ${this.words.revoked}`];
    const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
    const next = seconds > 0 ? this.words.nextTry.replace("{n}", seconds) : this.words.tryingNow;
    return [h("b", {}, this.words.offlineTitle), ` ${this.words.offline} `, next];
  }

  #presence(isOffline, isPolling) {
    const line = this.querySelector("[data-presence]");
    if (!line) return;
    this.presenceNodes ??= [...line.childNodes];
    const wanted = isOffline ? "offline" : isPolling ? "polling" : "shop";
    if (line.dataset.shown === wanted) return;
    line.dataset.shown = wanted;
    if (wanted === "shop") line.replaceChildren(...this.presenceNodes);
    else if (wanted === "polling") line.replaceChildren(icon("refresh", "i-s"), this.words.polling);
    else line.replaceChildren(icon("wifioff", "i-s"), this.words.noConnectionSince.replace("{time}", this.times.clock(new Date(this.downSince).toISOString())));
  }

  /** One polite line for people who listen. */
  #say(text) {
    const line = this.querySelector("[data-status]");
    if (line) line.textContent = text;
  }
}

customElements.define("chat-thread", ChatThread);
