import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as talk from "../../services/gateway/src/parley_gateway/web/widget/src/talk.js";

/** @typedef {import("../../services/gateway/src/parley_gateway/web/widget/src/talk.js").Frame} Frame */

const start = { id: "1", type: "start", text: "hello" };
const more = { id: "2", type: "message", text: "are you there?" };
const ack = (id, fields = {}) => ({ id, type: "ack", ...fields });
const error = (id, code) => ({ id, type: "error", code });
const message = (seq, text, from = "visitor", name = undefined) => ({ seq, kind: "message", from, text, name });

/** A chat that has begun with "hello" and is connected. */
function begun() {
  talk.stand();
  talk.post(start);
  talk.next([start]);
  talk.answered(ack("1", { chat: "c", secret: "s", seq: 1 }), start);
  talk.begin("c");
  talk.take(message(1, "hello"));
  talk.arrived(message(1, "hello"));
}

beforeEach(talk.reset);

test("nothing is sent before the connection stands, and then one frame at a time", () => {
  assert.equal(talk.next([start, more]), undefined);
  talk.stand();
  assert.equal(talk.next([]), undefined);
  assert.equal(talk.next([start, more]), start);
  assert.equal(talk.next([start, more]), undefined, "the first has no answer yet");
  assert.equal(talk.answered(ack("1", { secret: "s" }), start), talk.STARTED);
  talk.begin("c");
  assert.equal(talk.next([more]), more);
});

test("after a loss the same frame is sent again", () => {
  talk.stand();
  assert.equal(talk.next([start]), start);
  talk.cut();
  assert.equal(talk.next([start]), undefined);
  talk.stand();
  assert.equal(talk.next([start]), start);
});

test("where another tab has begun the chat, a beginning is a message like others", () => {
  talk.begin("c");
  talk.stand();
  assert.deepEqual(talk.next([start]), { ...start, type: "message" });
  assert.equal(start.type, "start", "what is kept stays as it is");
});

test("an answer that is not to what was asked means nothing", () => {
  talk.stand();
  talk.next([start]);
  for (const id of ["9", undefined, null]) assert.equal(talk.answered(ack(id), undefined), talk.OTHER);
  assert.equal(talk.next([start]), undefined, "the first still has no answer");
});

test("a chat is gone on with: it stands, is tried again, or is gone", () => {
  talk.resume("r");
  assert.equal(talk.answered(error("r", "unavailable")), talk.CUT);
  assert.equal(talk.ready, false);
  talk.resume("r");
  assert.equal(talk.answered(error("r", "rate_limited")), talk.CUT);
  talk.resume("r");
  assert.equal(talk.answered(error("r", "not_found")), talk.GONE);
  talk.resume("r");
  assert.equal(talk.answered(ack("r")), talk.RESUMED);
  assert.equal(talk.ready, true);
  assert.equal(talk.answered(ack("r")), talk.OTHER, "an answer counts once");
});

test("what is refused: tried later, without the visitor's identity once, or not at all", () => {
  const verdict = (code, sent = start) => {
    talk.stand();
    talk.next([sent]);
    return talk.answered(error(sent.id, code), sent);
  };
  assert.equal(verdict("unavailable"), talk.LATER);
  assert.equal(verdict("rate_limited"), talk.LATER);
  assert.equal(verdict("unauthorized"), talk.GUEST);
  assert.equal(verdict("unauthorized"), talk.REFUSED, "as a guest as well");
  assert.equal(verdict("closed"), talk.REFUSED);
  begun();
  assert.equal(verdict("bad_request", more), talk.FAILED, "the chat goes on without it");
  assert.equal(verdict("unavailable", { id: "t", type: "transcript", to: "a@example.org" }), talk.GRANTED, "there is no mail server: the visitor is told");
  assert.equal(verdict("bad_request", { id: "r", type: "rate", score: 5 }), talk.GRANTED);
});

test("R30 R33 what had no answer is sent again with the same id, and an answer that comes late means nothing before that", () => {
  begun();
  talk.post(more);
  assert.equal(talk.next([more]), more);
  assert.equal(talk.answered(error("2", "unavailable"), more), talk.LATER);
  assert.equal(talk.answered(ack("2", { seq: 2 }), more), talk.OTHER, "it is not waited for now");
  assert.equal(talk.next([more]), more, "the same frame, the same id");
  assert.equal(talk.take(message(2, more.text)), true, "the first one took effect meanwhile");
  assert.equal(talk.arrived(message(2, more.text)), "2");
  assert.equal(talk.answered(ack("2", { seq: 2 }), more), talk.STORED);
  assert.equal(talk.stored(ack("2", { seq: 2 })), false, "it has gone from what is on its way already");
  assert.equal(talk.pending.size, 0);
});

