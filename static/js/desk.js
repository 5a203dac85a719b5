/** The case desk by keys: decisions by number, claim, skip, note, next and previous case; the undo countdown. */

const STORE = "desk-keys";

function keysAreOn() {
  return localStorage.getItem(STORE) !== "off";
}

function wireToggle(box) {
  box.checked = keysAreOn();
  box.addEventListener("change", () => localStorage.setItem(STORE, box.checked ? "on" : "off"));
}

function isTyping(target) {
  return target.matches?.("textarea, select, input:not([type=radio]):not([type=checkbox])") ?? false;
}

function press(element) {
  if (element.type === "radio") {
    element.checked = true;
    element.focus();
    element.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (element.tagName === "SUMMARY") {
    const details = element.parentElement;
    details.open = !details.open;
    if (details.open) focusBox(details);
  } else element.click();
}

function focusBox(details) {
  const isFirst = details === details.parentElement.firstElementChild;
  document.querySelector(isFirst ? ".alt-escalate textarea" : ".alt-note textarea")?.focus();
}

function moveInQueue(step) {
  const rows = [...document.querySelectorAll(".qrow")];
  const at = rows.findIndex((row) => row.classList.contains("cur"));
  const next = rows[at < 0 ? 0 : at + step];
  if (next) next.click();
}

function onKey(event) {
  if (!keysAreOn() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && isTyping(event.target)) {
    event.target.blur();
    return;
  }
  if (isTyping(event.target)) return;
  const key = event.key.toLowerCase();
  if (key === "enter" && !event.target.closest("a, button, summary")) {
    const submit = document.querySelector("[data-submit]");
    if (submit) {
      event.preventDefault();
      submit.click();
    }
    return;
  }
  if (key === "j" || key === "k") {
    event.preventDefault();
    moveInQueue(key === "j" ? 1 : -1);
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (target) {
    event.preventDefault();
    press(target);
  }
}

/** A second Enter while the first decision is on its way must not send it again. */
function wireVerdict(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}

function wireAutosubmit(form) {
  form.addEventListener("change", () => form.requestSubmit());
}

function countDown(box) {
  const until = Date.now() + Number(box.dataset.undo) * 1000;
  const left = box.querySelector("[data-undo-left]");
  const timer = setInterval(() => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (seconds <= 0) {
      clearInterval(timer);
      box.remove();
    } else left.textContent = String(seconds);
  }, 250);
}

/** Only one of the two boxes under the decision is open at a time. */
function wireAlternatives(all) {
  for (const details of all) {
    details.addEventListener("toggle", () => {
      if (!details.open) return;
      for (const other of all) if (other !== details) other.open = false;
      focusBox(details);
    });
  }
}

document.addEventListener("keydown", onKey);
document.querySelectorAll("[data-keys-toggle]").forEach(wireToggle);
document.querySelectorAll("[data-verdict]").forEach(wireVerdict);
document.querySelectorAll("[data-autosubmit]").forEach(wireAutosubmit);
document.querySelectorAll("[data-undo]").forEach(countDown);
wireAlternatives([...document.querySelectorAll("[data-alt]")]);
document.querySelector(".qrow.cur")?.scrollIntoView({ block: "nearest" });
document.getElementById("subject")?.scrollIntoView({ block: "center" });
