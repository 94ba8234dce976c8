import assert from "node:assert/strict";
import { test } from "node:test";
import { pieces } from "../../services/gateway/src/parley_gateway/web/assets/shared/links.js";

const SCHEMES = ["http:", "https:", "mailto:", "tel:"];
/** What turns the direction of writing, or is not to be seen at all. */
const UNSEEN = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u2060\ufeff\u00ad\u0000\u0007\u001b";

const links = (text) => pieces(text).filter((_, index) => index % 2);

/** A text, and the links in it. @type {[string, string[]][]} */
const TEXTS = [
  ["no link at all", []],
  ["", []],
  ["https://shop.example", ["https://shop.example"]],
  ["Https://shop.example/a is how a phone begins a sentence", ["Https://shop.example/a"]],
  ["see http://shop.example/a?b=c&d=%20#e.", ["http://shop.example/a?b=c&d=%20#e"]],
  ["https://shop.example/a, https://shop.example/b; https://shop.example/c!", ["https://shop.example/a", "https://shop.example/b", "https://shop.example/c"]],
  ["Have you seen https://shop.example/?", ["https://shop.example/"]],
  ["(https://shop.example/a)", ["https://shop.example/a"]],
  ["https://wiki.example/Cup_(tea)", ["https://wiki.example/Cup_(tea)"]],
  ["(see https://wiki.example/Cup_(tea).)", ["https://wiki.example/Cup_(tea)"]],
  ["https://shop.example/?size[]=2&size[]=3", ["https://shop.example/?size[]=2&size[]=3"]],
  ["[the jug](https://shop.example/jug)", ["https://shop.example/jug"]],
  ["<https://shop.example/jug>", ["https://shop.example/jug"]],
  ["\u201ehttps://shop.example\u201c \u00bbhttps://shop.example\u00ab", ["https://shop.example", "https://shop.example"]],
  ["*https://shop.example* 'https://shop.example'", ["https://shop.example", "https://shop.example"]],
  ["请看https://shop.example/a，谢谢。", ["https://shop.example/a"]],
  ["「https://shop.example/壺」", ["https://shop.example/壺"]],
  ["https://müller.example/straße und https://пример.рф/путь, https://مثال.إختبار/صفحة؟", ["https://müller.example/straße", "https://пример.рф/путь", "https://مثال.إختبار/صفحة"]],
  ["https://video.example/@shop", ["https://video.example/@shop"]],
  ["http://127.0.0.1:8080/desk", ["http://127.0.0.1:8080/desk"]],
  ["write to mailto:kim@shop.example.", ["mailto:kim@shop.example"]],
  ["tel:+4930555010 or tel:+49-30-555010", ["tel:+4930555010", "tel:+49-30-555010"]],
  ["Tel:030 5550101, Tel:0171 5550101", []], // half a number is none
  ["https://bank.example@evil.example/login", []], // it looks like the bank
  ["https://bank.example:443@evil.example", []],
  ["https://good.example\u202Egpj.exe", ["https://good.example"]],
  ["https://good.example\u200B.evil.example", ["https://good.example"]],
  ["javascript:alert(1) data:text/html,x vbscript:x file:///etc/passwd ftp://a.example blob:x about:blank", []],
  ["java\tscript:alert(1) JaVaScRiPt:alert(1) &#106;avascript:alert(1)", []],
  ["www.shop.example and kim@shop.example and shop.example", []], // what does not say what it is is no link
  ["xhttps://shop.example", []],
  ["https:// http://, https://. mailto: tel:", []],
  ["https://shop.example/<script>", ["https://shop.example/"]],
  ["https://shop.example/\"onmouseover=alert(1)", ["https://shop.example/"]],
];

test("links are found as people write them, and what only looks like one is none", () => {
  for (const [text, found] of TEXTS) assert.deepEqual(links(text), found, text);
});

/** Always the same. @param {number} seed */
function random(seed) {
  return (/** @type {number} */ below) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
}

test("whatever is written: the pieces are the text, and a link is shown as it is followed, in schemes that do no harm", () => {
  const parts = ["http://", "https://", "HTTPS://", "mailto:", "tel:", "javascript:", "data:", "//", "@", "(", ")", "[", "]", ".", ",", "a", "b.example", "/", "?", "#", " ", "\n", "\"", "'", "<", ">", "+49", "555010", "日本", "ü", "é", "\u0301", "😀", "\\", "&", "%", ...UNSEEN];
  const pick = random(7);
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: 1 + pick(14) }, () => parts[pick(parts.length)]).join("");
    assert.equal(pieces(text).join(""), text);
    for (const link of links(text)) {
      assert.ok(/^(https?:\/\/|mailto:|tel:)/i.test(link), link);
      assert.ok(![...link].some((sign) => UNSEEN.includes(sign) || /[\s"<>\\]/.test(sign)), JSON.stringify(link));
      assert.ok(!/[.,;:!?'*@]$/.test(link), link);
      if (!URL.canParse(link)) continue; // leads nowhere
      const url = new URL(link);
      assert.ok(SCHEMES.includes(url.protocol) && !url.username && !url.password, link);
    }
  }
});

test("a long text takes no long time, whatever is in it", () => {
  for (const part of ["http://", "https://a(", "https://a[", "https://a.", "mailto:a@", "tel:+4", "(((", "https://a.example/", "((https://a", "a@".repeat(3) + "mailto:"]) {
    const before = performance.now();
    pieces(part.repeat(Math.ceil(4000 / part.length)));
    pieces(`https://${part.repeat(Math.ceil(4000 / part.length))} `);
    assert.ok(performance.now() - before < 200, part);
  }
});
