/** Files in the chat: uploading with progress, and showing them once the malware scan has passed them. */

import { h, icon } from "./dom.js";
import { Refused, csrfToken, rest } from "./transport.js";

export const MOST_FILES = 10;
const MIB = 1_048_576;
/** What files.services.sniffing allows, by the type the browser names; the server looks at the content. */
const LIMITS = [[/^video\/(mp4|webm)$/, 50 * MIB], [/^(image\/(jpeg|png|webp)|application\/pdf)$/, 10 * MIB], [/^text\/plain$/, MIB]];
const CHECK_AGAIN_MS = [800, 1500, 3000, 5000, 10_000, 20_000];

export function sizeWords(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const [value, unit] = bytes < 1_048_576 ? [bytes / 1024, "KB"] : [bytes / 1_048_576, "MB"];
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} ${unit}`;
}

/** Why a file can't be sent, as far as the browser knows; empty if it can be tried. */
export function refusalOf(file, words) {
  if (!file.size) return words.fileEmpty;
  const limit = LIMITS.find(([type]) => type.test(file.type))?.[1];
  if (!limit) return file.type ? words.fileKind : "";
  if (file.size <= limit) return "";
  return words.fileTooBig.replace("{size}", sizeWords(file.size)).replace("{limit}", sizeWords(limit));
}

/** One file on its way to the server. ``done`` resolves with the stored upload, or rejects with ``Refused``. */
export function upload(file, onProgress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open("POST", "/api/v1/files/");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // A proxy's page instead of our JSON: the status says enough.
      }
      if (request.status < 300) resolve(answer);
      else reject(new Refused(answer.code ?? "refused", answer.message ?? "", answer.detail));
    };
    request.onerror = () => reject(new Refused("network", ""));
    request.onabort = () => reject(new Refused("cancelled", ""));
    const form = new FormData();
    form.append("purpose", "chat");
    form.append("file", file);
    request.send(form);
  });
  return { done, cancel: () => request.abort() };
}

/** The files chosen for the next message: a row of tiles over the text. */
export class Tray {
  constructor(place, words, onChange) {
    Object.assign(this, { place, words, onChange });
    this.items = [];
    this.card = null;
  }

  add(files) {
    const free = MOST_FILES - this.items.length;
    this.note = files.length > free ? this.words.filesTooMany.replace("{n}", MOST_FILES) : "";
    for (const file of [...files].slice(0, free)) {
      const item = { file, state: "loading", share: 0, stored: null, error: refusalOf(file, this.words) };
      item.preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
      this.items.push(item);
      if (item.error) Object.assign(item, { state: "failed", isFinal: true });
      else this.#load(item);
    }
    this.draw();
  }

  setCard(card) {
    this.card = card;
    this.draw();
  }

  async #load(item) {
    item.state = "loading";
    item.error = "";
    const task = upload(item.file, (share) => {
      item.share = share;
      if (item.bar) item.bar.value = share;
    });
    item.cancel = task.cancel;
    try {
      item.stored = await task.done;
      item.state = item.stored.state === "clean" ? "ready" : "checking";
      if (item.state === "checking") this.#follow(item, 0);
    } catch (error) {
      item.state = "failed";
      item.isFinal = error.code?.startsWith("file_") || error.code?.startsWith("image_");
      item.error = error.message || (error.code === "network" ? this.words.uploadLost : this.words.fileFailed);
    }
    this.draw();
  }

  /** How the malware scan of an uploaded file went. It may be sent before that: readers wait for the scan too. */
  async #follow(item, attempt) {
    await new Promise((resolve) => setTimeout(resolve, CHECK_AGAIN_MS[Math.min(attempt, CHECK_AGAIN_MS.length - 1)]));
    if (!this.items.includes(item) || item.state !== "checking") return;
    const found = await rest(`files/${item.stored.id}/`).catch(() => null);
    if (!this.items.includes(item)) return;
    if (found?.state === "clean") item.state = "ready";
    else if (found && found.state !== "quarantined") Object.assign(item, { state: "failed", isFinal: true, error: this.words.fileBad });
    else return this.#follow(item, attempt + 1);
    this.draw();
  }

  remove(item) {
    if (item.state === "loading") item.cancel?.();
    if (item.stored) {
      fetch(`/api/v1/files/${item.stored.id}/`, { method: "DELETE", credentials: "same-origin", headers: { "X-CSRFToken": csrfToken() } }).catch(() => {});
    }
    this.#forget(item);
    this.draw();
  }

  #forget(item) {
    if (item.preview) URL.revokeObjectURL(item.preview);
    this.items = this.items.filter((each) => each !== item);
  }

  get isEmpty() {
    return !this.items.length && !this.card;
  }

  get isReady() {
    return this.items.every((item) => item.state === "ready" || item.state === "checking");
  }

  /** What goes along with the message; the tray is empty afterwards. */
  take() {
    const attachments = this.items.map((item) => item.stored);
    const card = this.card;
    for (const item of [...this.items]) this.#forget(item);
    this.card = null;
    this.note = "";
    this.draw();
    return { attachments, card };
  }

  draw() {
    const tiles = this.items.map((item) => this.#tile(item));
    if (this.card) tiles.push(this.#cardTile());
    if (this.note) tiles.push(h("li", { class: "small bad", role: "status" }, this.note));
    this.place.hidden = !tiles.length;
    this.place.replaceChildren(...tiles);
    this.onChange();
  }

  #tile(item) {
    const { file } = item;
    const picture = item.preview ? h("img", { src: item.preview, alt: "", width: 40, height: 40 }) : icon("clip");
    let below = h("span", { class: "meta" }, sizeWords(file.size));
    if (item.state === "loading") {
      item.bar = h("progress", { max: 1, value: item.share, "aria-label": this.words.uploading.replace("{name}", file.name) });
      below = item.bar;
    } else if (item.state === "checking") below = h("span", { class: "meta" }, `${sizeWords(file.size)} · ${this.words.fileChecking}`);
    else if (item.state === "failed") below = h("span", { class: "meta bad", role: "alert" }, item.error);
    else below = h("span", { class: "meta" }, `${sizeWords(file.size)} · ${this.words.fileReady}`);
    return h("li", { class: `tile tile-${item.state}` }, picture,
      h("span", { class: "tile-text" }, h("bdi", {}, file.name), below),
      item.state === "failed" && !item.isFinal ? h("button", { class: "icon-btn", type: "button", "aria-label": `${this.words.retry}: ${file.name}`, onclick: () => { this.#load(item); this.draw(); } }, icon("refresh", "i-s")) : null,
      h("button", { class: "icon-btn", type: "button", "aria-label": `${item.state === "loading" ? this.words.cancel : this.words.remove}: ${file.name}`, onclick: () => this.remove(item) }, icon("x", "i-s")));
  }

  #cardTile() {
    return h("li", { class: "tile" }, this.card.picture ? h("img", { src: this.card.picture, alt: "", width: 40, height: 40 }) : icon("box"),
      h("span", { class: "tile-text" }, h("bdi", {}, this.card.title), h("span", { class: "meta" }, this.card.text)),
      h("button", { class: "icon-btn", type: "button", "aria-label": `${this.words.remove}: ${this.card.title}`, onclick: () => this.setCard(null) }, icon("x", "i-s")));
  }
}

/** A file of a message. Its link is made for this reader and asked for when it is shown. */
export function fileElement(file, words) {
  const place = h("div", { class: "bubble-attachment" });
  place.append(waiting(file, words));
  if (file.state === "clean" || file.state === "quarantined") show(file, place, words, 0);
  else place.replaceChildren(refused(file, words));
  return place;
}

async function show(file, place, words, attempt) {
  let stored = null;
  try {
    stored = await rest(`files/${file.id}/`);
  } catch (error) {
    if (error.code === "not_found") return place.replaceChildren(refused({ ...file, state: "removed" }, words));
  }
  if (stored?.url) return place.replaceChildren(content({ ...file, ...stored }, words), heldLine(file, words));
  if (stored && stored.state !== "quarantined") return place.replaceChildren(refused(stored, words));
  const pause = CHECK_AGAIN_MS[attempt];
  // Somebody who leaves the page open for long looks again by scrolling away and back.
  if (pause) setTimeout(() => show(file, place, words, attempt + 1), pause);
}

function content(file, words) {
  const label = words.fileLabel.replace("{name}", file.name);
  if (file.content_type.startsWith("image/")) {
    return h("a", { class: "photo-link", href: file.url, target: "_blank", rel: "noopener" },
      h("img", { class: "photo", src: file.url, alt: label, width: file.width, height: file.height }));
  }
  if (file.content_type.startsWith("video/")) {
    return h("video", { class: "photo", src: file.url, controls: true, preload: "metadata", "aria-label": label });
  }
  return h("a", { class: "bubble-file", href: file.url, download: file.name }, icon("clip"),
    h("span", {}, h("bdi", {}, file.name), " ", h("span", { class: "soft" }, sizeWords(file.size))));
}

function waiting(file, words) {
  return h("span", { class: "bubble-file" }, icon("clock"), h("span", {}, h("bdi", {}, file.name), " ", h("span", { class: "soft" }, words.fileChecked)));
}

/** For the side that sent it: what the other side gets of a file that is not simply shown. */
function heldLine(file, words) {
  const text = { checking: words.fileChecking, masked: words.fileMasked, withheld: words.fileWithheld }[file.held];
  return text ? h("span", { class: "file-held" }, icon("eyeoff", "i-s"), text) : "";
}

function refused(file, words) {
  const text = { infected: words.fileInfected, held: words.fileHeld, failed: words.fileFailedCheck }[file.state] ?? words.fileGone;
  return h("span", { class: "bubble-file" }, icon("alert"), h("span", {}, h("bdi", {}, file.name), " ", h("span", { class: "soft" }, text)));
}
