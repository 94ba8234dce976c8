import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { byHand, composes } from "../../services/gateway/src/parley_gateway/web/assets/shared/keyboard.js";

const WEB = new URL("../../services/gateway/src/parley_gateway/web/", import.meta.url);
const key = (/** @type {object} */ fields) => /** @type {KeyboardEvent} */ ({ isComposing: false, keyCode: 13, key: "Enter", ...fields });

test("a key of an input method is told by either sign: Chrome's, and Safari's after the composition has ended", () => {
  assert.ok(composes(key({ isComposing: true, keyCode: 229 })));
  assert.ok(composes(key({ isComposing: true })), "Firefox says the key's own code");
  assert.ok(composes(key({ keyCode: 229 })), "Safari: compositionend was before it");
  assert.ok(!composes(key({})));
});

test("a listener made by hand hears no key of an input method", () => {
  const heard = [];
  const listen = byHand(({ key }) => heard.push(key));
  for (const event of [key({}), key({ keyCode: 229 }), key({ isComposing: true }), key({ key: "Escape", keyCode: 27 })]) listen(event);
  assert.deepEqual(heard, ["Enter", "Escape"]);
});

/** Where a text listens to keys, and not by `byHand`. @param {string} text */
function careless(text) {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
  const listeners = [...code.matchAll(/onkey(?:down|up|press)\s*=\s*(\$\{)?(\w*)|(["'])key(?:down|up|press)\3\s*,\s*(\w*)/gi)];
  return listeners.filter((found) => ![found[2], found[4]].includes("byHand")).map(([all]) => all);
}

test("every listener for keys, in all pages, is made by hand", () => {
  const files = ["account", "admin", "desk", "phone", "shared"].flatMap((folder) => readdirSync(new URL(`assets/${folder}/`, WEB)).map((name) => `assets/${folder}/${name}`));
  const sources = files.filter((name) => name.endsWith(".js"));
  assert.ok(sources.length > 80);
  let listeners = 0;
  for (const name of sources) {
    const text = readFileSync(new URL(name, WEB), "utf8");
    assert.deepEqual(careless(text), [], name);
    listeners += text.split("byHand(").length - 1;
  }
  assert.ok(listeners >= 6, "the composer, forms, sheets and shortcuts of the desk");
  assert.deepEqual(careless('x.onkeydown = (e) => 1; addEventListener("keyup", act); html`<a onKeyDown=${act}>`').length, 3);
  assert.deepEqual(careless('x.onkeydown = byHand(act); addEventListener("keyup", byHand(act)); html`<a onKeyDown=${byHand(act)}>`'), []);
});

test("the widget listens to keys in one place, which asks whose they are before it looks at them", () => {
  const sources = readdirSync(new URL("widget/src/", WEB)).map((name) => [name, readFileSync(new URL(`widget/src/${name}`, WEB), "utf8")]);
  const listening = sources.filter(([, text]) => /key(?:down|up|press)/i.test(text));
  assert.deepEqual(listening.map(([name]) => name), ["main.js"]);
  const [, text] = listening[0];
  assert.deepEqual([...text.matchAll(/onkey\w+ = (\w+)|"keydown[^"]*", (\w+)/gi)].map(([, on, heard]) => on ?? heard), ["press", "guard"]);
  const guard = text.slice(text.indexOf("function guard("), text.indexOf("/** Before the first time"));
  assert.match(guard, /if \(event\.type === "keydown"\) press\(event\);/);
  assert.match(text, /function press\(event\) \{\s+if \(composes\(event\)\) return;/);
});
