/**
 * Drops what a structural schema does not know, as kube-apiserver does with custom resources.
 *
 * @module
 */
import { itemsOf, type JSONSchemaProps, valuesOf } from "./json_schema.ts";

const META_FIELDS: readonly string[] = ["apiVersion", "kind", "metadata"];

type JsonObject = Record<string, unknown>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What {@linkcode prune} answers. */
export interface Pruned {
  /** A copy without unknown fields; nothing of it belongs to the original. */
  readonly object: JsonObject;
  /** The paths of what was dropped, sorted: `spec.items[0].colour`. */
  readonly unknown: readonly string[];
}

/** Copies an object without its unknown fields. `apiVersion`, `kind` and `metadata` of it and of embedded objects stay as they are. */
export function prune(object: JsonObject, schema: JSONSchemaProps): Pruned {
  const unknown: string[] = [];
  const copy = walk(
    object,
    { ...schema, "x-kubernetes-embedded-resource": true },
    { path: "", unknown },
  ) as JsonObject;
  return {
    object: copy,
    unknown: unknown.length < 2 ? unknown : unknown.sort(),
  };
}

/** Whether pruning a value that is no resource of its own would change it. */
export function hasUnknownFields(
  value: unknown,
  schema: JSONSchemaProps,
): boolean {
  const unknown: string[] = [];
  walk(value, schema, { path: "", unknown });
  return unknown.length > 0;
}

interface Place {
  readonly path: string;
  readonly unknown: string[];
}

function below({ path, unknown }: Place, key: string | number): Place {
  const step = typeof key === "number"
    ? `[${key}]`
    : path === ""
    ? key
    : `.${key}`;
  return { path: path + step, unknown };
}

/** A value's copy without what its schema does not know; without a schema objects become empty. */
function walk(
  value: unknown,
  schema: JSONSchemaProps | undefined,
  place: Place,
): unknown {
  if (Array.isArray(value)) {
    const items = schema === undefined ? undefined : itemsOf(schema);
    // What keeps unknown fields keeps them in the items of its lists too.
    const item = keepsAll(schema) ? { ...items, ...KEEPS } : items;
    return value.map((one, i) => walk(one, item, below(place, i)));
  }
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  const keeps = keepsAll(schema);
  const embedded = schema?.["x-kubernetes-embedded-resource"] === true;
  const properties = schema?.properties;
  const isMap = schema?.additionalProperties !== undefined;
  const values = schema === undefined ? undefined : valuesOf(schema);
  for (const key of Object.keys(value)) {
    const one = value[key];
    if (embedded && META_FIELDS.includes(key)) put(copy, key, copyJson(one));
    else if (properties !== undefined && Object.hasOwn(properties, key)) {
      put(copy, key, walk(one, properties[key], below(place, key)));
    } else if (isMap) put(copy, key, walk(one, values, below(place, key)));
    else if (keeps) put(copy, key, copyJson(one));
    else if (!META_FIELDS.includes(key) || place.path !== "") {
      place.unknown.push(below(place, key).path);
    }
  }
  return copy;
}

/** A copy of any JSON. */
export function copyJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyJson);
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) put(copy, key, copyJson(value[key]));
  return copy;
}

/** Sets a property whatever its name: `__proto__` is data like any other. */
export function put(target: JsonObject, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else target[key] = value;
}

const KEEPS: JSONSchemaProps = {
  "x-kubernetes-preserve-unknown-fields": true,
};

function keepsAll(schema: JSONSchemaProps | undefined): boolean {
  return schema?.["x-kubernetes-preserve-unknown-fields"] === true;
}
