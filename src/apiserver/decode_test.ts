import assert from "node:assert/strict";
import type { KubeObject, Schema } from "../api/kind.ts";
import { ANY } from "../api/shape.ts";
import { isApiError } from "../api/status.ts";
import { decodeObject, MAX_NESTING } from "./decode.ts";

/** A type without words, as custom kinds have it, that takes everything. */
const schema: Schema<KubeObject> = {
  shape: ANY,
  decode: (value) => ({ object: value as KubeObject, unknownFields: [] }),
  empty: () => ({ metadata: {} }),
  openapi: () => ({}),
};

function decode(levels: number): KubeObject {
  let x: unknown = 1;
  for (let i = 1; i < levels; i++) x = i % 2 === 0 ? [x] : { x };
  return decodeObject(
    { group: "x", version: "v1", kind: "Foo", schema, setDefaults() {} },
    { value: { x }, duplicates: [] },
    { fieldValidation: "Ignore", warnings: [] },
  );
}

Deno.test("decodeObject() bounds how deeply objects of custom kinds are nested", () => {
  assert.equal(decode(MAX_NESTING).kind, "Foo");
  assert.throws(
    () => decode(MAX_NESTING + 1),
    (error) => isApiError(error, "BadRequest"),
  );
});
