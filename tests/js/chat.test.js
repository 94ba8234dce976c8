import assert from "node:assert/strict";
import { test } from "node:test";
import { acked, emptyLog, hasGap, lastWithoutGap, merge, onItsWay, post, refused, unanswered, withdraw } from "../../services/gateway/src/parley_gateway/web/assets/desk/chat.js";

const said = (n, text, from = "agent") => ({ n, seq: n, at: "", kind: "message", from, text });
const texts = (log) => log.entries.map((entry) => entry.text);

test("R30 entries are taken once and stand in order, however they come", () => {
  const log = merge(merge(emptyLog, [said(3, "c"), said(1, "a")]), [said(2, "b"), said(3, "c")]);
  assert.deepEqual(texts(log), ["a", "b", "c"]);
});

test("a hole is noticed, and closed by what was missing", () => {
  const log = merge(emptyLog, [said(1, "a"), said(3, "c")]);
  assert.ok(hasGap(log));
  assert.equal(lastWithoutGap(log).n, 1);
  assert.ok(!hasGap(merge(log, [said(2, "b")])));
});

test("a message is shown as on its way until it is back, whichever comes first, acknowledgement or entry", () => {
  const posted = post(emptyLog, "1", "message", "hi");
  assert.equal(onItsWay(posted).length, 1);

  const ackFirst = acked(posted, "1", 1);
  assert.equal(onItsWay(ackFirst).length, 1);
  assert.equal(merge(ackFirst, [said(1, "hi")]).outbox.length, 0);

  const entryFirst = merge(posted, [said(1, "hi")]);
  assert.equal(onItsWay(entryFirst).length, 0);
  assert.equal(acked(entryFirst, "1", 1).outbox.length, 0);
});

test("the same words said earlier do not hide a new message", () => {
  assert.equal(onItsWay(post(merge(emptyLog, [said(1, "ok")]), "2", "message", "ok")).length, 1);
});

test("R31 what was refused stays to be seen until it is withdrawn", () => {
  const log = refused(post(emptyLog, "1", "message", "hi"), "1", "Too long.");
  assert.equal(onItsWay(log)[0].failed, "Too long.");
  assert.equal(withdraw(log, "1").outbox.length, 0);
});

test("R30 R33 what has had no answer may still arrive: then it is not on its way any more, and nothing is there twice", () => {
  const unsure = refused(post(emptyLog, "1", "message", "hi"), "1", "Not reached.", true);
  assert.equal(onItsWay(unsure)[0].failed, "Not reached.", "the agent is told");
  const arrived = merge(unsure, [said(1, "hi")]);
  assert.deepEqual([texts(arrived), onItsWay(arrived), arrived.outbox], [["hi"], [], []]);
  const other = merge(unsure, [said(1, "something else")]);
  assert.equal(onItsWay(other).length, 1);
});

test("a chat is unanswered until an agent writes after it was last given to one", () => {
  const joined = (n) => ({ n, seq: n, at: "", kind: "joined", name: "A" });
  const given = merge(emptyLog, [said(1, "hi", "visitor"), joined(2)]);
  const answered = merge(given, [said(3, "hello")]);
  assert.deepEqual([given, answered, merge(answered, [joined(4)])].map(unanswered), [true, false, true]);
});
