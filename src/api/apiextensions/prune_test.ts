import assert from "node:assert/strict";
import fc from "fast-check";
import { setDefaults } from "./default.ts";
import type { JSONSchemaProps } from "./json_schema.ts";
import { prune } from "./prune.ts";
import { validateValue } from "./validate_value.ts";

const PRESERVE = "x-kubernetes-preserve-unknown-fields";

Deno.test("prune() drops and names what the schema does not have", () => {
  const { object, unknown } = prune({
    apiVersion: "a/v1",
    kind: "A",
    metadata: { anything: 1 },
    spec: { known: 1, other: 2, list: [{ a: 1, b: 2 }], map: { x: { a: 1 } } },
    extra: {},
  }, {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          known: { type: "integer" },
          list: {
            type: "array",
            items: { type: "object", properties: { a: { type: "integer" } } },
          },
          map: {
            type: "object",
            additionalProperties: { type: "object", [PRESERVE]: true },
          },
        },
      },
    },
  });
  assert.deepEqual(object["spec"], {
    known: 1,
    list: [{ a: 1 }],
    map: { x: { a: 1 } },
  });
  assert.deepEqual(object["metadata"], { anything: 1 });
  assert.deepEqual(unknown, ["extra", "spec.list[0].b", "spec.other"]);
});

Deno.test("prune() keeps what is to be kept, and prunes what is known inside of it", () => {
  const { object } = prune(
    { spec: { free: { a: 1 }, known: { x: 1, y: 2 } } },
    {
      type: "object",
      properties: {
        spec: {
          type: "object",
          [PRESERVE]: true,
          properties: {
            known: { type: "object", properties: { x: { type: "integer" } } },
          },
        },
      },
    },
  );
  assert.deepEqual(object, { spec: { free: { a: 1 }, known: { x: 1 } } });
});

Deno.test("prune() leaves the original alone, and takes __proto__ for data", () => {
  const original = JSON.parse('{"spec":{"__proto__":{"a":1},"b":2}}');
  const { object } = prune(original, {
    type: "object",
    properties: { spec: { type: "object", [PRESERVE]: true } },
  });
  assert.equal(JSON.stringify(object), '{"spec":{"__proto__":{"a":1},"b":2}}');
  (object["spec"] as Record<string, unknown>)["b"] = 3;
  assert.equal(original.spec.b, 2);
});

Deno.test("setDefaults() fills in what is absent, in objects that are there", () => {
  const schema: JSONSchemaProps = {
    type: "object",
    properties: {
      a: { type: "integer", default: 1 },
      inner: {
        type: "object",
        properties: { b: { type: "string", default: "x" } },
      },
      made: {
        type: "object",
        default: {},
        properties: { c: { type: "boolean", default: true } },
      },
      list: {
        type: "array",
        items: {
          type: "object",
          properties: { d: { type: "integer", default: 4 } },
        },
      },
    },
  };
  const value = { list: [{}, { d: 5 }] };
  setDefaults(value, schema);
  assert.deepEqual(value, {
    a: 1,
    made: { c: true },
    list: [{ d: 4 }, { d: 5 }],
  });
});

Deno.test("setDefaults() treats null as the schema says", () => {
  const schema: JSONSchemaProps = {
    type: "object",
    properties: {
      plain: { type: "string" },
      nullable: { type: "string", nullable: true },
      both: { type: "string", nullable: true, default: "x" },
      defaulted: { type: "string", default: "x" },
    },
  };
  const value = { plain: null, nullable: null, both: null, defaulted: null };
  setDefaults(value, schema);
  assert.deepEqual(value, { nullable: null, both: null, defaulted: "x" });
});

/** Structural schemas whose defaults are themselves what they ask for. */
const schemas: fc.Arbitrary<JSONSchemaProps> = fc.letrec<
  { schema: JSONSchemaProps }
>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({
      type: fc.constant("integer"),
      default: fc.integer({ min: 0, max: 9 }),
    }, { requiredKeys: ["type"] }),
    fc.record({
      type: fc.constant("string"),
      default: fc.constantFrom("a", "b"),
      nullable: fc.boolean(),
    }, { requiredKeys: ["type"] }),
    fc.record({ type: fc.constant("array"), items: tie("schema") }),
    fc.record({
      type: fc.constant("object"),
      properties: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("schema")),
      default: fc.constant({}),
      [PRESERVE]: fc.constant(true),
    }, { requiredKeys: ["type", "properties"] }),
    fc.record({
      type: fc.constant("object"),
      additionalProperties: tie("schema"),
    }),
  ),
})).schema;

const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.integer(),
    fc.constantFrom("a", "z"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "c", "d"), tie("value")),
  ),
})).value;

const objects = fc.dictionary(fc.constantFrom("a", "b", "spec"), values);

function conform(
  object: Record<string, unknown>,
  schema: JSONSchemaProps,
): Record<string, unknown> {
  const pruned = prune(object, schema).object;
  setDefaults(pruned, schema);
  return pruned;
}

Deno.test("Pruning and defaulting once is as good as twice, whatever the schema", () => {
  fc.assert(fc.property(
    fc.dictionary(fc.constantFrom("a", "b", "spec"), schemas),
    objects,
    (properties, object) => {
      const schema: JSONSchemaProps = { type: "object", properties };
      const before = JSON.stringify(object);
      const once = conform(object, schema);
      assert.equal(JSON.stringify(object), before, "the original stays");
      assert.deepEqual(conform(once, schema), once);
      assert.deepEqual(prune(once, schema).unknown, []);
    },
  ));
});

Deno.test("Defaults of a schema are right by the schema that they are in", () => {
  fc.assert(fc.property(
    fc.dictionary(fc.constantFrom("a", "b", "spec"), schemas),
    (properties) => {
      const schema: JSONSchemaProps = { type: "object", properties };
      assert.deepEqual(validateValue(conform({}, schema), schema), []);
    },
  ));
});

Deno.test("A value that was wrong before may stay as it is, but not become wrong in another way", () => {
  fc.assert(fc.property(schemas, values, values, (schema, previous, next) => {
    const props: JSONSchemaProps = {
      type: "object",
      properties: { spec: schema },
    };
    const same = validateValue({ spec: previous }, props, {
      previous: { spec: previous },
    });
    assert.deepEqual(same, []);
    const judged = validateValue({ spec: next }, props, {
      previous: { spec: previous },
    });
    const anew = validateValue({ spec: next }, props);
    assert.ok(judged.length <= anew.length);
  }));
});
