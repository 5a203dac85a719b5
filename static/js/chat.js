/** Puts a chat page together from the snapshot the server wrote into it. */

import { ChatClient } from "./client.js";
import { jsonOf } from "./dom.js";
import { Notices } from "./notices.js";
import { followPresence } from "./presence.js";
import { SavedReplies } from "./replies.js";
import { Times } from "./times.js";
import "./composer.js";
import "./emoji.js";
import "./lists.js";
import "./search.js";
import "./thread.js";

const snapshot = jsonOf("chat-snapshot");
/** What other modules of the page go on with, once it is put together; null on pages without a chat. */
export let parts = null;

if (snapshot) {
  const words = jsonOf("chat-words");
  const times = new Times(snapshot.zone, document.documentElement.lang || "en", words);
  const client = new ChatClient(snapshot);
  parts = { client, snapshot, times, words };
  // Reading and writing start before the connection does: what is on this device is shown at once.
  await client.start();
  document.querySelector("chat-list")?.connect(parts);
  if (client.log) {
    const composer = document.querySelector("chat-composer");
    composer?.connect(parts);
    composer?.querySelector("emoji-picker")?.connect({ composer, words });
    if (composer?.querySelector("[data-saved]") && snapshot.replies?.length) {
      new SavedReplies(composer, { replies: snapshot.replies, fillIns: snapshot.fill_ins, words });
    }
    document.querySelector("chat-thread")?.connect(parts);
    client.markRead();
  }
  document.querySelector("chat-search")?.connect(parts);
  new Notices(parts);
  followPresence(client);
  document.documentElement.dataset.chat = "live";
}
