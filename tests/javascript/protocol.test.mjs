/** Runs under `node --test`, and in Chromium through tests/journeys where node is missing. */

import { ConversationList, ConversationLog, READ_CHANGES, READ_MESSAGES, backoffMs, pieces, tickOf } from "../../static/js/protocol.js";
import { ModelServer, chance } from "./model_server.mjs";
import { equal, test } from "./harness.mjs";

function loaded(server) {
  const log = new ConversationLog(1);
  log.load(server.page());
  return log;
}

function carryOut(log, server, effects, { chanceOfFailure = 0, random = Math.random } = {}) {
  const queue = [...effects];
  for (let turns = 0; queue.length && turns < 50; turns += 1) {
    const effect = queue.shift();
    if (random() < chanceOfFailure) log.readFailed();
    else if (effect.type === READ_CHANGES) queue.push(...log.changes(server.changesAfter(effect.after)));
    else if (effect.type === READ_MESSAGES) queue.push(...log.load(server.page()));
  }
}

test("a change that follows is applied, one already seen is ignored", () => {
  const server = new ModelServer();
  const log = loaded(server);
  server.send({ body: "one" });
  equal(log.receive(server.frame(1)), []);
  equal(log.receive(server.frame(1)), []);
  equal(log.list().map((m) => m.body), ["one"]);
  equal(log.have, 1);
});

test("a gap asks for the changes after the last one we have, once", () => {
  const server = new ModelServer();
  const log = loaded(server);
  for (const body of ["one", "two", "three"]) server.send({ body });
  equal(log.receive(server.frame(2)), [{ type: READ_CHANGES, conversation: 1, after: 0 }]);
  equal(log.receive(server.frame(3)), []);
  equal(log.list().length, 0);
  equal(log.changes(server.changesAfter(0)), []);
  equal(log.list().map((m) => m.body), ["one", "two", "three"]);
});

test("an empty change keeps the number and shows nothing", () => {
  const server = new ModelServer();
  const log = loaded(server);
  server.assign();
  log.receive(server.frame(1));
  equal([log.have, log.list().length], [1, 0]);
});

test("a message that is withheld later disappears and comes back when it is restored", () => {
  const server = new ModelServer();
  const log = loaded(server);
  server.send({ body: "call 312", kind: "member" });
  log.receive(server.frame(1));
  server.hide(1, "withheld");
  log.receive(server.frame(2));
  equal(log.list().length, 0);
  server.restore(1, "call 312");
  log.receive(server.frame(3));
  equal(log.list().map((m) => m.body), ["call 312"]);
});

test("another epoch reads everything again and keeps what was not sent", () => {
  const server = new ModelServer();
  const log = loaded(server);
  log.enqueue({ client_ref: "a", body: "unsent", created_at: "t" });
  server.restart();
  server.send({ body: "after the restore" });
  const effects = log.receive(server.frame(1));
  equal(effects[0].type, READ_MESSAGES);
  carryOut(log, server, effects);
  equal([log.epoch, log.list().length, log.outbox.length], ["one+", 1, 1]);
});

test("a heartbeat with a newer number heals a deaf socket", () => {
  const server = new ModelServer();
  const log = loaded(server);
  server.send({ body: "missed" });
  carryOut(log, server, log.beat("one", 1));
  equal(log.list().map((m) => m.body), ["missed"]);
  equal(log.beat("one", 1), []);
});

test("an answer that is older than what we have takes nothing back", () => {
  const server = new ModelServer();
  const log = loaded(server);
  server.send({ body: "one", kind: "member" });
  const old = server.page();
  server.hide(1, "withheld");
  log.receive(server.frame(1));
  log.receive(server.frame(2));
  log.load(old);
  equal([log.have, log.list().length], [2, 0]);
});

test("an entry leaves the outbox by its acknowledgement, by its echo, or by hand, and never otherwise", () => {
  const server = new ModelServer();
  const log = loaded(server);
  for (const ref of ["a", "b", "c", "d"]) log.enqueue({ client_ref: ref, body: ref, created_at: "t" });
  log.sending("a");
  log.acknowledged("a", server.send({ client_ref: "a", body: "a" }).message);
  server.send({ client_ref: "b", body: "b" });
  log.receive(server.frame(2));
  log.sending("c");
  log.notSent("c", { code: "network" });
  log.notSent("d", { code: "client_ref_reused", message: "used" });
  log.connectionLost();
  equal(log.outbox.map((e) => [e.client_ref, e.state]), [["c", "waiting"], ["d", "failed"]]);
  log.retry("d");
  equal(log.nextToSend().client_ref, "c");
  log.discard("c");
  equal(log.outbox.map((e) => [e.client_ref, e.state]), [["d", "waiting"]]);
});

test("entries go out one at a time and in order", () => {
  const log = loaded(new ModelServer());
  log.enqueue({ client_ref: "a", body: "1", created_at: "t" });
  log.enqueue({ client_ref: "b", body: "2", created_at: "t" });
  equal(log.nextToSend().client_ref, "a");
  log.sending("a");
  equal(log.nextToSend(), null);
  log.notSent("a", { code: "network" });
  equal(log.nextToSend().client_ref, "a");
});

