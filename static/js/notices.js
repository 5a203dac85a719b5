/** Notices of the browser for messages that arrive while nobody looks: names only, unless the person wants more. */

import { sideOfKind } from "./protocol.js";

/** Whether a clock "HH:MM" lies between two others, which may go over midnight. */
export function isBetween(clock, from, to) {
  if (from === to) return false;
  return from < to ? clock >= from && clock < to : clock >= from || clock < to;
}

function clockIn(zone) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date());
}

export class Notices {
  constructor({ client, snapshot, words }) {
    Object.assign(this, { client, snapshot, words });
    client.addEventListener("arrived", (event) => this.#arrived(event.detail.message));
  }

  get isWanted() {
    const { notices, zone } = this.snapshot;
    if (!notices?.is_on || typeof Notification === "undefined" || Notification.permission !== "granted") return false;
    return !(notices.quiet && isBetween(clockIn(zone), ...notices.quiet));
  }

  #arrived(message) {
    if (!this.isWanted || (!document.hidden && document.hasFocus())) return;
    if (this.snapshot.muted?.includes(message.conversation) || sideOfKind(message.author.kind) === this.client.side) return;
    const show = () => this.#show(message);
    // Of several open tabs one shows it: the lock is held long enough for the others to come too late.
    if (!navigator.locks) return show();
    navigator.locks.request(`parley-notice-${message.conversation}-${message.seq}`, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      show();
      await new Promise((resolve) => setTimeout(resolve, 3000));
    });
  }

  #show(message) {
    const row = this.client.list.rows.get(message.conversation);
    const name = (this.client.side === "customer" ? row?.shop.name : row?.customer.name) || message.author.name || this.words.somebody;
    const body = this.snapshot.notices.shows_text && message.body ? message.body.slice(0, 140) : this.words.newMessage;
    const notice = new Notification(name, { body, tag: `parley-${message.conversation}`, icon: this.snapshot.pictures.favicon, renotify: true });
    notice.onclick = () => {
      window.focus();
      notice.close();
      location.assign(`${this.snapshot.urls.conversation.replace("0", message.conversation)}#m${message.seq}`);
    };
  }
}
