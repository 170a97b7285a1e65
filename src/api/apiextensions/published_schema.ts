/**
 * A structural schema as OpenAPI publishes it.
 *
 * @module
 */
import type { OpenApiSchema } from "../kind.ts";
import { itemsOf, type JSONSchemaProps, valuesOf } from "./json_schema.ts";

const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

const META_PROPERTIES: OpenApiSchema = {
  apiVersion: {
    description: "Group and version of the object, for example `apps/v1`.",
    type: "string",
  },
  kind: {
    description: "Kind of the object, for example `Pod`.",
    type: "string",
  },
  metadata: {
    description: "Name, namespace, labels and so on.",
    allOf: [{ $ref: `#/components/schemas/${OBJECT_META}` }],
  },
};

/** The schema of whole objects. */
export function publishedSchema(schema: JSONSchemaProps): OpenApiSchema {
  const published = publish(schema);
  const own = (published["properties"] ?? {}) as OpenApiSchema;
  return {
    ...published,
    type: "object",
    properties: { ...own, ...META_PROPERTIES },
  };
}

/** Keywords whose values are no schemas: they are published as they are. */
const DROPPED: readonly string[] = ["example", "externalDocs", "id", "$schema"];

function publish(schema: JSONSchemaProps): OpenApiSchema {
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  const { properties } = schema;
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (value !== undefined && !DROPPED.includes(name)) out[name] = value;
  }
  if (items !== undefined) out["items"] = publish(items);
  if (values !== undefined) out["additionalProperties"] = publish(values);
  for (const name of ["allOf", "anyOf", "oneOf"] as const) {
    if (schema[name] !== undefined) out[name] = schema[name].map(publish);
  }
  if (schema.not !== undefined) out["not"] = publish(schema.not);
  if (properties !== undefined) {
    out["properties"] = Object.fromEntries(
      Object.entries(properties).map(([name, one]) => [name, publish(one)]),
    );
  }
  if (schema["x-kubernetes-embedded-resource"] === true) {
    out["properties"] = {
      ...out["properties"] as OpenApiSchema | undefined,
      ...META_PROPERTIES,
    };
  }
  return out;
}