test("property: whatever is dropped, doubled or reordered, the viewer ends with what the database has", () => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const random = chance(seed);
    const server = new ModelServer();
    for (let n = 0; n < random() * 8; n += 1) server.send({ body: `old ${n}`, kind: n % 2 ? "member" : "customer" });
    const log = loaded(server);
    const inFlight = [];
    let lastRef = 0;
    for (let step = 0; step < 60; step += 1) {
      const before = server.changes.length;
      const dice = random();
      const some = 1 + Math.floor(random() * server.messages.length);
      if (dice < 0.35) server.send({ body: `m${step}`, kind: "member" });
      else if (dice < 0.5) log.enqueue({ client_ref: `r${(lastRef += 1)}`, body: `mine ${step}`, created_at: "t" });
      else if (dice < 0.6 && server.messages.length) server.hide(some, random() < 0.5 ? "masked" : "withheld");
      else if (dice < 0.66 && server.messages.length) server.restore(some, `back ${step}`);
      else if (dice < 0.7) server.assign();
      else if (dice < 0.715) server.restart();
      const entry = log.nextToSend();
      if (entry && random() < 0.7) {
        log.sending(entry.client_ref);
        const reached = random() < 0.8;
        const answer = reached ? server.send(entry) : null;
        if (reached && random() < 0.7) carryOut(log, server, log.acknowledged(entry.client_ref, answer.message));
        else if (random() < 0.5) log.notSent(entry.client_ref, { code: "network" });
        else log.connectionLost();
      }
      for (let number = before + 1; number <= server.changes.length; number += 1) {
        if (random() < 0.75) inFlight.push(server.frame(number));
        if (random() < 0.15) inFlight.push(server.frame(number));
      }
      if (random() < 0.3) inFlight.sort(() => random() - 0.5);
      while (inFlight.length && random() < 0.8) {
        carryOut(log, server, log.receive(inFlight.shift()), { chanceOfFailure: 0.1, random });
      }
    }
    for (let beats = 0; beats < 3; beats += 1) {
      for (let entry = log.nextToSend(); entry; entry = log.nextToSend()) {
        log.sending(entry.client_ref);
        carryOut(log, server, log.acknowledged(entry.client_ref, server.send(entry).message));
      }
      carryOut(log, server, log.beat(server.epoch, server.changes.length));
    }
    const shown = log.list().map(({ seq, body, state }) => ({ seq, body, state }));
    const oldest = shown.length ? shown[0].seq : Infinity;
    const stored = server.visible().filter((m) => m.seq >= oldest).map(({ seq, body, state }) => ({ seq, body, state }));
    equal(shown, stored, `seed ${seed}`);
    equal(log.have, server.changes.length, `seed ${seed}`);
    equal(log.outbox, [], `seed ${seed}`);
    equal(new Set(server.messages.filter((m) => m.client_ref).map((m) => m.client_ref)).size,
      server.messages.filter((m) => m.client_ref).length, `seed ${seed}`);
    if (!log.hasOlder) equal(shown.length, server.visible().length, `seed ${seed}`);
  }
});

test("property: older pages read while messages change never bring back an old text", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = chance(seed);
    const server = new ModelServer();
    for (let n = 0; n < 120; n += 1) server.send({ body: `old ${n}`, kind: n % 2 ? "member" : "customer" });
    const log = new ConversationLog(1);
    log.load(server.page(20));
    while (log.hasOlder) {
      const page = server.page(20, log.oldestSeq());
      const some = 1 + Math.floor(random() * 120);
      server.hide(some, random() < 0.5 ? "masked" : "withheld");
      const frame = server.frame(server.changes.length);
      if (random() < 0.5) {
        log.receive(frame);
        log.older(page);
      } else {
        log.older(page);
        log.receive(frame);
      }
    }
    equal(log.list().map((m) => [m.seq, m.body]), server.visible().map((m) => [m.seq, m.body]), `seed ${seed}`);
  }
});

test("backoff stays inside its jitter and never exceeds half a minute", () => {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    equal(backoffMs(attempt, () => 0), 0);
    equal(backoffMs(attempt, () => 0.999999) <= 30_000, true);
  }
  equal(backoffMs(2, () => 0.5), 1000);
});

test("masked stretches are counted in code points", () => {
  equal(pieces("👩‍🎨 call 312", [[9, 12]]).map((p) => [p.text, p.masked]), [["👩‍🎨 call ", false], ["312", true]]);
});

test("ticks say sent, delivered, read", () => {
  const mark = { delivered_seq: 5, read_seq: 3 };
  equal([tickOf(6, mark), tickOf(5, mark), tickOf(3, mark)], ["sent", "delivered", "read"]);
});

test("the list counts what is unread, but not what is being looked at or what we wrote", () => {
  const list = new ConversationList("customer", [{ id: 1, change_no: 0, last_seq: 0, read_seq: 0, unread: 0 }]);
  const server = new ModelServer();
  server.send({ body: "hello", kind: "member" });
  server.send({ body: "mine", kind: "customer" });
  server.send({ body: "open", kind: "member" });
  list.change(server.frame(1), { isOpen: false });
  list.change(server.frame(1), { isOpen: false });
  list.change(server.frame(2), { isOpen: false });
  equal([list.rows.get(1).unread, list.rows.get(1).preview, list.unreadConversations()], [1, "mine", 1]);
  list.read(1, 2);
  list.change(server.frame(3), { isOpen: true });
  equal([list.rows.get(1).unread, list.unreadConversations()], [0, 0]);
});
