import assert from "node:assert/strict";
import { quote } from "./quote.ts";

Deno.test("quote() escapes as Go does", () => {
  // Each as `strconv.Quote` answers it.
  const answers: Record<string, string> = {
    "": '""',
    'say "hi"\\': '"say \\"hi\\"\\\\"',
    "a\tb\nc\vd\x07": '"a\\tb\\nc\\vd\\a"',
    "\x00\x1b\x7f": '"\\x00\\x1b\\x7f"',
    "größer ☃ 日本 é": '"größer ☃ 日本 é"',
    "\u00a0\u2028\u200b": '"\\u00a0\\u2028\\u200b"',
    "\u{1f600}\u{e0001}": '"\u{1f600}\\U000e0001"',
  };
  for (const [text, answer] of Object.entries(answers)) {
    assert.equal(quote(text), answer);
  }
});
