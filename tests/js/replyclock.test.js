import assert from "node:assert/strict";
import { test } from "node:test";
import { LATE, TARGET_S, handover, isGone, targetOf, tone, waitsSince } from "../../services/gateway/src/parley_gateway/web/assets/desk/replyclock.js";

const at = (second) => `2026-11-27T10:00:${String(second).padStart(2, "0")}.000Z`;
const chat = { item: "c", kind: "chat", stage: "conversation", activity: "active", waiting_since: at(0) };
const log = (...entries) => ({ opened: true, outbox: [], entries: entries.map(([kind, second, more], n) => ({ n, seq: n, kind, at: at(second), ...more })) });
const visitor = (second) => ["message", second, { from: "visitor", text: "?" }];
const agent = (second) => ["message", second, { from: "agent", text: "!" }];

test("R17 a customer waits from when they came until somebody answers, and from their next message on", () => {
  assert.equal(waitsSince(chat, log(["requested", 1], ["joined", 5])), at(1));
  assert.equal(waitsSince(chat, log(["requested", 1], visitor(2), ["joined", 5], agent(6))), null);
  assert.equal(waitsSince(chat, log(["requested", 1], agent(6), visitor(9), visitor(12))), at(9), "asking again does not begin anew");
  assert.equal(waitsSince(chat, log(["requested", 1], visitor(2), ["note", 7, { text: "." }], ["paused", 8])), at(1), "a note answers nobody");
  assert.equal(waitsSince(chat, log(["requested", 1], agent(6), visitor(9), ["ended", 10])), null);
});

test("R20 R23 who is passed on, or put back, waits again", () => {
  assert.equal(waitsSince(chat, log(["requested", 1], agent(6), ["transferred", 20], ["joined", 30])), at(20));
  assert.equal(waitsSince(chat, log(["requested", 1], agent(6), ["requeued", 21])), at(21));
  assert.equal(waitsSince(chat, log(["requested", 1], visitor(2), ["transferred", 20])), at(1), "whoever waited goes on waiting");
});

test("what is known of a chat that is not opened yet, and of what is no chat", () => {
  assert.equal(waitsSince(chat, undefined), null);
  assert.equal(waitsSince(chat, { ...log(["requested", 1]), opened: false }), null);
  assert.equal(waitsSince({ ...chat, stage: "waiting" }), at(0));
  assert.equal(waitsSince({ ...chat, stage: "wrap_up" }, log(["requested", 1])), null);
  assert.equal(waitsSince({ ...chat, kind: "email" }), at(0));
  assert.equal(waitsSince({ ...chat, kind: "email" }, log(visitor(1), agent(6))), null, "answered");
  for (const kind of ["call", "task"]) assert.equal(waitsSince({ ...chat, kind }), null);
});

test("a wait is marked from the target on, and as late later", () => {
  for (const target of [TARGET_S, 5, 14_400]) {
    const times = [0, target - 1, target, LATE * target - 1, LATE * target];
    assert.deepEqual(times.map((s) => tone(s * 1000, target)), ["", "", "soon", "soon", "late"]);
  }
});

test("the target is the queue's, and an e-mail has one of its own", () => {
  const queues = [{ queue: "help", reply_target_s: 30, mail_reply_target_s: 3_600 }];
  assert.deepEqual(["chat", "call", "email"].map((kind) => targetOf({ kind, queue: "help" }, queues)), [30, 30, 3_600]);
  assert.deepEqual(["chat", "email"].map((kind) => targetOf({ kind, queue: "gone" }, queues)), [TARGET_S, 14_400]);
});

test("R22 a visitor whose connection is lost is gone until they are back", () => {
  assert.equal(isGone(log(["requested", 1], ["visitor_lost", 3])), true);
  assert.equal(isGone(log(["requested", 1], ["visitor_lost", 3], ["visitor_returned", 4])), false);
  assert.equal(isGone(log(["visitor_lost", 3], ["ended", 4])), false);
  assert.equal(isGone(undefined), false);
});

test("R23 a transfer's note stands first until an agent has written", () => {
  const given = log(["requested", 1], agent(2), ["transferred", 3, { note: "wants the jug", agent: "anna" }], ["joined", 4]);
  assert.equal(handover(given)?.note, "wants the jug");
  assert.equal(handover(log(["transferred", 3, { note: "n" }], agent(5))), undefined);
  assert.equal(handover(log(["transferred", 3, { note: "n" }], ["transferred", 6])), undefined, "only the last one's");
});
