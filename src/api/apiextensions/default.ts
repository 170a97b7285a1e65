/**
 * Fills in the defaults of a structural schema, as kube-apiserver does with custom resources.
 *
 * @module
 */
import { requestEntityTooLarge } from "../status.ts";
import { itemsOf, type JSONSchemaProps, valuesOf } from "./json_schema.ts";
import { copyJson, put } from "./prune.ts";

/** The most that defaults may add to one object, in characters; more than can be stored. */
const MAX_ADDED = 4 * 1024 * 1024;

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
 *
 * @throws {ApiError} 413 when a small object would become one that is too large for memory
 */
export function setDefaults(
  value: unknown,
  schema: JSONSchemaProps | undefined,
): void {
  fill(value, schema, new Copies());
}

/** Makes copies of defaults, not without end. */
class Copies {
  readonly #lengths = new Map<JSONSchemaProps, number>();
  #added = 0;

  of(schema: JSONSchemaProps): unknown {
    let length = this.#lengths.get(schema);
    if (length === undefined) {
      length = (JSON.stringify(schema.default) ?? "").length;
      this.#lengths.set(schema, length);
    }
    this.#added += length;
    if (this.#added > MAX_ADDED) {
      throw requestEntityTooLarge(
        `with its defaults the object has more than ${MAX_ADDED} bytes`,
      );
    }
    return copyJson(schema.default);
  }
}

function fill(
  value: unknown,
  schema: JSONSchemaProps | undefined,
  copies: Copies,
): void {
  if (schema === undefined || typeof value !== "object" || value === null) {
    return;
  }
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items === undefined) return;
    for (let i = 0; i < value.length; i++) {
      if (isForeignNull(value[i], items)) value[i] = copies.of(items);
      fill(value[i], items, copies);
    }
    return;
  }
  const object = value as Record<string, unknown>;
  const { properties } = schema;
  for (const key in properties) {
    const property = properties[key]!;
    if (property.default === undefined) continue;
    if (!Object.hasOwn(object, key) || isForeignNull(object[key], property)) {
      put(object, key, copies.of(property));
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
      put(object, key, copies.of(property));
    }
    fill(object[key], property, copies);
  }
}

/** A `null` where the schema has a default and does not allow `null`. */
function isForeignNull(value: unknown, schema: JSONSchemaProps): boolean {
  return value === null && schema.nullable !== true &&
    schema.default !== undefined;
}
