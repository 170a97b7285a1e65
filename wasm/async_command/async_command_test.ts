import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { runGuest } from "../guest_rig.ts";

testWith("async_command prints its line", {
  needs: ["wasmtime"],
  fn: async () => {
    const { code, stdout, stderr } = await runGuest("async_command");
    assert.equal(stdout, "hello from WASI 0.3\n", stderr);
    assert.equal(code, 0);
  },
});
