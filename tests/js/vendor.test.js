import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const vendor = new URL("../../services/gateway/src/parley_gateway/web/assets/vendor/", import.meta.url);

test("the vendored file is the one that its README describes", () => {
  const file = readFileSync(new URL("preact-htm-signals.js", vendor));
  const readme = readFileSync(new URL("README.md", vendor), "utf8");
  const hash = createHash("sha256").update(file).digest("hex");
  assert.ok(readme.includes(hash), `README.md does not name ${hash}`);
  assert.ok(!file.includes("sourceMappingURL"));
});
