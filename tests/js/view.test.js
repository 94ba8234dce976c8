import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, find } from "../../services/gateway/src/parley_gateway/web/assets/desk/view.js";

const item = (id, more = {}) => ({ item: id, kind: "chat", queue: "support", priority: 50, stage: "waiting", waiting_since: "2026-01-01T10:00:00.000Z", unread: 0, ...more });
const snapshot = (more = {}) => ({ type: "snapshot", version: 7, at: "", agent: { id: "a", name: "A", state: "ready" }, inbox: [], queues: [{ queue: "support", name: "Support", waiting: [] }], ...more });
const event = (changed) => ({ type: "event", version: 8, at: "later", kind: "x", changed });
const ids = (items) => items.map((one) => one.item);

test("R4 a queue is in order of priority, then age, then id, whatever the order of arrival", () => {
  const late = item("late", { waiting_since: "2026-01-01T10:00:01.000Z" });
  const put = [late, item("b"), item("a"), item("call", { priority: 100, waiting_since: "2026-01-01T11:00:00.000Z" })];
  const after = apply(snapshot(), event({ queues: { support: { put } } }));
  assert.deepEqual(ids(after.queues[0].waiting), ["call", "a", "b", "late"]);
});

test("an item that is put again replaces the old one where it stands", () => {
  const after = apply(snapshot({ inbox: [item("a"), item("b")] }), event({ inbox: { put: [item("a", { unread: 2 })] } }));
  assert.deepEqual(after.inbox.map((one) => [one.item, one.unread]), [["a", 2], ["b", 0]]);
});

test("an item moves from a queue to the inbox in one event", () => {
  const before = snapshot({ queues: [{ queue: "support", name: "Support", waiting: [item("a")] }] });
  const after = apply(before, event({ inbox: { put: [item("a", { stage: "conversation" })] }, queues: { support: { drop: ["a"] } } }));
  assert.deepEqual([ids(after.inbox), ids(after.queues[0].waiting)], [["a"], []]);
  assert.equal(find(after, "a").stage, "conversation");
});

test("queues come, are renamed and go", () => {
  const renamed = apply(snapshot(), event({ queues: { support: { name: "Help" }, sales: { name: "Sales", put: [item("a")] } } }));
  assert.deepEqual(renamed.queues.map((queue) => [queue.queue, queue.name, queue.waiting.length]), [["support", "Help", 0], ["sales", "Sales", 1]]);
  assert.deepEqual(apply(renamed, event({ queues_gone: ["support"] })).queues.map((queue) => queue.queue), ["sales"]);
});

test("what did not change stays, and the old snapshot is untouched", () => {
  const before = Object.freeze(snapshot({ inbox: Object.freeze([item("a")]) }));
  const after = apply(before, event({ agent: { id: "a", name: "A", state: "not_ready" } }));
  assert.equal(after.inbox, before.inbox);
  assert.deepEqual([after.version, after.at, after.agent.state, before.agent.state], [8, "later", "not_ready", "ready"]);
});
