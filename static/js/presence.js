/** Whether the other side is there: asked now and then while somebody looks. */

import { rest } from "./transport.js";

const EVERY_MS = 30_000;

export function followPresence(client) {
  const mark = document.querySelector("[data-other-here]");
  if (!mark || !client.log) return;
  const look = async () => {
    if (document.hidden || !(client.transport.isOpen || client.transport.isPolling)) return;
    try {
      mark.hidden = !(await rest(`conversations/${client.log.id}/presence`)).is_there;
    } catch {
      // Nobody knows; the page keeps what it shows until the next look.
    }
  };
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
  // Somebody who writes or types is there.
  client.addEventListener("arrived", (event) => {
    if (event.detail.isOpen && event.detail.message.author.kind !== "auto") setTimeout(look, 1000);
  });
}
