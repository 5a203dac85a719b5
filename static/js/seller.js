/** Seller Center: single keys, and the clock over the thread kept in step with the list. */

const thread = document.querySelector("chat-thread");

function isTyping(target) {
  return target.closest("input, textarea, select, [contenteditable]") !== null;
}

function step(direction) {
  const rows = [...document.querySelectorAll("chat-list [data-row], chat-list .irow")];
  const current = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  rows[Math.max(0, Math.min(rows.length - 1, current + direction))]?.click();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  r: () => document.querySelector("chat-composer textarea")?.focus(),
  e: () => document.querySelector("[data-resolve]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("chat-composer textarea")) {
    document.querySelector("[role=log]").focus();
    return;
  }
  if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

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
