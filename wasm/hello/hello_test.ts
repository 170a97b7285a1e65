import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { runGuest } from "../guest_rig.ts";

testWith("hello prints its line and ends with 0", {
  needs: ["wasmtime"],
  fn: async () => {
    const { code, stdout } = await runGuest("hello");
    assert.equal(stdout, "hello from a WASM module\n");
    assert.equal(code, 0);
  },
});
