/** The notice settings: the browser is asked for its permission by a click only, never by itself. */

const place = document.querySelector("[data-permission]");

function show() {
  const button = place.querySelector("[data-ask-permission]");
  const text = place.querySelector("[data-permission-text]");
  const state = typeof Notification === "undefined" ? "missing" : Notification.permission;
  button.hidden = state !== "default";
  text.textContent = state === "default" ? "" : place.dataset[state] ?? "";
}

if (place) {
  place.querySelector("[data-ask-permission]").addEventListener("click", async () => {
    await Notification.requestPermission();
    if (Notification.permission === "granted") document.querySelector("[name=browser]").checked = true;
    show();
  });
  show();
}
