import assert from "node:assert/strict";
import { compilePattern } from "./pattern.ts";

/** Expression, texts that match, texts that do not. */
const CASES: [string, string[], string[]][] = [
  ["^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", ["a", "a-b"], ["-a", "A"]],
  ["^\\d+\\-\\d+$", ["1-2"], ["12"]],
  ["(?i)^abc$", ["ABC"], ["abd"]],
  ["\\Aab\\z", ["ab"], ["cab", "ab\n"]],
  ["^[[:alpha:]_]+$", ["a_B"], ["a1"]],
  ["^[]a]$", ["]", "a"], ["b"]],
  ["^[^/]+/\\*$", ["a/*"], ["/"]],
  ["^(?P<year>\\d{4})$", ["2026"], ["26"]],
  ["^\\Qa.b\\E$", ["a.b"], ["acb"]],
  ["^\\pL+$", ["äß"], ["1"]],
  ["^a{,2}$", ["a{,2}"], ["aa"]],
  ["^[\\w.+-]+@[\\w-]+\\.\\w{2,}$", ["a.b@c.de"], ["a@b"]],
];

for (const [pattern, good, bad] of CASES) {
  Deno.test(`compilePattern() reads ${pattern} as Go does`, () => {
    const compiled = compilePattern(pattern);
    for (const text of good) assert.ok(compiled.test(text), text);
    for (const text of bad) assert.ok(!compiled.test(text), text);
  });
}

Deno.test("compilePattern() refuses what Go does not have", () => {
  for (const pattern of ["(?=a)", "(?<!a)b", "(a)\\1", "[a", "a)", "\\"]) {
    assert.throws(() => compilePattern(pattern), SyntaxError, pattern);
  }
});
