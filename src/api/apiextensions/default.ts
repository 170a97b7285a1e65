/**
 * Fills in the defaults of a structural schema, as kube-apiserver does with custom resources.
 *
 * @module
 */
import { itemsOf, type JSONSchemaProps, valuesOf } from "./json_schema.ts";
import { copyJson } from "./prune.ts";

/** Whether a schema has any default, so that nothing needs to be walked when it has not. */
export function hasDefaults(schema: JSONSchemaProps): boolean {
  if (schema.default !== undefined) return true;
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  return Object.values(schema.properties ?? {}).some(hasDefaults) ||
    (items !== undefined && hasDefaults(items)) ||
    (values !== undefined && hasDefaults(values));
}

/**
 * Sets defaults, in place: for fields that are absent, and for `null` where the schema does not allow it. A `null` that is neither allowed nor has a
 * default is dropped from objects first.
 */
export function setDefaults(
  value: unknown,
  schema: JSONSchemaProps | undefined,
): void {
  if (schema === undefined || typeof value !== "object" || value === null) {
    return;
  }
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items === undefined) return;
    for (let i = 0; i < value.length; i++) {
      if (isForeignNull(value[i], items)) value[i] = copyJson(items.default);
      setDefaults(value[i], items);
    }
    return;
  }
  const object = value as Record<string, unknown>;
  const { properties } = schema;
  for (const key in properties) {
    const property = properties[key]!;
    if (property.default === undefined) continue;
    if (!Object.hasOwn(object, key) || isForeignNull(object[key], property)) {
      object[key] = copyJson(property.default);
    }
  }
  const values = valuesOf(schema);
  for (const key of Object.keys(object)) {
    const property = properties !== undefined && Object.hasOwn(properties, key)
      ? properties[key]
      : values;
    if (property === undefined) continue;
    if (object[key] === null && property.nullable !== true) {
      if (property.default === undefined) {
        delete object[key];
        continue;
      }
      object[key] = copyJson(property.default);
    }
    setDefaults(object[key], property);
  }
}

/** A `null` where the schema has a default and does not allow `null`. */
function isForeignNull(value: unknown, schema: JSONSchemaProps): boolean {
  return value === null && schema.nullable !== true &&
    schema.default !== undefined;
}
