import assert from "node:assert/strict";
import {
  type CustomResourceDefinition,
  customResourceDefinitions,
} from "./custom_resource_definition.ts";
import type { JSONSchemaProps } from "./json_schema.ts";

interface Parts {
  readonly schema?: JSONSchemaProps;
  readonly version?: Record<string, unknown>;
  readonly spec?: Record<string, unknown>;
  readonly metadata?: Record<string, unknown>;
}

/** A definition as it comes from a client, with defaults. */
function definition(parts: Parts = {}): CustomResourceDefinition {
  const { object, unknownFields, typeError } = customResourceDefinitions.schema
    .decode({
      metadata: { name: "foos.example.org", ...parts.metadata },
      spec: {
        group: "example.org",
        scope: "Namespaced",
        names: { plural: "foos", kind: "Foo" },
        versions: [{
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: parts.schema ?? { type: "object" } },
          ...parts.version,
        }],
        ...parts.spec,
      },
    });
  assert.deepEqual(unknownFields, []);
  assert.equal(typeError, undefined);
  const context = { now: 0, user: { name: "t", groups: [] } };
  customResourceDefinitions.setDefaults(object!);
  customResourceDefinitions.prepareForCreate(object!, context);
  return object!;
}

function findings(parts: Parts): string[] {
  return customResourceDefinitions.validate(definition(parts))
    .map(({ field, message }) => `${field}: ${message}`);
}

const SCHEMA = "spec.validation.openAPIV3Schema";

function spec(schema: JSONSchemaProps): JSONSchemaProps {
  return { type: "object", properties: { spec: schema } };
}

