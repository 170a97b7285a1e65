import assert from "node:assert/strict";
import type { JSONSchemaProps } from "./json_schema.ts";
import { validateListTypes } from "./list_types.ts";
import { validateValue } from "./validate_value.ts";

/** Field and message of each finding about `spec.x`. */
function findings(x: unknown, schema: JSONSchemaProps): string[] {
  return validateValue({ spec: { x } }, {
    type: "object",
    properties: { spec: { type: "object", properties: { x: schema } } },
  }).map(({ field, message }) => `${field}: ${message}`);
}

/** Value, schema, and what Kubernetes 1.36 answers. */
const CASES: [unknown, JSONSchemaProps, string[]][] = [
  ["a", { type: "integer" }, [
    'spec.x: Invalid value: "string": spec.x in body must be of type integer: "string"',
  ]],
  [1.5, { type: "integer" }, [
    'spec.x: Invalid value: "number": spec.x in body must be of type integer: "number"',
    '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.x',
  ]],
  [1, { type: "number" }, []],
  [null, { type: "string" }, [
    'spec.x: Invalid value: "null": spec.x in body must be of type string: "null"',
  ]],
  [null, { type: "string", nullable: true }, []],
  [[], { type: "object" }, [
    'spec.x: Invalid value: "array": spec.x in body must be of type object: "array"',
  ]],
  ["b", { type: "string", enum: ["a", "c"] }, [
    'spec.x: Unsupported value: "b": supported values: "a", "c"',
  ]],
  [3, { type: "integer", maximum: 2 }, [
    "spec.x: Invalid value: 3: spec.x in body should be less than or equal to 2",
  ]],
  [2, { type: "integer", maximum: 2, exclusiveMaximum: true }, [
    "spec.x: Invalid value: 2: spec.x in body should be less than 2",
  ]],
  [1, { type: "integer", minimum: 2 }, [
    "spec.x: Invalid value: 1: spec.x in body should be greater than or equal to 2",
  ]],
  [3, { type: "integer", multipleOf: 2 }, [
    "spec.x: Invalid value: 3: spec.x in body should be a multiple of 2",
  ]],
  ["abc", { type: "string", maxLength: 2 }, [
    "spec.x: Too long: may not be more than 2 bytes",
  ]],
  ["a", { type: "string", minLength: 2 }, [
    'spec.x: Invalid value: "a": spec.x in body should be at least 2 chars long',
  ]],
  ["b", { type: "string", pattern: "^a+$" }, [
    `spec.x: Invalid value: "b": spec.x in body should match '^a+$'`,
  ]],
  ["yesterday", { type: "string", format: "date-time" }, [
    'spec.x: Invalid value: "yesterday": spec.x in body must be of type date-time: "yesterday"',
  ]],
  ["2026-01-02T03:04:05Z", { type: "string", format: "date-time" }, []],
  ["whatever", { type: "string", format: "no-such-format" }, []],
  ["10.0.0.1", { type: "string", format: "ipv4" }, []],
  ["10.0.0.1/8", { type: "string", format: "cidr" }, []],
  ["no uri", { type: "string", format: "uri" }, [
    'spec.x: Invalid value: "no uri": spec.x in body must be of type uri: "no uri"',
  ]],
  [[1], { type: "array", minItems: 2, items: { type: "integer" } }, [
    "spec.x: Invalid value: 1: spec.x in body should have at least 2 items",
  ]],
  [[1, 2, 3], { type: "array", maxItems: 2, items: { type: "integer" } }, [
    "spec.x: Too many: 3: must have at most 2 items",
  ]],
  [["a"], { type: "array", items: { type: "integer" } }, [
    'spec.x[0]: Invalid value: "string": spec.x[0] in body must be of type integer: "string"',
  ]],
  [{}, { type: "object", required: ["y"] }, ["spec.x.y: Required value"]],
  [{ a: 1 }, { type: "object", maxProperties: 0 }, [
    "spec.x: Too many: 1: must have at most 0 items",
  ]],
  [{ k: "v" }, { type: "object", additionalProperties: { type: "integer" } }, [
    'spec.x.k: Invalid value: "string": spec.x.k in body must be of type integer: "string"',
  ]],
  ["80%", { "x-kubernetes-int-or-string": true }, []],
  [80, { "x-kubernetes-int-or-string": true }, []],
  [true, { "x-kubernetes-int-or-string": true }, [
    'spec.x: Invalid value: "boolean": spec.x in body must be of type integer,string: "boolean"',
  ]],
  [{}, {
    type: "object",
    oneOf: [{ required: ["a"] }, { required: ["b"] }],
  }, [
    '<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found none valid',
    "spec.x.a: Required value",
  ]],
  [{ a: 1, b: 1 }, {
    type: "object",
    oneOf: [{ required: ["a"] }, { required: ["b"] }],
  }, [
    '<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found 2 valid alternatives',
  ]],
  [5, { type: "integer", anyOf: [{ maximum: 1 }, { minimum: 9 }] }, [
    '<nil>: Invalid value: "": "spec.x" must validate at least one schema (anyOf)',
    "spec.x: Invalid value: 5: spec.x in body should be less than or equal to 1",
  ]],
  [5, { type: "integer", not: { minimum: 5 } }, [
    '<nil>: Invalid value: "": "spec.x" must not validate the schema (not)',
  ]],
];

for (const [value, schema, wanted] of CASES) {
  Deno.test(`validateValue() judges ${JSON.stringify(value)} by ${JSON.stringify(schema)}`, () => {
    assert.deepEqual(findings(value, schema), wanted);
  });
}

Deno.test("validateValue() says nothing of what was wrong before", () => {
  const schema: JSONSchemaProps = {
    type: "object",
    properties: {
      old: { type: "integer" },
      list: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        items: {
          type: "object",
          properties: { name: { type: "string" }, port: { maximum: 9 } },
        },
      },
    },
  };
  const previous = { old: "wrong", list: [{ name: "a", port: 10 }] };
  const next = {
    old: "wrong",
    list: [{ name: "b", port: 11 }, { name: "a", port: 10 }],
  };
  assert.deepEqual(
    validateValue(next, schema, { previous }).map(({ field }) => field),
    ["list[0].port"],
  );
});

Deno.test("validateListTypes() finds items that are there twice", () => {
  const schema: JSONSchemaProps = {
    type: "object",
    properties: {
      set: {
        type: "array",
        "x-kubernetes-list-type": "set",
        items: { type: "string" },
      },
      map: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        items: { type: "object" },
      },
    },
  };
  const found = validateListTypes({
    set: ["a", "b", "a", "a"],
    map: [{ name: "x", v: 1 }, { name: "x", v: 2 }],
  }, schema);
  assert.deepEqual(
    found.map(({ field, message }) => `${field}: ${message}`),
    [
      'set[2]: Duplicate value: "a"',
      'map[1]: Duplicate value: {"name":"x"}',
    ],
  );
});
