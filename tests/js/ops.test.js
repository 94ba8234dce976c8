import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const { across, kindOf, laneOf, placed, span } = await import("../../services/gateway/src/parley_gateway/web/assets/ops/lanes.js");

/** @type {(log: string, type: string, more?: object) => any} */
const event = (log, type, more = {}) => ({ at: "2026-01-31T09:30:00.000Z", log, type, n: 1, position: 1, ...more });

test("a person's own doing stands in that person's lane, what a service does in the service's", () => {
  assert.equal(laneOf(event("session", "Requested")), "visitor");
  assert.equal(laneOf(event("session", "MessagePosted", { author: "visitor" })), "visitor");
  assert.equal(laneOf(event("session", "MessagePosted", { author: "agent" })), "agent");
  assert.equal(laneOf(event("session", "MessagePosted", { author: "system" })), "session");
  assert.equal(laneOf(event("session", "Ended", { who: "absence" })), "session");
  assert.equal(laneOf(event("session", "Ended", { who: "agent" })), "agent");
  assert.equal(laneOf(event("session", "NoteAdded")), "agent");
  assert.equal(laneOf(event("router", "ItemAssigned", { agent: "anna" })), "router");
  assert.equal(laneOf(event("crm-logger", "ContactLinked")), "crm");
});

test("bands follow each other without a gap, and what is over is not drawn", () => {
  const bands = [
    { from: "2026-01-31T09:00:00.000Z", until: "2026-01-31T09:00:10.000Z", stage: "waiting" },
    { from: "2026-01-31T09:00:10.000Z", until: "2026-01-31T09:00:30.000Z", stage: "conversation", activity: "active", owner: "anna" },
    { from: "2026-01-31T09:00:30.000Z", until: "2026-01-31T09:00:40.000Z", stage: "conversation", activity: "interrupted", interrupted_by: "call-1" },
    { from: "2026-01-31T09:00:40.000Z", stage: "closed" },
  ];
  const drawn = span(bands, [], Date.parse("2026-01-31T12:00:00Z"));
  assert.deepEqual(placed(bands, drawn).map(({ band, left, width }) => [kindOf(band), left, width]), [["waiting", 0, 25], ["active", 25, 50], ["interrupted", 75, 25]]);
});

test("what still goes on is drawn up to now", () => {
  const bands = [{ from: "2026-01-31T09:00:00.000Z", stage: "waiting" }];
  const now = Date.parse("2026-01-31T09:01:00Z");
  const drawn = span(bands, [], now);
  assert.equal(drawn.end, now);
  assert.deepEqual(placed(bands, drawn).map(({ width }) => width), [100]);
});

test("a mark stays within its lane, however clocks went", () => {
  const drawn = span([], [event("router", "ItemQueued")], 0);
  assert.equal(across(drawn.begin - 5, drawn), 0);
  assert.equal(across(drawn.end + 5, drawn), 100);
});

const { reason } = await import("../../services/gateway/src/parley_gateway/web/assets/ops/reason.js");
const en = (await import("../../services/gateway/src/parley_gateway/web/assets/ops/texts.en.js")).texts.why.assigned;
const de = (await import("../../services/gateway/src/parley_gateway/web/assets/ops/texts.de.js")).texts.why.assigned;

test("an assignment is told in the words of the page", () => {
  const each = { agent: "anna", how: "pushed", policy: "longest_idle", out_of: "free", passed: { not_ready: ["ben"], idle_shorter: ["c", "d"] }, more: { idle_shorter: 1200 } };
  assert.equal(reason(each, en), "The router gives it to anna: free, idle longest. Passed over: ben (not ready); c, d and 1,200 more (idle for a shorter time).");
  assert.equal(reason(each, de), "Die Verteilung gibt ihn an anna: frei, am längsten ohne Arbeit. Übergangen: ben (nicht bereit); c, d und 1.200 weitere (kürzer ohne Arbeit).");
  assert.equal(reason({ agent: "anna", how: "pushed", policy: "longest_idle", out_of: "free", passed: {} }, en), "The router gives it to anna: free, idle longest. There was no other agent.");
  assert.equal(reason({ agent: "anna", how: "pushed" }, en), "The router gives it to anna.");
  assert.equal(reason({ agent: "anna", how: "picked" }, de), "anna wählt ihn aus.");
});

test("every reason that the router has is told in both languages, in English as on the command line", () => {
  const source = readFileSync(new URL("../../services/ops/src/parley_ops/why.py", import.meta.url), "utf8");
  for (const [table, name] of /** @type {const} */ ([["CHOSEN", "chosen"], ["OUT_OF", "outOf"], ["PASSED_OVER", "passed"]])) {
    const [, body] = new RegExp(`^${table} = \\{\n([^}]*)\\}`, "m").exec(source) ?? [];
    const told = Object.fromEntries([...(body ?? "").matchAll(/"(\w+)": "([^"]+)"/g)].map(([, key, text]) => [key, text]));
    assert.ok(Object.keys(told).length > 2, table);
    assert.deepEqual(en[name], told);
    assert.deepEqual(Object.keys(de[name]).sort(), Object.keys(told).sort());
  }
});
