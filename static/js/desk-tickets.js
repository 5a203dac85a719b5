/**
 * The support desk with JavaScript: what changed on the open ticket or in the list, who else looks at it or
 * writes, and keys. News come over the desk's socket; without one the ticket is asked for every 15 seconds.
 * Every action works without any of this.
 */

const page = document.querySelector("[data-pulse]");
const queue = document.querySelector("[data-queue]");
const POLL_MS = 15_000;
const LOOK_MS = 20_000;
/** Longer silent than two looks: the colleague is gone. */
const FORGET_MS = 45_000;
const WRITING_MS = 12_000;

// ---- The open ticket ----

const box = () => document.querySelector("#id_body");
const isWriting = () => Boolean(box()?.value.trim());

function sayNews() {
  document.querySelector("[data-news]").hidden = false;
}

async function fresh() {
  const reply = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!reply?.ok || reply.redirected) return null;
  return new DOMParser().parseFromString(await reply.text(), "text/html");
}

/** Put the newest entries and the state on the page; what is being typed stays as it is. */
async function showNewest() {
  const next = await fresh();
  const root = next?.querySelector("[data-pulse]");
  if (!root) return sayNews();
  for (const part of [".talk", ".tk-main > .tk-head"]) {
    const [old, now] = [page.querySelector(part), root.querySelector(part)];
    if (old && now) old.replaceWith(now);
  }
  page.dataset.seen = root.dataset.seen;
  const seen = document.querySelector("#id_seen");
  if (seen) seen.value = root.dataset.seen;
  document.querySelector("[data-news]").hidden = true;
  document.querySelector("[data-came]").hidden = false;
}

/** While somebody types, the entry is announced and read on purpose, so that no answer goes past it. */
function ticketMoved(no) {
  if (no <= Number(page.dataset.seen)) return;
  if (isWriting()) sayNews();
  else showNewest();
}

async function askForNews() {
  const reply = await fetch(page.dataset.pulse, { headers: { Accept: "application/json" } }).catch(() => null);
  if (reply?.ok) ticketMoved((await reply.json()).last_event_no);
}

// ---- Who else is here ----

const others = new Map();

function showOthers() {
  const line = document.querySelector("[data-others]");
  if (!line) return;
  const now = Date.now();
  for (const [user, seen] of others) if (now - seen.at > FORGET_MS) others.delete(user);
  const here = [...others.values()].sort((a, b) => (b.doing === "writing") - (a.doing === "writing"))[0];
  const words = here ? line.dataset[here.doing].replace("{name}", here.name) : "";
  if (line.textContent !== words) line.textContent = words;
  line.hidden = !here;
}

function hearPresence(data) {
  if (!page || data.number !== page.dataset.number || String(data.user) === page.dataset.me) return;
  if (data.doing === "gone") others.delete(data.user);
  else others.set(data.user, { name: data.name, doing: data.doing, at: Date.now() });
  showOthers();
  if (data.hello) look();
}

let typedAt = 0;
let told = "";

function doing() {
  return isWriting() && Date.now() - typedAt < WRITING_MS ? "writing" : "looking";
}

function look(hello = false) {
  if (!page || document.hidden || socket?.readyState !== WebSocket.OPEN) return;
  told = doing();
  socket.send(JSON.stringify({ type: "look", data: { number: page.dataset.number, doing: told, hello } }));
}

// ---- The list ----

let reading = 0;

function listMoved() {
  clearTimeout(reading);
  reading = setTimeout(async () => {
    const busy = queue.querySelector("input:checked") || queue.contains(document.activeElement);
    const next = busy ? null : (await fresh())?.querySelector("[data-queue]");
    if (!next || queue.querySelector("input:checked")) return sayNews();
    queue.replaceChildren(...next.childNodes);
  }, 800);
}

// ---- The socket ----

let socket = null;
let attempt = 0;
const STAY_AWAY = new Set([4001, 4003]);

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/ws/v1/desk/`);
  socket.onmessage = (event) => {
    const { type, data } = JSON.parse(event.data);
    if (type === "hello") {
      attempt = 0;
      look(true);
      if (page) askForNews();
    } else if (type === "ticket.presence") hearPresence(data);
    else if (type === "ticket.changed") {
      if (page && data.number === page.dataset.number) ticketMoved(data.no);
      if (queue) listMoved();
    }
  };
  socket.onclose = (event) => {
    if (STAY_AWAY.has(event.code)) return;
    attempt += 1;
    setTimeout(connect, Math.min(30_000, 500 * 2 ** attempt) * (0.5 + Math.random()));
  };
}

// ---- Keys ----

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  r: () => box()?.focus(),
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

if (page) {
  document.addEventListener("input", (event) => {
    if (event.target !== box()) return;
    typedAt = Date.now();
    if (told !== "writing") look();
  });
  document.querySelector("[data-show]").addEventListener("click", (event) => {
    event.preventDefault();
    showNewest();
  });
  document.addEventListener("visibilitychange", () => look());
  setInterval(() => {
    if (doing() !== told) look();
    showOthers();
  }, 4000);
  setInterval(() => look(), LOOK_MS);
  setInterval(() => document.hidden || socket?.readyState === WebSocket.OPEN || askForNews(), POLL_MS);
}
if (page || queue) connect();
