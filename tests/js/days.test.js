import assert from "node:assert/strict";
import { test } from "node:test";
import { dayName, dayOf, stampOf } from "../../services/gateway/src/parley_gateway/web/assets/shared/days.js";

/** In the zone of whoever runs this. */
const local = (/** @type {number[]} */ ...parts) => new Date(.../** @type {[number, number]} */ (/** @type {unknown} */ (parts))).toISOString();
const today = dayOf(local(2026, 2, 29, 12)); // in Europe a day of 23 hours

test("a day is called as people call it, in their language", () => {
  const named = (/** @type {string} */ at, /** @type {string} */ locale) => dayName(at, today, locale);
  assert.deepEqual(["en-GB", "de", "fr"].map((locale) => named(local(2026, 2, 29, 0, 1), locale).replace("’", "'")), ["Today", "Heute", "Aujourd'hui"]);
  assert.deepEqual(["en-GB", "de", "fr"].map((locale) => named(local(2026, 2, 28, 23, 59), locale)), ["Yesterday", "Gestern", "Hier"]);
  assert.match(named(local(2026, 2, 27, 23, 59), "en-GB"), /^Friday,? 27 March 2026$/);
  assert.equal(named(local(2026, 2, 27, 23, 59), "de"), "Freitag, 27. März 2026");
  assert.equal(named(local(2026, 2, 30, 0, 1), "en-GB"), "Today", "a clock that is late calls nothing tomorrow");
});

test("a day that is an hour longer or shorter is one day", () => {
  const zones = { "Europe/Berlin": [[2026, 2, 28], [2026, 9, 25]], "America/New_York": [[2026, 2, 8], [2026, 10, 1]], "Australia/Lord_Howe": [[2026, 3, 5]] };
  const before = process.env.TZ;
  for (const [zone, changes] of Object.entries(zones)) {
    process.env.TZ = zone;
    for (const [year, month, date] of changes) {
      for (const ago of [0, 1]) {
        for (let day = date - 2; day <= date + 2; day++) {
          const name = dayName(local(year, month, day - ago, 12), dayOf(local(year, month, day, 12)), "en");
          assert.equal(name, ago ? "Yesterday" : "Today", `${zone} ${year}-${month + 1}-${day}`);
        }
      }
    }
  }
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

test("the time is as people write it, and says the day where that is asked for", () => {
  const at = local(2026, 2, 29, 14, 5);
  assert.equal(stampOf(at, "en-GB"), "14:05");
  assert.equal(stampOf(at, "en-GB", "medium"), "29 Mar 2026, 14:05");
  assert.match(stampOf(at, "en-US"), /^2:05\sPM$/);
  assert.equal(stampOf(at, "de", "medium"), "29.03.2026, 14:05");
});
