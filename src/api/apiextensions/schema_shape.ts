/**
 * How values of a structural schema are merged and owned.
 *
 * @module
 */
import { objectMeta } from "../meta.ts";
import { ANY, type ListKey, SCALAR, type Shape, shapeOf } from "../shape.ts";
import { itemsOf, type JSONSchemaProps, valuesOf } from "./json_schema.ts";

/** The shape of whole objects of a custom kind. */
export function shapeOfResource(schema: JSONSchemaProps): Shape {
  return shapeOfSchema({ ...schema, "x-kubernetes-embedded-resource": true });
}

/** The shape of a value. */
export function shapeOfSchema(schema: JSONSchemaProps): Shape {
  switch (schema.type) {
    case "object":
      return objectShape(schema);
    case "array":
      return listShape(schema);
    case undefined:
      return schema["x-kubernetes-int-or-string"] === true ? SCALAR : ANY;
    default:
      return SCALAR;
  }
}

function objectShape(schema: JSONSchemaProps): Shape {
  const atomic = schema["x-kubernetes-map-type"] === "atomic";
  const keeps = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const { properties } = schema;
  const embedded = schema["x-kubernetes-embedded-resource"] === true;
  if (properties === undefined && !embedded) {
    const values = valuesOf(schema);
    if (schema.additionalProperties === undefined) {
      return atomic ? { type: "map", value: ANY, atomic } : ANY;
    }
    return {
      type: "map",
      value: values === undefined ? ANY : shapeOfSchema(values),
      atomic,
    };
  }
  const known = new Map<string, Shape>(
    embedded
      ? [
        ["apiVersion", SCALAR],
        ["kind", SCALAR],
        ["metadata", shapeOf(objectMeta)],
      ]
      : [],
  );
  return {
    type: "object",
    atomic,
    field(name) {
      let shape = known.get(name);
      if (shape !== undefined) return shape;
      if (properties === undefined || !Object.hasOwn(properties, name)) {
        return keeps ? ANY : undefined;
      }
      shape = shapeOfSchema(properties[name]!);
      known.set(name, shape);
      return shape;
    },
  };
}

function listShape(schema: JSONSchemaProps): Shape {
  const items = itemsOf(schema);
  const type = schema["x-kubernetes-list-type"];
  const list = type === "set" || type === "map" ? type : "atomic";
  const keys: ListKey[] = list === "map"
    ? [...schema["x-kubernetes-list-map-keys"] ?? []].sort().map((name) => {
      const value = items?.properties?.[name]?.default;
      return typeof value === "string" || typeof value === "number" ||
          typeof value === "boolean"
        ? { name, default: value }
        : { name };
    })
    : [];
  return {
    type: "list",
    list,
    keys,
    item: items === undefined ? ANY : shapeOfSchema(items),
  };
}
