import assert from "node:assert/strict";
import { test } from "node:test";

const { mailto, senderOf } = await import("../../services/gateway/src/parley_gateway/web/assets/desk/mailto.js");

test("the sender's address is found, with a name before it or alone, and nothing else is taken for one", () => {
  assert.equal(senderOf("Jonas Becker <jonas.becker@example.net>"), "jonas.becker@example.net");
  assert.equal(senderOf("jonas.becker@example.net"), "jonas.becker@example.net");
  assert.equal(senderOf('"Becker, Jonas" <j@example.net> '), "j@example.net");
  for (const none of ["", "Jonas", "a@b@c", "<>", "a@b, c@d", "Jonas <a@b> x", "a b@c", "<a@b>,<c@d>x"]) assert.equal(senderOf(none), "", none);
});

test("an answer has the subject and the text, quoted, and no header of the sender's making", () => {
  const link = new URL(mailto("j+tea@example.net", "Cup & saucer?bcc=x@y", "Hello,\nit broke.\r\n\u00df & ?"));
  assert.equal(link.pathname, "j%2Btea@example.net");
  assert.deepEqual([...link.searchParams], [["subject", "Re: Cup & saucer?bcc=x@y"], ["body", "\r\n\r\n> Hello,\r\n> it broke.\r\n> \u00df & ?"]]);
  assert.match(mailto("a&cc=b@example.net", "x", ""), /^mailto:a%26cc%3Db@example.net\?/);
});

test("an answer is answered once", () => {
  for (const subject of ["Re: cup", "AW: cup", "re : cup"]) assert.equal(new URL(mailto("a@b.example", subject, "")).searchParams.get("subject"), subject);
});

test("what does not fit into an address is left out, between two letters", () => {
  const long = mailto("a@b.example", "x", "\u{1f600}".repeat(5000));
  assert.ok(long.length <= 1500 && long.length > 1400);
  assert.match(decodeURIComponent(long), /\u{1f600}$/u);
});
