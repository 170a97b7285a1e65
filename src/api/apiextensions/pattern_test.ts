import assert from "node:assert/strict";
import fc from "fast-check";
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
  ["(?s)^a.b$", ["a\nb"], ["ab"]],
  ["(?m)^b$", ["a\nb\nc"], ["ab"]],
  ["^a.b$", ["a\rb"], ["a\nb"]],
  ["\\bfoo\\b|^x$", ["a foo b", "x"], ["food", "xx"]],
  ["^(?:a|bc){2,3}?d*$", ["aa", "bcabcdd"], ["a", "aaaa"]],
  ["^(?:(?i:a)b)+$", ["AbaB".slice(0, 2), "abAb"], ["aB"]],
  ["^(a*)*$", ["", "aaa"], ["b"]],
  ["(a|ab)(c|bcd)", ["xxabcd"], ["ab"]],
  ["", ["", "x"], []],
  ["^(|a)\\x41\\x{42}$", ["AB", "aAB"], ["B"]],
  ["^😀?[^\\]x-z]{1,2}$", ["😀😁", "a"], ["x", "]"]],
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

Deno.test("compilePattern() makes patterns that take no longer than a walk through the text", () => {
  const hostile = [
    "^(a+)+$",
    "^(a|aa)+$",
    "(a*)*(a*)*(a*)*b",
    "^(a?){500}a{500}$",
  ];
  for (const pattern of hostile) {
    // JavaScript's own engine would not end within this universe's time.
    assert.ok(!compilePattern(pattern).test("a".repeat(5_000) + "!"), pattern);
  }
  assert.ok(compilePattern("^(a?){500}a{500}$").test("a".repeat(500)));
});

Deno.test("compilePattern() refuses what would grow without end", () => {
  const nested = "(".repeat(2_000) + "a" + ")".repeat(2_000);
  for (
    const pattern of [
      "((a{100}){100}){100}",
      "((){1000}){1000}",
      "a{1001}",
      nested,
    ]
  ) {
    assert.throws(
      () => compilePattern(pattern),
      SyntaxError,
      pattern.slice(0, 40),
    );
  }
});

Deno.test("compilePattern() agrees with JavaScript where both mean the same", () => {
  const atom = fc.constantFrom(
    "a",
    "b",
    "[ab]",
    "[^a]",
    "c",
    "\\b",
    "^",
    "$",
    "(?:a|bc)",
    "(b)",
  );
  const count = fc.constantFrom(
    "",
    "*",
    "+",
    "?",
    "{2}",
    "{1,2}",
    "{0,}",
    "+?",
  );
  const term = fc.tuple(atom, count)
    .map(([a, n]) => ["\\b", "^", "$"].includes(a) ? a : a + n);
  const pattern = fc.array(fc.array(term, { maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  })
    .map((ways) => ways.map((way) => way.join("")).join("|"));
  const texts = fc.string({
    unit: fc.constantFrom("a", "b", "c", " "),
    maxLength: 8,
  });
  fc.assert(fc.property(pattern, texts, (source, text) => {
    assert.equal(
      compilePattern(source).test(text),
      new RegExp(source, "u").test(text),
    );
  }));
});
