/** The support desk with JavaScript: news of the open ticket, and keys. Every action works without it. */

const page = document.querySelector("[data-pulse]");

/** Somebody else wrote or took the ticket while it is open here: say so, and keep what is being typed. */
async function askForNews() {
  const reply = await fetch(page.dataset.pulse, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!reply?.ok) return;
  const now = await reply.json();
  if (now.last_event_no > Number(page.dataset.seen)) {
    document.querySelector("[data-news]").hidden = false;
  }
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  r: () => document.querySelector("#id_body")?.focus(),
  "/": () => document.querySelector("input[type=search]")?.focus(),
};

function move(step) {
  const links = [...document.querySelectorAll(".tk-subject a")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  links[Math.min(links.length - 1, Math.max(0, at + step))].focus();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = KEYS[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

if (page) setInterval(() => document.hidden || askForNews(), 15000);
