import assert from "node:assert/strict";
import { NODE_SMOKE } from "./node_smoke.ts";

Deno.test("NODE_SMOKE names files that there are", () => {
  const root = new URL("../", import.meta.url);
  assert.ok(NODE_SMOKE.length > 0);
  for (const path of NODE_SMOKE) {
    assert.ok(Deno.statSync(new URL(path, root)).isFile, path);
  }
});
