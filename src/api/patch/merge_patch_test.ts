import assert from "node:assert/strict";
import fc from "fast-check";
import { applyMergePatch } from "./merge_patch.ts";

/** The table of RFC 7386, appendix A, as far as the target is an object. */
const TABLE: readonly (readonly [unknown, unknown, unknown])[] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

for (const [current, patch, expected] of TABLE) {
  Deno.test(`applyMergePatch() merges ${JSON.stringify(patch)} into ${JSON.stringify(current)}`, () => {
    const before = structuredClone(current);
    assert.deepEqual(applyMergePatch(current, patch), expected);
    assert.deepEqual(current, before);
  });
}

const objects = fc.dictionary(
  fc.constantFrom("a", "b", "c"),
  fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constant(null),
      fc.integer(),
      fc.array(fc.integer(), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value")),
    ),
  })).value,
);

Deno.test("applyMergePatch() twice is the same as once", () => {
  fc.assert(fc.property(objects, objects, (current, patch) => {
    const once = applyMergePatch(current, patch);
    assert.deepEqual(applyMergePatch(once, patch), once);
  }));
});

Deno.test("applyMergePatch() refuses what is no object", () => {
  assert.throws(() => applyMergePatch({}, [1]), {
    message: "Invalid JSON Patch",
  });
});

Deno.test("applyMergePatch() treats __proto__ as data", () => {
  const patch = JSON.parse('{"__proto__":{"x":1}}');
  const next = applyMergePatch<Record<string, unknown>>({}, patch);
  assert.equal(JSON.stringify(next), '{"__proto__":{"x":1}}');
  assert.equal((next as { x?: number }).x, undefined);
});
