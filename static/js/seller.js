/** Seller Center: single keys, commands, notes, colleagues, and the clock over the thread. */

import { parts } from "./chat.js";
import { Colleagues } from "./colleagues.js";
import { Notes } from "./notes.js";
import { Palette } from "./palette.js";

const KEYS_STORE = "desk-keys";
const thread = document.querySelector("chat-thread");
let notes = null;
let palette = null;

function isTyping(target) {
  return target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
}

function keysAreOn() {
  return localStorage.getItem(KEYS_STORE) !== "off";
}

function step(direction) {
  const rows = [...document.querySelectorAll("chat-list [data-row], chat-list .irow")];
  const current = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  rows[Math.max(0, Math.min(rows.length - 1, current + direction))]?.click();
}

/** Open one of the boxes of the page and put the focus into it. */
function openBox(name) {
  const box = document.querySelector(`details[data-do=${name}]`);
  if (!box) return;
  box.open = true;
  const first = box.querySelector("textarea, button, select, input:not([type=hidden])");
  // A box that this width does not show has no place for the focus.
  if (first?.checkVisibility?.() ?? true) first?.focus();
}

const focusReply = () => document.querySelector("chat-composer textarea")?.focus();
const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  r: focusReply,
  n: () => notes?.open(),
  e: () => document.querySelector("[data-resolve]")?.click(),
  a: () => openBox("assign"),
  s: () => openBox("snooze"),
  l: () => openBox("label"),
  x: () => document.querySelector("[data-select]")?.click(),
  "?": () => palette?.openKeys(),
};

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    palette?.open();
    return;
  }
  if (event.key === "Escape" && event.target.matches("chat-composer textarea")) {
    document.querySelector("[role=log]").focus();
    return;
  }
  if (!keysAreOn() || document.querySelector("dialog[open]")) return;
  if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

for (const box of document.querySelectorAll("[data-keys-toggle]")) {
  box.checked = keysAreOn();
  box.closest("label").hidden = false;
  box.addEventListener("change", () => localStorage.setItem(KEYS_STORE, box.checked ? "on" : "off"));
}

/** The server draws the clock; the page puts the new drawing in the old one's place. */
async function refreshClock() {
  const response = await fetch(thread.dataset.clockUrl, { credentials: "same-origin" }).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  thread.querySelector("[data-clock]").replaceChildren(...page.body.childNodes);
}

if (thread?.dataset.clockUrl) {
  setInterval(refreshClock, 60_000);
  let timer = null;
  thread.addEventListener("clock-moved", () => {
    clearTimeout(timer);
    timer = setTimeout(refreshClock, 700);
  });
}

if (parts) {
  if (parts.client.log) {
    notes = new Notes(parts);
    new Colleagues(parts);
  }
  const noteButton = document.querySelector("[data-note-open]");
  if (noteButton) {
    noteButton.hidden = false;
    noteButton.addEventListener("click", () => notes.open());
  }
  const labelOf = (selector) => document.querySelector(selector)?.getAttribute("aria-label");
  palette = new Palette({
    ...parts,
    extra: () => [
      { title: labelOf("[data-note-open]"), key: "N", run: () => notes?.open() },
      { title: document.querySelector("label[for=msg]")?.textContent.trim(), key: "R", run: focusReply },
      { title: labelOf("[data-open-search=all]"), run: () => document.querySelector("[data-open-search=all]").click() },
      { title: labelOf("dialog[data-keys]") ?? document.getElementById("keys-h")?.textContent, key: "?", run: () => palette.openKeys() },
    ].filter((command) => command.title),
  });
}