/** What is said, and what Kubernetes 1.36 answers. */
const CASES: Readonly<Record<string, [Parts, string[]]>> = {
  "nothing wrong": [{}, []],
  "a wrong name": [{ metadata: { name: "foo" } }, [
    'metadata.name: Invalid value: "foo": must be spec.names.plural+"."+spec.group',
  ]],
  "no schema": [{ version: { schema: {} } }, [
    "spec.versions[0].schema.openAPIV3Schema: Required value",
  ]],
  "a wrong scope": [{ spec: { scope: "Global" } }, [
    'spec.scope: Unsupported value: "Global": supported values: "Cluster", "Namespaced"',
  ]],
  "no storage version": [{ version: { storage: false } }, [
    `spec.versions: Invalid value: [{"name":"v1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}}}]: must have exactly one version marked as storage version`,
    "status.storedVersions: Invalid value: []: must have at least one stored version",
  ]],
  "a root without type": [{ schema: {} }, [
    `${SCHEMA}.type: Required value: must not be empty at the root`,
  ]],
  "a field without type": [{ schema: spec({ description: "x" }) }, [
    `${SCHEMA}.properties[spec].type: Required value: must not be empty for specified object fields`,
  ]],
  "an unknown type": [{ schema: spec({ type: "text" }) }, [
    `${SCHEMA}.properties[spec].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
  ]],
  "a type inside of anyOf": [{
    schema: spec({ type: "integer", anyOf: [{ type: "integer" }] }),
  }, [
    `${SCHEMA}.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural`,
  ]],
  "a field that only anyOf has": [{
    schema: {
      type: "object",
      anyOf: [{ properties: { a: { minimum: 1 } } }],
    },
  }, [
    `${SCHEMA}.properties[a]: Required value: because it is defined in ${SCHEMA}.anyOf[0].properties[a]`,
  ]],
  "types of int-or-string": [{
    schema: spec({
      "x-kubernetes-int-or-string": true,
      anyOf: [{ type: "integer" }, { type: "string" }],
    }),
  }, []],
  "rules for metadata": [{
    schema: {
      type: "object",
      properties: {
        metadata: {
          type: "object",
          properties: { labels: { type: "object" } },
        },
      },
    },
  }, [
    `${SCHEMA}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
  ]],
  "properties and additionalProperties": [{
    schema: spec({
      type: "object",
      properties: { a: { type: "string" } },
      additionalProperties: { type: "string" },
    }),
  }, [
    `${SCHEMA}.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
  ]],
  "a default of a wrong type": [{
    schema: spec({ type: "integer", default: "x" }),
  }, [
    `${SCHEMA}.properties[spec].default: Invalid value: "string":  in body must be of type integer: "string"`,
  ]],
  "a default with unknown fields": [{
    schema: spec({ type: "object", default: { a: 1 } }),
  }, [
    `${SCHEMA}.properties[spec].default: Invalid value: {"a":1}: must not have unknown fields`,
  ]],
  "a map list without keys": [{
    schema: spec({
      type: "array",
      "x-kubernetes-list-type": "map",
      items: { type: "object" },
    }),
  }, [
    `${SCHEMA}.properties[spec].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`,
  ]],
  "a key that may be absent": [{
    schema: spec({
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: { type: "object", properties: { name: { type: "string" } } },
    }),
  }, [
    `${SCHEMA}.properties[spec].items.properties[name].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
  ]],
  "a pattern that is none": [{
    schema: spec({ type: "string", pattern: "(" }),
  }, [
    `${SCHEMA}.properties[spec].pattern: Invalid value: "(": must be a valid regular expression, but isn't: error parsing regexp: Invalid regular expression: /(/u: Unterminated group`,
  ]],
  "rules in CEL": [{
    schema: {
      type: "object",
      properties: {
        spec: {
          type: "object",
          "x-kubernetes-validations": [{ rule: "self.a > 1" }],
        },
      },
    },
  }, [
    `${SCHEMA}.properties[spec].x-kubernetes-validations: Forbidden: rules in the Common Expression Language cannot be enforced by this server yet`,
  ]],
  "a wrong column": [{
    version: {
      additionalPrinterColumns: [{
        name: "A",
        type: "text",
        jsonPath: "spec.a",
      }],
    },
  }, [
    'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
    'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec.a": must be a simple json path starting with .',
  ]],
  "a scale elsewhere": [{
    version: {
      subresources: {
        scale: {
          specReplicasPath: ".status.replicas",
          statusReplicasPath: ".status.replicas",
        },
      },
    },
  }, [
    'spec.subresources.scale.specReplicasPath: Invalid value: ".status.replicas": should be a json path under .spec',
  ]],
  "a selectable field that is not there": [{
    version: { selectableFields: [{ jsonPath: ".spec.a" }] },
  }, [
    'spec.selectableFields[0].jsonPath: Invalid value: ".spec.a": is an invalid path: does not refer to a valid field',
  ]],
  "a webhook without address": [{
    spec: {
      conversion: {
        strategy: "Webhook",
        webhook: { conversionReviewVersions: ["v9"] },
      },
    },
  }, [
    "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
    'spec.conversion.conversionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
  ]],
  "a group of the community": [{
    metadata: { name: "foos.x.k8s.io" },
    spec: { group: "x.k8s.io" },
  }, [
    'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
  ]],
};

for (const [name, [parts, wanted]] of Object.entries(CASES)) {
  Deno.test(`customResourceDefinitions.validate() judges ${name}`, () => {
    assert.deepEqual(findings(parts), wanted);
  });
}

Deno.test("customResourceDefinitions tells of versions where they differ", () => {
  const version = (name: string, type: string) => ({
    name,
    served: true,
    storage: name === "v1",
    schema: { openAPIV3Schema: { type } },
  });
  assert.deepEqual(
    findings({
      spec: { versions: [version("v1", "object"), version("v2", "string")] },
    }),
    [
      'spec.versions[1].schema.openAPIV3Schema.type: Invalid value: "string": must be object at the root',
    ],
  );
});

Deno.test("customResourceDefinitions holds what an established kind must keep", () => {
  const previous = definition();
  previous.metadata.resourceVersion = "1";
  previous.status = {
    ...previous.status,
    conditions: [{ type: "Established", status: "True" }],
  };
  const next = structuredClone(previous);
  next.spec.scope = "Cluster";
  next.spec.names.kind = "Bar";
  assert.deepEqual(
    customResourceDefinitions.validateUpdate(next, previous).map((one) =>
      one.field
    ),
    ["spec.scope", "spec.names.kind"],
  );
});

Deno.test("customResourceDefinitions warns of formats that are not known", () => {
  const object = definition({
    schema: spec({ type: "string", format: "telephone" }),
  });
  assert.deepEqual(customResourceDefinitions.warnings!(object), [
    'unrecognized format "telephone"',
  ]);
});
