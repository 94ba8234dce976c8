import assert from "node:assert/strict";
import { test } from "node:test";
import { sentence, shown, told, without } from "../../services/gateway/src/parley_gateway/web/assets/phone/calls.js";
import { texts as german } from "../../services/gateway/src/parley_gateway/web/assets/phone/texts.de.js";
import { texts } from "../../services/gateway/src/parley_gateway/web/assets/phone/texts.en.js";

const call = (more = {}) => ({ item: "c", kind: "call", queue: "support", name: "+49 30 1", stage: "waiting", ...more });
const assigned = (more = {}) => ({ type: "assigned", item: "c", kind: "call", queue: "support", agent: "ben", name: "Ben", at: "1", answered: false, ...more });

test("R15 a call waits, rings, is answered and is over, whoever says so first", () => {
  const placed = shown({}, call(), "0");
  const rings = told(placed, assigned());
  const talks = shown(rings, call({ stage: "conversation", owner: "ben", answered: true }), "2");
  const over = told(talks, { type: "closed", item: "c", at: "3" });
  assert.deepEqual([placed, rings, talks, over].map((calls) => sentence(calls.c, texts)), ["Waits in support", "Rings at Ben", "Ben has answered", "Over"]);
  assert.equal(over.c.from, "+49 30 1");
});

test("R15 a call that was not answered waits again", () => {
  const back = told(told(shown({}, call(), "0"), assigned()), { type: "unassigned", item: "c", agent: "ben", at: "2", why: "requeued" });
  assert.deepEqual([back.c.state, back.c.agent, back.c.since], ["waiting", undefined, "2"]);
});

test("after a reload a call is found again, by its owner's short name until it is told", () => {
  const found = shown({}, call({ stage: "conversation", owner: "ben", answered: false }), "5");
  assert.equal(sentence(found.c, texts), "Rings at ben");
  assert.equal(sentence(told(found, assigned({ answered: true })).c, texts), "Ben has answered");
});

test("a call in wrap-up is over for the telephone", () => {
  assert.equal(shown({}, call({ stage: "wrap_up", owner: "ben" }), "5").c.state, "over");
});

test("what is no call, and what is not known, stays out", () => {
  assert.deepEqual(told({}, assigned({ kind: "email" })), {});
  assert.deepEqual(told({}, { type: "closed", item: "x", at: "1" }), {});
  assert.deepEqual(without(shown({}, call(), "0"), "c"), {});
});

test("German and English say the same things", () => {
  assert.deepEqual(Object.entries(german).map(([key, said]) => [key, typeof said]), Object.entries(texts).map(([key, said]) => [key, typeof said]));
});
