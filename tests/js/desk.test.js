import assert from "node:assert/strict";
import test from "node:test";
import { asShown, grouped } from "../../services/gateway/src/parley_gateway/web/assets/desk/groups.js";
import { texts as german } from "../../services/gateway/src/parley_gateway/web/assets/desk/texts.de.js";
import { texts as english } from "../../services/gateway/src/parley_gateway/web/assets/desk/texts.en.js";

/** Every key with the type of what stands there, and how many values it takes. */
const shape = (texts, path = "") => Object.entries(texts).flatMap(([key, value]) =>
  value && typeof value === "object" ? shape(value, `${path}${key}.`) : [`${path}${key}: ${typeof value} ${typeof value === "function" ? value.length : ""}`]);

test("German and English say the same things", () => {
  assert.deepEqual(shape(german), shape(english));
});

test("the inbox is shown by what stands with an item: active, parked, interrupted, wrap-up", () => {
  const item = (item, stage, activity, waiting_since = "2026-01-01T00:00:00.000Z") => ({ item, stage, activity, waiting_since });
  const inbox = [item("a", "wrap_up", "active"), item("b", "conversation", "parked"), item("c", "conversation", "active"), item("d", "conversation", "interrupted"), item("e", "wrap_up", "interrupted")];
  assert.deepEqual(asShown(inbox).map(({ item }) => item), ["c", "b", "d", "a", "e"]);
  assert.deepEqual(asShown([...inbox, item("z", "conversation", "active", "2025-12-31T23:59:59.999Z")]).map(({ item }) => item)[0], "z"); // the oldest first
  assert.deepEqual(grouped([inbox[1]]).map(({ id }) => id), ["parked"]);
});
