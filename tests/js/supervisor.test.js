import assert from "node:assert/strict";
import test from "node:test";
import { texts as german } from "../../services/gateway/src/parley_gateway/web/assets/supervisor/texts.de.js";
import { texts as english } from "../../services/gateway/src/parley_gateway/web/assets/supervisor/texts.en.js";
import { apply, byKind, find, inOrder, longest } from "../../services/gateway/src/parley_gateway/web/assets/supervisor/view.js";

/** Every key with the type of what stands there, and how many values it takes. */
const shape = (texts, path = "") => Object.entries(texts).flatMap(([key, value]) =>
  value && typeof value === "object" ? shape(value, `${path}${key}.`) : [`${path}${key}: ${typeof value} ${typeof value === "function" ? value.length : ""}`]);

const item = (name, fields = {}) => ({ item: name, kind: "chat", priority: 0, waiting_since: "2026-01-01T00:00:00.000Z", ...fields });
const floor = {
  type: "snapshot", version: 1, at: "2026-01-01T00:00:00.000Z", agent: { id: "sam", name: "Sam", state: "ready" }, inbox: [],
  queues: [{ queue: "a", name: "A", ready: 1, agents: ["anna"], waiting: [item("w1"), item("w2", { kind: "email" })] }],
  agents: [{ id: "ben", name: "Ben", state: "logged_out" }, { id: "anna", name: "Anna", state: "ready", help: { since: "2026-01-01T00:00:00.000Z" } }],
  work: [item("c1", { owner: "anna" })],
};
const happens = (changed) => apply(floor, { type: "event", version: 2, at: "2026-01-01T00:00:01.000Z", kind: "x", changed });

test("German and English say the same things", () => {
  assert.deepEqual(shape(german), shape(english));
});

test("R36: an event replaces whole agents and items, and leaves what it does not name", () => {
  const after = happens({
    queues: { a: { drop: ["w1"], ready: 0, agents: ["anna", "ben"] } },
    work: { put: [item("w1", { owner: "ben" })], drop: ["c1"] },
    agents: { put: [{ id: "anna", name: "Anna", state: "not_ready" }] },
  });
  assert.deepEqual(after.agents, [floor.agents[0], { id: "anna", name: "Anna", state: "not_ready" }]); // the call for help is gone
  assert.deepEqual(after.work.map(({ item, owner }) => [item, owner]), [["w1", "ben"]]);
  assert.deepEqual(after.queues.map(({ ready, agents, waiting }) => [ready, agents, waiting.map(({ item }) => item)]), [[0, ["anna", "ben"], ["w2"]]]);
  assert.equal(after.version, 2);
  const none = happens({});
  assert.deepEqual([none.agents, none.work, none.queues], [floor.agents, floor.work, floor.queues]);
  assert.deepEqual(happens({ queues_gone: ["a"], agents: { drop: ["ben"] } }).agents.map(({ id }) => id), ["anna"]);
});

test("an item is found wherever it is", () => {
  assert.equal(find(floor, "c1"), floor.work[0]);
  assert.equal(find(floor, "w2"), floor.queues[0].waiting[1]);
  assert.equal(find(floor, "x"), undefined);
  assert.equal(find(floor, undefined), undefined);
});

test("agents stand by name, who is logged out after all others", () => {
  const agents = [{ name: "Ada", state: "logged_out" }, { name: "Zoe", state: "ready" }, { name: "Ben", state: "not_ready" }];
  assert.deepEqual(inOrder(agents).map(({ name }) => name), ["Ben", "Zoe", "Ada"]);
});

test("what waits is counted by kind, and the one that waits longest is found whatever the order", () => {
  const waiting = [item("a", { waiting_since: "2026-01-01T00:00:02.000Z" }), item("b", { kind: "call" }), item("c", { kind: "call", waiting_since: "2025-01-01T00:00:00.000Z" })];
  assert.deepEqual(byKind(waiting), { chat: 1, call: 2, email: 0, task: 0 });
  assert.equal(longest(waiting)?.item, "c");
  assert.equal(longest([]), undefined);
});
