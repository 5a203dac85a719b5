/** <chat-composer>: writing, drafts, replies, and for shops the hint before sending. */

import { h, icon } from "./dom.js";
import { Tray } from "./files.js";
import { rest } from "./transport.js";

const DRAFT_AFTER_MS = 300;
const SCREEN_AFTER_MS = 450;
const SCREEN_AT_MOST_MS = 900;
const TYPING_EVERY_MS = 3_000;

/** The places of findings in order, those that overlap or touch as one. */
export function joined(findings) {
  const places = [];
  for (const { start, end } of [...findings].sort((a, b) => a.start - b.start)) {
    const last = places.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else places.push({ start, end });
  }
  return places;
}

/** A sentence without its full stop. */
function bare(text) {
  return (text ?? "").trim().replace(/[.。\s]+$/, "");
}

/** What was found, rule by rule: each reason once, each rule once with what it costs. */
export function byRule(findings) {
  const rules = new Map();
  for (const { policy, clause, points, explanation, title } of findings) {
    const rule = rules.get(policy) ?? { reasons: [], clause, points };
    const reason = explanation || title;
    if (!rule.reasons.includes(reason)) rule.reasons.push(reason);
    rules.set(policy, rule);
  }
  return [...rules.values()];
}

export class ChatComposer extends HTMLElement {
  connect({ client, words }) {
    Object.assign(this, { client, words });
    this.form = this.querySelector("form");
    this.text = this.querySelector("textarea");
    this.mirror = this.querySelector("[data-mirror]");
    this.sendButton = this.querySelector("[type=submit]");
    this.fixBox = this.querySelector("[data-fix]");
    this.savedNote = this.querySelector("[data-draft-note]");
    this.screens = this.hasAttribute("data-screen");
    this.reply = null;
    this.accepted = null;
    this.screened = { body: "", result: null };
    this.tray = new Tray(this.querySelector("[data-tray]"), words, () => this.#trayChanged());
    this.#wire();
    this.#wireFiles();
    this.#trayChanged();
    this.#loadDraft();
  }

  #wire() {
    this.text.addEventListener("input", () => this.#changed());
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("blur", () => this.#stopTyping());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.querySelector("[data-reply-cancel]")?.addEventListener("click", () => this.replyTo(null));
  }

  #wireFiles() {
    const pickers = this.querySelectorAll("input[type=file]");
    for (const input of pickers) {
      input.closest("[data-picker]").hidden = false;
      input.addEventListener("change", () => {
        this.tray.add(input.files);
        input.value = "";
        this.text.focus();
      });
    }
    this.text.addEventListener("paste", (event) => {
      if (!event.clipboardData?.files.length) return;
      event.preventDefault();
      this.tray.add(event.clipboardData.files);
    });
    const zone = this.closest("chat-thread") ?? this;
    zone.addEventListener("dragover", (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      zone.classList.add("is-drop");
    });
    zone.addEventListener("dragleave", (event) => {
      if (!zone.contains(event.relatedTarget)) zone.classList.remove("is-drop");
    });
    zone.addEventListener("drop", (event) => {
      zone.classList.remove("is-drop");
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.tray.add(event.dataTransfer.files);
    });
    const cards = this.querySelector("[data-cards]");
    if (cards) cards.hidden = false;
    cards?.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-card]");
      if (!button) return;
      this.tray.setCard(JSON.parse(button.dataset.card));
      button.closest("details").open = false;
      this.text.focus();
    });
  }

  #trayChanged() {
    this.text.required = this.tray.isEmpty;
    this.#allowSending();
  }

  #allowSending() {
    const isHeld = this.isHeld || !this.tray.isReady;
    this.sendButton.setAttribute("aria-disabled", String(isHeld));
  }

  async #loadDraft() {
    const draft = await this.client.store.draft(this.client.log.id);
    if (draft && !this.text.value) {
      this.text.value = draft;
      this.#changed({ isRestored: true });
    }
  }

  focusText() {
    this.text.focus();
  }

  /** Put a text in at the cursor: saved replies use this. */
  insert(text, { replaceFrom = this.text.selectionStart } = {}) {
    this.text.setRangeText(text, replaceFrom, Math.max(replaceFrom, this.text.selectionEnd), "end");
    this.text.focus();
    this.#changed();
  }

  replyTo(message) {
    this.reply = message ? { seq: message.seq, author: message.author.name || "", snippet: message.body.slice(0, 80) } : null;
    const bar = this.querySelector("[data-reply]");
    bar.hidden = !this.reply;
    if (this.reply) {
      bar.querySelector("[data-reply-text]").replaceChildren(
        h("b", {}, h("bdi", {}, this.reply.author)), ` ${this.reply.snippet}`);
      this.text.focus();
    }
  }

  #key(event) {
    if (event.key === "Escape" && this.reply) this.replyTo(null);
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.defaultPrevented) return;
    // On a touch keyboard Enter is the only way to a new line.
    if (matchMedia("(pointer: coarse)").matches && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.submit();
  }

  #changed({ isRestored = false } = {}) {
    this.#grow();
    const body = this.text.value;
    clearTimeout(this.draftTimer);
    if (this.savedNote) this.savedNote.hidden = true;
    this.draftTimer = setTimeout(async () => {
      await this.client.store.saveDraft(this.client.log.id, body).catch(() => {});
      if (this.savedNote) this.savedNote.hidden = !body;
    }, DRAFT_AFTER_MS);
    if (!isRestored) this.#tellTyping(body);
    if (this.screens) {
      clearTimeout(this.screenTimer);
      if (this.accepted !== body) this.accepted = null;
      if (this.screened.body !== body) this.#showFindings(null);
      this.screenTimer = setTimeout(() => this.#screen(body), SCREEN_AFTER_MS);
    }
    this.dispatchEvent(new CustomEvent("text", { detail: { body, caret: this.text.selectionStart } }));
  }

  /** The mirror under the textarea carries the marks and gives the field its height. */
  #grow(findings = []) {
    if (!this.mirror) return;
    const points = Array.from(this.text.value);
    const parts = [];
    let position = 0;
    for (const { start, end } of joined(findings)) {
      parts.push(points.slice(position, start).join(""), h("mark", {}, points.slice(start, end).join("")));
      position = end;
    }
    parts.push(points.slice(position).join(""), "\n");
    this.mirror.replaceChildren(...parts);
  }

  #tellTyping(body) {
    const now = Date.now();
    if (body && now - (this.typingSent ?? 0) > TYPING_EVERY_MS) {
      this.typingSent = now;
      this.client.typing(true);
    }
    if (!body) this.#stopTyping();
  }

  #stopTyping() {
    if (!this.typingSent) return;
    this.typingSent = 0;
    this.client.typing(false);
  }

  // ---- the hint before sending ----

  async #screen(body) {
    if (!body.trim()) return this.#showFindings(null);
    if (this.screened.body === body && this.screened.result) return this.screened.result;
    try {
      const result = await rest(`conversations/${this.client.log.id}/screen`, { body });
      this.screened = { body, result };
      if (this.text.value === body) this.#showFindings(result);
      return result;
    } catch {
      // No hint is no reason to hold a message back: the server looks at it again.
      return null;
    }
  }

  #showFindings(result) {
    const findings = result?.findings ?? [];
    const isHeld = findings.length > 0 && this.accepted !== this.text.value;
    this.#grow(findings);
    this.fixBox.hidden = !isHeld;
    this.isHeld = isHeld;
    this.#allowSending();
    if (!isHeld) return;
    this.fixBox.replaceChildren(icon("alert"), h("div", {},
      ...this.#reasons(findings, result.must_withhold),
      h("p", { class: "fix-do" },
        h("button", { class: "btn btn-s", type: "button", onclick: () => this.#remove(joined(findings)) }, this.words.fixRemove),
        h("button", { class: "btn btn-s btn-quiet", type: "button", onclick: () => this.#sendAsItIs() }, this.words.fixSend))));
  }

  /** One short reason is a sentence; several, or one that says what a disguise reads, are a list by rule. */
  #reasons(findings, mustWithhold) {
    const rules = byRule(findings).map(({ reasons, clause, points }) => ({
      reasons,
      rule: [
        this.words.fixRule.replace("{clause}", bare(clause)),
        points ? this.words.fixPoints.replace("{n}", points) : "",
      ].filter(Boolean).join(" "),
    }));
    const [first] = rules;
    const what = bare(first.reasons[0]);
    if (rules.length === 1 && first.reasons.length === 1 && !/[.。]/.test(what)) {
      const title = (mustWithhold ? this.words.fixWithheld : this.words.fixTitle).replace("{what}", what);
      return [h("p", {}, h("b", {}, title), " ", h("span", { class: "soft" }, `${first.rule} ${this.words.fixFree}`))];
    }
    return [
      h("p", {}, h("b", {}, mustWithhold ? this.words.fixListWithheld : this.words.fixList)),
      h("ul", { class: "plain" }, ...rules.map(({ reasons, rule }) =>
        h("li", {}, h("b", {}, reasons.join(" ")), " ", h("span", { class: "soft" }, rule)))),
      h("p", { class: "soft" }, this.words.fixFree),
    ];
  }

  #remove(spans) {
    const points = Array.from(this.text.value);
    for (const { start, end } of spans.reverse()) points.splice(start, end - start);
    this.text.value = points.join("").replace(/[ \t]{2,}/g, " ").replace(/ +([,.!?])/g, "$1")
      .replace(/[\s,;:]+$/, "");
    this.text.focus();
    this.#changed();
  }

  #sendAsItIs() {
    this.accepted = this.text.value;
    this.#showFindings(this.screened.result);
    this.submit();
  }

  // ---- sending ----

  async submit() {
    const body = this.text.value;
    if (this.isSubmitting || !this.tray.isReady || (!body.trim() && this.tray.isEmpty)) return;
    if (this.screens && body.trim() && this.accepted !== body && this.client.transport.isOpen) {
      this.isSubmitting = true;
      const pause = new Promise((resolve) => setTimeout(resolve, SCREEN_AT_MOST_MS, null));
      const result = await Promise.race([this.#screen(body), pause]);
      this.isSubmitting = false;
      if (result?.findings?.length && this.accepted !== body) return;
    }
    // Others may hold it back: the desk does when a colleague has answered meanwhile.
    if (!this.dispatchEvent(new CustomEvent("sending", { cancelable: true }))) return;
    const enclosed = { replyTo: this.reply, ...this.tray.take() };
    this.text.value = "";
    this.accepted = null;
    this.replyTo(null);
    this.#changed();
    this.#stopTyping();
    clearTimeout(this.draftTimer);
    await Promise.all([
      this.client.send(body.trim(), enclosed),
      this.client.store.saveDraft(this.client.log.id, "").catch(() => {}),
    ]);
    this.dispatchEvent(new CustomEvent("sent", { bubbles: true }));
  }
}

customElements.define("chat-composer", ChatComposer);
