import assert from "node:assert/strict";
import fc from "fast-check";
import { JsonScanner, MAX_DEPTH, TextError } from "./json_text.ts";

const BROKEN: readonly (readonly [string, string])[] = [
  ["", "unexpected end of JSON input"],
  ["{", "unexpected end of JSON input"],
  ['{"a"', "unexpected end of JSON input"],
  ["tru", "unexpected end of JSON input"],
  ["1.", "unexpected end of JSON input"],
  ["[1,]", "invalid character ']' looking for beginning of value"],
  ["{a:1}", "invalid character 'a' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ["[1 2]", "invalid character '2' after array element"],
  ["{}x", "invalid character 'x' after top-level value"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
  ["nuls", "invalid character 's' in literal null (expecting 'l')"],
  ["-a", "invalid character 'a' in numeric literal"],
  ["1.a", "invalid character 'a' after decimal point in numeric literal"],
  ["1ea", "invalid character 'a' in exponent of numeric literal"],
  ["'a'", "invalid character '\\'' looking for beginning of value"],
];

for (const [text, message] of BROKEN) {
  Deno.test(`JsonScanner says what is wrong with ${JSON.stringify(text)}`, () => {
    assert.throws(() => new JsonScanner(text).scan(), { message });
  });
}

Deno.test("JsonScanner names repeated keys with their path", () => {
  assert.deepEqual(
    new JsonScanner('{"a":1,"b":[{"c":1,"c":2}],"a":2}').scan(),
    ['duplicate field "b[0].c"', 'duplicate field "a"'],
  );
});

Deno.test("JsonScanner takes nesting up to the bound and no deeper", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  assert.deepEqual(new JsonScanner(nested(MAX_DEPTH)).scan(), []);
  assert.throws(() => new JsonScanner(nested(MAX_DEPTH + 1)).scan(), TextError);
});

Deno.test("JsonScanner takes all that JSON.stringify writes", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.deepEqual(
      new JsonScanner(JSON.stringify(value, null, 1)).scan(),
      [],
    );
  }));
});

Deno.test("JsonScanner refuses just what JSON.parse refuses", () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom("", "}", "]", ",", ":", '"', "x", "\\", "0", "-"),
      (text, at, insert) => {
        const i = at % (text.length + 1);
        const broken = text.slice(0, i) + insert + text.slice(i + 1);
        let parses = true;
        try {
          JSON.parse(broken);
        } catch {
          parses = false;
        }
        if (parses) new JsonScanner(broken).scan();
        else assert.throws(() => new JsonScanner(broken).scan(), TextError);
      },
    ),
    { numRuns: 500 },
  );
});
