import assert from "node:assert/strict";
import { parseJoinToken } from "./join_token.ts";

const HASH = "sha256:" + "0a".repeat(32);

Deno.test("parseJoinToken() splits token and CA hash when the form is right", () => {
  assert.deepEqual(parseJoinToken(`abcdef.0123456789abcdef@${HASH}\n`), {
    bootstrap: "abcdef.0123456789abcdef",
    caHash: HASH,
  });
});

Deno.test("parseJoinToken() throws when a part is missing or malformed", () => {
  for (
    const text of [
      "",
      "abcdef.0123456789abcdef",
      `abcde.0123456789abcdef@${HASH}`,
      `ABCDEF.0123456789abcdef@${HASH}`,
      `abcdef.0123456789abcdef@${HASH}0`,
    ]
  ) {
    assert.throws(() => parseJoinToken(text), /Could not read the join token/);
  }
});
