import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const WEB = "../../services/gateway/src/parley_gateway/web";
const [contrast, lists, pieces, setup, english, german] = await Promise.all(
  ["contrast", "lists", "pieces", "setup", "texts.en", "texts.de"].map((name) => import(`${WEB}/assets/admin/${name}.js`)),
);

test("contrast is that of WCAG: black on white is 21, a colour on itself 1", () => {
  assert.equal(contrast.ratio("#000000", "#ffffff"), 21);
  assert.equal(contrast.ratio("#0b6158", "#0b6158"), 1);
  assert.equal(contrast.rounded(contrast.ratio("#767676", "#ffffff")), 4.5, "the lightest grey that is enough on white");
  assert.equal(contrast.rounded(contrast.ratio("#777777", "#ffffff")), 4.4);
});

test("a colour is read as people write it, and what is none is none", () => {
  assert.deepEqual([" #ABC ", "0b6158", "#0B6158"].map(contrast.hex), ["#aabbcc", "#0b6158", "#0b6158"]);
  assert.deepEqual(["", "red", "#12", "#12345g", "#1234567", "#fff;color:red"].map(contrast.hex), Array(6).fill(null));
});

test("the usual colours are those of the widget, and all can be read", () => {
  const widget = readFileSync(new URL(`${WEB}/widget/src/css.js`, import.meta.url), "utf8");
  const [light, dark] = widget.split("@media (prefers-color-scheme: dark)").map((part) => Object.fromEntries([...part.matchAll(/var\(--parley-([a-z-]+), (#\w+)\)/g)].map(([, name, colour]) => [name, contrast.hex(colour)])));
  assert.deepEqual({ light, dark }, contrast.usual());
  for (const palette of Object.values(contrast.usual())) assert.ok(contrast.judged(palette).every(({ enough }) => enough));
});

test("the CSS holds what is not as usual, and nothing where all is", () => {
  const palettes = contrast.usual();
  assert.equal(contrast.css(palettes), "");
  palettes.dark.text = "#ffffff";
  palettes.light.surface = palettes.dark.surface = "#102030";
  assert.equal(contrast.css(palettes), "parley-chat {\n  --parley-surface: #102030;\n  --parley-text: #1b2329;\n}\n@media (prefers-color-scheme: dark) {\n  parley-chat {\n    --parley-text: #ffffff;\n  }\n}");
  assert.deepEqual(contrast.judged(palettes.light).filter(({ enough }) => !enough).map(({ pair }) => pair), ["text/surface", "muted/surface", "accent/surface"]);
});

test("R2 of an address that is pasted the website is kept", () => {
  const pasted = " https://www.Example.org/shop?x=1#top\nhttps://www.example.org:443\n\nhttp://127.0.0.1:8000/\nhttps://user:secret@example.org/ ";
  assert.equal(lists.tidyOrigins(pasted), "https://www.example.org\nhttps://www.example.org\nhttp://127.0.0.1:8000\nhttps://example.org");
  assert.deepEqual(lists.lines(lists.tidyOrigins(pasted)).length, 3);
  assert.ok(lists.areOrigins(pasted));
  for (const wrong of ["example.org", "https://", "self", "https://a b"]) assert.equal(lists.areOrigins(wrong) && lists.tidyOrigins(wrong) === wrong, false, wrong);
});

test("the address of a page is a whole one", () => {
  for (const good of ["https://www.example.org", "http://127.0.0.1:8000/a?b=c#d", "HTTPS://example.org/ü"]) assert.ok(lists.isAddress(good), good);
  for (const wrong of ["", "example.org", "/privacy", "javascript:alert(1)", "https://", "https:///a", "https://a b", "https://a/<b>", "https://a:b/"]) assert.ok(!lists.isAddress(wrong), wrong);
});

test("R5 of two lists is told what differs, and both whole where it is their order alone", () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => ({ name, text: "…" }));
  assert.deepEqual(lists.differing([a, b], [a, c]), [[b], [c]]);
  assert.deepEqual(lists.differing([a], [a, c]), [[], [c]]);
  assert.deepEqual(lists.differing([a, b], [b, a]), [[a, b], [b, a]]);
});

test("R5 what somebody else has changed meanwhile is kept, but for what was changed here", () => {
  const base = { name: "A", ring_s: 20, agents: ["x"], wrap_up: { on: true, limit_s: 60 } };
  const mine = pieces.put(pieces.put(base, "ring_s", 30), "wrap_up.limit_s", 90);
  const theirs = { ...base, name: "B", ring_s: 25, agents: ["x", "y"], added: 1 };
  assert.deepEqual(pieces.merge(base, mine, theirs), { name: "B", ring_s: 30, agents: ["x", "y"], wrap_up: { on: true, limit_s: 90 }, added: 1 });
  assert.equal(base.wrap_up.limit_s, 60, "what it began with is as it was");
});

test("a company is led from nothing to the first chat, one step after the other", () => {
  const nothing = { queues: {}, agents: { ada: { role: "admin" } }, services: {}, calls: { since: "", services: {} } };
  const steps = [];
  const at = (more) => (steps.push(Object.entries(setup.progress(more).done).filter(([, done]) => done).map(([step]) => step)), more);
  let now = at(nothing);
  now = at({ ...now, queues: { q: { agents: [] } } });
  now = at({ ...now, agents: { ...now.agents, anna: { role: "agent" } } });
  now = at({ ...now, services: { s: { enabled: true, queue: "q", origins: [], without_origin: false } } });
  now = at({ ...now, queues: { q: { agents: ["anna"] } } });
  now = at({ ...now, services: { s: { ...now.services.s, origins: ["https://a.example"] } } });
  now = at({ ...now, calls: { since: "", services: { s: [{ origin: "https://b.example", allowed: false, at: "1" }] } } });
  at({ ...now, calls: { since: "", services: { s: [{ origin: "https://a.example", allowed: true, at: "2" }, { origin: null, allowed: true, at: "3" }] } } });
  assert.deepEqual(steps, [
    [], ["queue"], ["queue"], ["queue"], ["queue", "agent"], ["queue", "agent", "service"], ["queue", "agent", "service"], ["queue", "agent", "service", "snippet"],
  ]);
});

test("R7 counted as agents are those who can take work: agents, and supervisors whom a queue names", () => {
  const agents = { anna: { role: "agent" }, ben: { role: "agent" }, sam: { role: "supervisor" }, ada: { role: "admin" }, otto: { role: "ops" }, pbx: { role: "source" } };
  const counted = (...named) => {
    const { agents: all, serving, done } = setup.progress({ queues: { q: { agents: named } }, agents, services: {}, calls: { since: "", services: {} } });
    return [all, serving, done.agent];
  };
  assert.deepEqual(counted("anna", "ben"), [2, 2, true]);
  assert.deepEqual(counted("ada"), [2, 0, false]);
  assert.deepEqual(counted("anna", "sam"), [3, 2, true]);
});

/** The shape of what a page says: each text or function by its place. */
const shape = (texts, place = "") => Object.entries(texts).flatMap(([name, said]) =>
  said && typeof said === "object" ? shape(said, `${place}${name}.`) : `${place}${name}: ${typeof said}`);

test("everything is said in both languages, and nothing is left empty", () => {
  assert.deepEqual(shape(german.texts).sort(), shape(english.texts).sort());
  for (const { texts } of [english, german]) assert.ok(!JSON.stringify(texts).includes('""'));
});
