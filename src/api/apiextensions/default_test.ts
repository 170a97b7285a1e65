import assert from "node:assert/strict";
import { isApiError } from "../status.ts";
import { setDefaults } from "./default.ts";
import type { JSONSchemaProps } from "./json_schema.ts";

const ITEMS: JSONSchemaProps = {
  type: "array",
  items: {
    type: "object",
    properties: { text: { type: "string", default: "x".repeat(1000) } },
  },
} as JSONSchemaProps;

Deno.test("setDefaults() does not make a small object one that fills the memory", () => {
  const few = Array.from({ length: 3 }, () => ({}));
  setDefaults(few, ITEMS);
  assert.equal((few[2] as { text?: string }).text?.length, 1000);
  const many = Array.from({ length: 10_000 }, () => ({}));
  assert.throws(
    () => setDefaults(many, ITEMS),
    (error) => isApiError(error, "RequestEntityTooLarge"),
  );
});

Deno.test("setDefaults() takes a property for what it is, whatever objects have by themselves", () => {
  const schema = JSON.parse(
    '{"type":"object","properties":{"__proto__":{"type":"object","default":{"a":"b"}}}}',
  );
  const value: Record<string, unknown> = {};
  setDefaults(value, schema);
  assert.deepEqual(Object.entries(value), [["__proto__", { a: "b" }]]);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});
