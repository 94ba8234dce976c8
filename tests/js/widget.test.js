import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const widget = readFileSync(new URL("../../services/gateway/src/parley_gateway/web/widget.js", import.meta.url));

test("the widget is at most 8,192 bytes gzipped, as it is served", () => {
  const size = gzipSync(widget, { level: 9 }).length;
  assert.ok(size <= 8192, `${size} bytes`);
});

test("the widget uses nothing that Trusted Types or a strict policy forbid", () => {
  assert.doesNotMatch(widget.toString(), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createElement\("style"\)/);
});
