/**
 * Lists whose items must differ: `x-kubernetes-list-type: set` and `map`.
 *
 * @module
 */
import { duplicate, invalidValue } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { itemsOf, type JSONSchemaProps, valuesOf } from "./json_schema.ts";

/** Whether a schema has any such list, so that nothing needs to be walked when it has not. */
export function hasListTypes(schema: JSONSchemaProps): boolean {
  const type = schema["x-kubernetes-list-type"];
  if (type === "set" || type === "map") return true;
  const items = itemsOf(schema);
  const values = valuesOf(schema);
  return Object.values(schema.properties ?? {}).some(hasListTypes) ||
    (items !== undefined && hasListTypes(items)) ||
    (values !== undefined && hasListTypes(values));
}

/** Items that are there more than once, each told of once. */
export function validateListTypes(
  value: unknown,
  schema: JSONSchemaProps | undefined,
  path = "",
): FieldError[] {
  if (schema === undefined || typeof value !== "object" || value === null) {
    return [];
  }
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return [
      ...validateList(value, schema, path),
      ...value.flatMap((item, i) =>
        validateListTypes(item, items, `${path}[${i}]`)
      ),
    ];
  }
  const values = valuesOf(schema);
  return Object.entries(value).flatMap(([key, one]) => {
    if (values !== undefined) {
      return validateListTypes(one, values, `${path}[${key}]`);
    }
    const property = schema.properties?.[key];
    return validateListTypes(
      one,
      property,
      path === "" ? key : `${path}.${key}`,
    );
  });
}

function validateList(
  list: readonly unknown[],
  schema: JSONSchemaProps,
  path: string,
): FieldError[] {
  switch (schema["x-kubernetes-list-type"]) {
    case "set":
      return repeated(list).map((i) => duplicate(`${path}[${i}]`, list[i]));
    case "map":
      return validateMap(
        list,
        schema["x-kubernetes-list-map-keys"] ?? [],
        path,
      );
    default:
      return [];
  }
}

function validateMap(
  list: readonly unknown[],
  names: readonly string[],
  path: string,
): FieldError[] {
  const wrong = list.findIndex((item) =>
    item !== null && (typeof item !== "object" || Array.isArray(item))
  );
  if (wrong >= 0) {
    return [
      invalidValue(
        `${path}[${wrong}]`,
        list[wrong],
        "must be an object for an array of list-type map",
      ),
    ];
  }
  const keys = list.map((item) => {
    const object = (item ?? {}) as Record<string, unknown>;
    return Object.fromEntries(
      names.filter((name) => name in object).map((
        name,
      ) => [name, object[name]]),
    );
  });
  return repeated(keys).map((i) => duplicate(`${path}[${i}]`, keys[i]));
}

/** Where a value is met for the second time. */
function repeated(list: readonly unknown[]): number[] {
  const seen = new Map<string, number>();
  const found: number[] = [];
  list.forEach((item, i) => {
    const key = JSON.stringify(item, sortedKeys) ?? "";
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    if (times === 2) found.push(i);
  });
  return found;
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0),
  );
}
