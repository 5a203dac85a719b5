/** What stands over the customer's composer is drawn by the server; after an automatic reply it is drawn anew. */

const box = document.querySelector("[data-before]");
const log = document.querySelector("[data-log]");
const WAIT_MS = 400;
const EVERY_MS = 60_000;

async function refresh() {
  // Somebody is using it: the next change will come.
  if (box.contains(document.activeElement)) return;
  const response = await fetch(box.dataset.url, { credentials: "same-origin" }).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  box.replaceChildren(...page.body.childNodes);
}

if (box && log) {
  let timer = null;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, WAIT_MS);
  };
  new MutationObserver((changes) => {
    if (changes.some((change) => change.addedNodes.length)) soon();
  }).observe(log, { childList: true });
  // The promise moves with the clock.
  setInterval(refresh, EVERY_MS);
}
