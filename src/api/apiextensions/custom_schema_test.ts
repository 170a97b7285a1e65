import assert from "node:assert/strict";
import { CustomSchema } from "./custom_schema.ts";
import { validateEmbedded } from "./embedded.ts";
import type { JSONSchemaProps } from "./json_schema.ts";

const PROPS: JSONSchemaProps = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        template: {
          type: "object",
          "x-kubernetes-embedded-resource": true,
          "x-kubernetes-preserve-unknown-fields": true,
        },
      },
    },
  },
};

const schema = new CustomSchema(PROPS, "org.example.v1.Foo");

const HEAD = { apiVersion: "example.org/v1", kind: "Foo" };

Deno.test("CustomSchema.decode() names what it does not know, in metadata too", () => {
  const { object, unknownFields } = schema.decode({
    spec: {
      template: { apiVersion: "v1", kind: "Pod", metadata: { nam: "x" } },
      other: 1,
    },
    metadata: { name: "a", colour: "red" },
    ...HEAD,
  });
  assert.deepEqual(unknownFields, [
    'unknown field "spec.other"',
    'unknown field "metadata.colour"',
    'unknown field "spec.template.metadata.nam"',
  ]);
  assert.deepEqual(object, {
    ...HEAD,
    metadata: { name: "a" },
    spec: { template: { apiVersion: "v1", kind: "Pod", metadata: {} } },
  } as unknown);
  assert.deepEqual(Object.keys(object!).slice(0, 3), [
    "apiVersion",
    "kind",
    "metadata",
  ]);
});

Deno.test("CustomSchema.decode() says which type metadata does not have", () => {
  const labels = { ...HEAD, metadata: { labels: "x" } };
  assert.match(
    schema.decode(labels).typeError ?? "",
    /^json: cannot unmarshal string into Go struct field ObjectMeta.labels of type map\[string\]string$/,
  );
  const embedded = {
    ...HEAD,
    spec: { template: { apiVersion: 1, kind: "Pod" } },
  };
  assert.equal(
    schema.decode(embedded).typeError,
    "spec.template.apiVersion: Invalid value: 1: must be a string",
  );
});

Deno.test("validateEmbedded() wants embedded objects to be objects of Kubernetes", () => {
  const found = validateEmbedded({
    spec: {
      template: { kind: "a b", metadata: { name: "x", namespace: "No" } },
    },
  }, PROPS).map(({ field, message }) => `${field}: ${message.slice(0, 30)}`);
  assert.deepEqual(found, [
    "spec.template.apiVersion: Required value",
    'spec.template.kind: Invalid value: "a b": may have',
    'spec.template.metadata.namespace: Invalid value: "No": a lowerca',
  ]);
});

Deno.test("CustomSchema.shape knows lists by their keys, and objects that are embedded", () => {
  const { shape } = new CustomSchema({
    type: "object",
    properties: {
      list: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        items: {
          type: "object",
          properties: { name: { type: "string", default: "main" } },
        },
      },
      open: { "x-kubernetes-preserve-unknown-fields": true },
      whole: {
        type: "object",
        "x-kubernetes-map-type": "atomic",
        properties: { a: { type: "string" } },
      },
    },
  }, "x");
  assert.ok(shape.type === "object");
  const list = shape.field("list");
  assert.ok(list?.type === "list" && list.list === "map");
  assert.deepEqual(list.keys, [{ name: "name", default: "main" }]);
  assert.equal(shape.field("open")?.type, "any");
  const whole = shape.field("whole");
  assert.ok(whole?.type === "object" && whole.atomic);
  assert.equal(shape.field("metadata")?.type, "object");
  assert.equal(shape.field("nothing"), undefined);
});
