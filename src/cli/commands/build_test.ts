import assert from "node:assert/strict";
import { requireEnding } from "./build.ts";

Deno.test("requireEnding() refuses a name that says another kind of file", () => {
  assert.throws(() => requireEnding("a.js", { kind: "wasm" }), /\.wasm$/);
  assert.throws(() => requireEnding("a.wasm", { kind: "deno" }), /\.js, or/);
  for (const name of ["a.js", "a.mjs", "a"]) {
    requireEnding(name, { kind: "deno" });
  }
  for (const name of ["a.wasm", "a"]) requireEnding(name, { kind: "wasm" });
});
