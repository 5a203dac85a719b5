/**
 * What this device keeps for one person: messages that are not acknowledged yet, and drafts.
 *
 * In IndexedDB, so that both survive a reload and a crash; in memory where the browser refuses it
 * (private windows), so that sending works all the same. Other tabs are told through a BroadcastChannel.
 */

const NAME = "parley";
const VERSION = 1;

function asPromise(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function openDatabase() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    const outbox = request.result.createObjectStore("outbox", { keyPath: "client_ref" });
    outbox.createIndex("place", ["user", "conversation"]);
    request.result.createObjectStore("drafts", { keyPath: ["user", "conversation"] });
  };
  return asPromise(request);
}

class MemoryStore {
  constructor() {
    this.entries = new Map();
    this.drafts = new Map();
  }

  async outbox(conversation) {
    return [...this.entries.values()].filter((entry) => entry.conversation === conversation);
  }

  async allOutbox() {
    return [...this.entries.values()];
  }

  async put(entry) {
    this.entries.set(entry.client_ref, entry);
  }

  async remove(client_ref) {
    this.entries.delete(client_ref);
  }

  async draft(conversation) {
    return this.drafts.get(conversation) ?? "";
  }

  async saveDraft(conversation, text) {
    if (text) this.drafts.set(conversation, text);
    else this.drafts.delete(conversation);
  }
}

class DatabaseStore {
  constructor(database, user) {
    this.database = database;
    this.user = user;
    // Logging out in another tab deletes the database; an open connection would hold it up.
    database.onversionchange = () => database.close();
  }

  #store(name, mode) {
    return this.database.transaction(name, mode).objectStore(name);
  }

  async outbox(conversation) {
    const rows = await asPromise(this.#store("outbox", "readonly").index("place").getAll([this.user, conversation]));
    return rows.sort((a, b) => a.created_at.localeCompare(b.created_at) || (a.order ?? 0) - (b.order ?? 0));
  }

  async allOutbox() {
    const rows = await asPromise(this.#store("outbox", "readonly").getAll());
    return rows.filter((row) => row.user === this.user);
  }

  async put(entry) {
    await asPromise(this.#store("outbox", "readwrite").put({ ...entry, user: this.user }));
  }

  async remove(client_ref) {
    await asPromise(this.#store("outbox", "readwrite").delete(client_ref));
  }

  async draft(conversation) {
    return (await asPromise(this.#store("drafts", "readonly").get([this.user, conversation])))?.text ?? "";
  }

  async saveDraft(conversation, text) {
    const drafts = this.#store("drafts", "readwrite");
    if (text) await asPromise(drafts.put({ user: this.user, conversation, text }));
    else await asPromise(drafts.delete([this.user, conversation]));
  }
}

/** The store of one person; never throws, at worst it forgets on reload. */
export async function openStore(user) {
  try {
    return new DatabaseStore(await openDatabase(), user);
  } catch {
    return new MemoryStore();
  }
}

/** Tells other tabs of the same person that an outbox changed, and hears it from them. */
export function tabChannel(user, onOutboxChanged) {
  if (typeof BroadcastChannel === "undefined") return { outboxChanged() {} };
  const channel = new BroadcastChannel(`${NAME}-${user}`);
  channel.onmessage = (event) => onOutboxChanged(event.data.conversation);
  return { outboxChanged: (conversation) => channel.postMessage({ conversation }) };
}
