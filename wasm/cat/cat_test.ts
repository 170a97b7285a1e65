import assert from "node:assert/strict";
import { testWith } from "../../src/testing/needs.ts";
import { runGuest } from "../guest_rig.ts";

testWith("cat prints its input and that it is over", {
  needs: ["wasmtime"],
  fn: async () => {
    const { code, stdout } = await runGuest("cat", { stdin: "one\ntwo" });
    assert.equal(stdout, "one\ntwoover\n");
    assert.equal(code, 0);
  },
});
