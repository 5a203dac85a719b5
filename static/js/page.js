/** What every page does: menus that close, notices that go, focus on the error summary, light or dark. */

function closeOtherMenus(event) {
  for (const menu of document.querySelectorAll("details[data-pop][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
}

function closeMenusOnEscape(event) {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-pop][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
}

function wireThemeSwitch(group) {
  const root = document.documentElement;
  const buttons = [...group.querySelectorAll("button")];
  const show = () => {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String((root.dataset.theme ?? "") === button.dataset.themeValue));
    }
  };
  group.hidden = false;
  group.addEventListener("click", (event) => {
    const value = event.target.closest("button")?.dataset.themeValue;
    if (value === undefined) return;
    if (value) root.dataset.theme = value;
    else delete root.dataset.theme;
    document.cookie = `theme=${value};path=/;max-age=${value ? 31536000 : 0};samesite=lax`;
    show();
  });
  show();
}

/** Drafts and unsent messages of this person must not stay on a shared device after logging out. */
function clearStoreOnLogout(form) {
  form.addEventListener("submit", () => {
    indexedDB.deleteDatabase("parley");
  });
}

function wireToasts() {
  document.addEventListener("click", (event) => {
    event.target.closest?.("[data-close]")?.closest(".toast")?.remove();
  });
  for (const toast of document.querySelectorAll(".toast:not(.bad)")) {
    setTimeout(() => toast.remove(), 8000);
  }
}

document.addEventListener("click", closeOtherMenus);
document.addEventListener("keydown", closeMenusOnEscape);
for (const group of document.querySelectorAll("[data-theme-switch]")) wireThemeSwitch(group);
for (const form of document.querySelectorAll("form[data-clear-store]")) clearStoreOnLogout(form);
wireToasts();
document.querySelector(".bar-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
document.querySelector("[data-focus]")?.focus();
