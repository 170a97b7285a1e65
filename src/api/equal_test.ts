import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { sameJson } from "./equal.ts";

const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)));

Deno.test("sameJson() agrees with deep equality", () => {
  fc.assert(fc.property(json, json, (a, b) => {
    assert.equal(sameJson(a, b), isDeepStrictEqual(a, b));
    assert.ok(sameJson(a, structuredClone(a)));
  }));
});

Deno.test("sameJson() counts undefined as absent and does not mix lists with objects", () => {
  assert.ok(sameJson({ a: 1, b: undefined }, { a: 1 }));
  assert.ok(sameJson({ a: 1 }, { a: 1, b: undefined }));
  assert.ok(!sameJson([], {}));
  assert.ok(!sameJson({ a: null }, {}));
});