test("the next chat tries the visitor's identity again", () => {
  for (let chat = 0; chat < 2; chat += 1) {
    talk.reset();
    talk.stand();
    talk.next([start]);
    assert.equal(talk.answered(error("1", "unauthorized"), start), talk.GUEST);
  }
});

test("each event counts once, and only after the one before it", () => {
  assert.equal(talk.take(message(1, "hello")), true);
  assert.equal(talk.take(message(1, "hello")), undefined);
  assert.equal(talk.take(message(3, "later")), false);
  assert.equal(talk.last, 1);
  assert.equal(talk.take(message(2, "hi", "agent", "Anna")), true);
  assert.equal(talk.agent, "Anna");
  talk.take(message(3, "again", "visitor", "Kim"));
  assert.equal(talk.agent, "Anna", "a visitor's name is not the agent's");
});

test("what is on its way goes when its event comes, before its answer or after it", () => {
  begun();
  assert.ok(talk.post(more));
  assert.ok(!talk.post(more), "shown once");
  assert.ok(!talk.post({ id: "e", type: "end" }), "what has no text is not shown");
  talk.take(message(2, more.text));
  assert.equal(talk.arrived(message(2, more.text)), "2", "known by its text");
  assert.equal(talk.stored(ack("2", { seq: 2 })), false, "it is gone already");

  talk.post({ ...more, id: "3" });
  assert.equal(talk.stored(ack("3", { seq: 3 })), false, "stored, not seen");
  assert.equal(talk.arrived(message(9, more.text)), undefined, "known by its place now, not by its text");
  assert.equal(talk.arrived(message(3, more.text)), "3");

  talk.post({ ...more, id: "4" });
  talk.take(message(3, "x"));
  talk.take(message(4, more.text));
  assert.equal(talk.stored(ack("4", { seq: 4 })), true, "its event was seen, and not known for it");
  assert.equal(talk.pending.size, 0);
});

test("of two with the same text the first comes first", () => {
  begun();
  talk.post({ id: "a", type: "message", text: "yes" });
  talk.post({ id: "b", type: "message", text: "yes" });
  assert.equal(talk.arrived(message(2, "yes")), "a");
  assert.equal(talk.arrived(message(3, "yes")), "b");
});

test("an answer without a place leaves what it answers to be known by its text", () => {
  talk.post(more);
  assert.equal(talk.stored(ack("2")), false);
  assert.equal(talk.arrived(message(1, more.text)), "2");
});

test("at the end all that was not sent has failed, once, but for what the server has in its hands", () => {
  begun();
  const [two, three, four] = ["2", "3", "4"].map((id) => ({ id, type: "message", text: id }));
  [two, three, four].forEach(talk.post);
  talk.next([two, three, four]);
  assert.equal(talk.failed("4"), true);
  assert.ok(!talk.failed("4"));
  assert.ok(!talk.failed("unknown"));
  talk.take({ seq: 2, kind: "ended", by: "agent" });
  assert.equal(talk.over, true);
  assert.deepEqual(talk.unsent(), ["3"]);
  assert.deepEqual(talk.unsent(), []);
});

test("what another tab has delivered is no longer on its way here", () => {
  begun();
  const frames = ["2", "3", "4", "5"].map((id) => ({ id, type: "message", text: id }));
  frames.forEach(talk.post);
  talk.next(frames); // 2 has been asked by this tab
  talk.failed("3"); // and stays, for the visitor to see
  assert.deepEqual(talk.elsewhere([frames[3]]), ["4"]);
  assert.deepEqual([...talk.pending.keys()], ["2", "3", "5"]);
});

test("another chat knows nothing of the one before", () => {
  begun();
  talk.take(message(2, "hi", "agent", "Anna"));
  talk.post(more);
  talk.take({ seq: 3, kind: "ended", by: "agent" });
  talk.reset();
  assert.deepEqual([talk.chat, talk.agent, talk.last, talk.over, talk.ready, talk.pending.size], [undefined, undefined, 0, false, false, 0]);
});
