import assert from "node:assert/strict";
import fc from "fast-check";
import {
  parseJson,
  parseYaml,
  parseYamlDocuments,
  summarize,
  TextError,
} from "./yaml_json.ts";

Deno.test("parseJson() answers what JSON.parse does, without duplicates", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const text = JSON.stringify(value);
    assert.deepEqual(parseJson(text), {
      value: JSON.parse(text),
      duplicates: [],
    });
  }));
});

Deno.test("parseJson() names repeated keys, the last value counting", () => {
  assert.deepEqual(parseJson('{"a":"\\":","a":2}'), {
    value: { a: 2 },
    duplicates: ['duplicate field "a"'],
  });
});

Deno.test("parseJson() does not look for repeated keys when it is not strict", () => {
  assert.deepEqual(
    parseJson('{"a":1,"a":2}', { strict: false }).duplicates,
    [],
  );
});

Deno.test("parseJson() bounds the nesting", () => {
  const text = "[".repeat(10_001) + "]".repeat(10_001);
  assert.throws(() => parseJson(text), TextError);
});

Deno.test("parseYaml() reads scalars as Go's YAML reader does", () => {
  const { value } = parseYaml(
    'a: 0644\nb: yes\nc: 1:30\nd: 2020-01-01\ne: 0x10\nf: ~\n80: x\ng: "no"\n',
  );
  assert.deepEqual(value, {
    "80": "x",
    a: 420,
    b: true,
    c: "1:30",
    d: "2020-01-01",
    e: 16,
    f: null,
    g: "no",
  });
});

Deno.test("parseYaml() follows anchors and merge keys", () => {
  assert.deepEqual(
    parseYaml("base: &b {x: 1}\nother:\n  <<: *b\n  z: 2\n").value,
    { base: { x: 1 }, other: { x: 1, z: 2 } },
  );
});

Deno.test("parseYaml() refuses a document whose aliases stand for too much", () => {
  const lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i < 9; i++) {
    const alias = Array(10).fill(`*a${i - 1}`).join(",");
    lines.push(`a${i}: &a${i} [${alias}]`);
  }
  assert.throws(() => parseYaml(lines.join("\n")), {
    name: "TextError",
    message:
      "error converting YAML to JSON: yaml: document contains excessive aliasing",
  });
});

Deno.test("parseYaml() names the line of a repeated key and of an error", () => {
  assert.deepEqual(parseYaml("a: 1\nb: 2\na: 3\n").duplicates, [
    'line 3: key "a" already set in map',
  ]);
  assert.throws(
    () => parseYaml("a: 1\nb: c: d\n"),
    /error converting YAML to JSON: yaml: line 2: /,
  );
});

Deno.test("parseYamlDocuments() answers all documents, empty ones left out", () => {
  const found = parseYamlDocuments("a: 1\n---\n---\n# nothing\n---\nb: 2\n");
  assert.deepEqual(found.map((d) => d.value), [{ a: 1 }, { b: 2 }]);
});

Deno.test("summarize() shows the start of a body", () => {
  assert.equal(summarize(""), "<empty>");
  assert.equal(summarize("x".repeat(40)), `${"x".repeat(30)} ...`);
});

Deno.test("parseYaml() names the line of each repeated key, however many there are", () => {
  const keys = 20_000;
  const text = Array.from({ length: keys }, (_, i) => `k${i % 10}: 1`)
    .join("\n");
  const { duplicates } = parseYaml(text);
  assert.equal(duplicates.length, keys - 10);
  assert.equal(duplicates[0], 'line 11: key "k0" already set in map');
  assert.equal(
    duplicates.at(-1),
    `line ${keys}: key "k9" already set in map`,
  );
});
