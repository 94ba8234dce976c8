import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, elapsed } from "../../services/gateway/src/parley_gateway/web/assets/desk/timers.js";

const at = Date.parse("2026-01-01T10:00:05.000Z");

test("R17 a timer shows what it has, and what runs since", () => {
  assert.equal(elapsed({ ms: 60_000, running_since: null }, at), 60_000);
  assert.equal(elapsed({ ms: 60_000, running_since: "2026-01-01T10:00:00.000Z" }, at), 65_000);
});

test("a clock that is behind the server does not turn a timer back", () => {
  assert.equal(elapsed({ ms: 1000, running_since: "2026-01-01T10:00:09.000Z" }, at), 1000);
});

test("durations read like a clock", () => {
  assert.deepEqual([0, 65_999, 3_665_000, -5].map(duration), ["0:00", "1:05", "1:01:05", "0:00"]);
});
