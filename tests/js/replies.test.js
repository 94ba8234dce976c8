import assert from "node:assert/strict";
import test from "node:test";
import { asked, filled, insert, matching } from "../../services/gateway/src/parley_gateway/web/assets/desk/replies.js";

const replies = [
  { name: "delivery", text: "It takes two days." },
  { name: "bye", text: "Goodbye and thank you!" },
  { name: "größe", text: "The large one holds two litres." },
];

test("a ready text is asked for by a slash at the beginning of a word, up to the caret", () => {
  assert.equal(asked("/", 1), "");
  assert.equal(asked("Yes. /del", 9), "del");
  assert.equal(asked("/größ", 5), "größ");
  assert.equal(asked("/delivery", 4), "del");
  assert.equal(asked("and/or", 6), null);
  assert.equal(asked("https://", 8), null);
  assert.equal(asked("/del ", 5), null);
});

test("names that begin so come first, then whatever has the word in it", () => {
  const names = (word) => matching(replies, word).map(({ name }) => name);
  assert.deepEqual(names("B"), ["bye"]);
  assert.deepEqual(names("d"), ["delivery", "bye", "größe"]);
  assert.deepEqual(names("nothing"), []);
  assert.equal(matching(Array.from({ length: 50 }, (_, n) => ({ name: `a${n}`, text: "" })), "a").length, 8);
});

test("what is in the visitor's language comes first, and what is in another one last", () => {
  const both = [
    { name: "broken", text: "I am sorry.", language: "en" },
    { name: "brief", text: "…" },
    { name: "bruch", text: "Das tut mir leid.", language: "de" },
  ];
  const names = (language) => matching(both, "br", language).map(({ name }) => name);
  assert.deepEqual(names("de-AT"), ["bruch", "brief", "broken"]);
  assert.deepEqual(names("en"), ["broken", "brief", "bruch"]);
  assert.deepEqual(names(undefined), ["broken", "brief", "bruch"]);
});

test("a text for one queue is offered there alone, before those for all", () => {
  const both = [{ name: "hours", text: "…" }, { name: "hours-sales", text: "…", queue: "sales" }, { name: "hours-help", text: "…", queue: "help" }];
  const names = (queue) => matching(both, "ho", "en", queue).map(({ name }) => name);
  assert.deepEqual(names("sales"), ["hours-sales", "hours"]);
  assert.deepEqual(names("other"), ["hours"]);
});

test("what is no name stays as it is", () => {
  const names = { visitor: "Kim", agent: "Anna", queue: "Help", subject: undefined, date: "28/11/2026", number: "abcd" };
  assert.equal(filled("{number}, {queue}: about {subject}, {date} {other} {constructor}", names), "abcd, Help: about, 28/11/2026 {other} {constructor}");
});

test("names are filled in, and an unknown one leaves no gap", () => {
  assert.equal(filled("Hello {visitor}, I am {agent}.", { visitor: "$& Guest", agent: "Anna" }), "Hello $& Guest, I am Anna.");
  assert.equal(filled("Hello {visitor}, I am {agent}.", { visitor: undefined, agent: "Anna" }), "Hello, I am Anna.");
});

test("a ready text takes the place of what asked for it", () => {
  assert.deepEqual(insert("Yes. /de and so on", 8, "Two days."), { text: "Yes. Two days. and so on", caret: 14 });
});
