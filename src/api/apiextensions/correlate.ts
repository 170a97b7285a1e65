/**
 * Which item of a list was which before a change.
 *
 * @module
 */
import type { JSONSchemaProps } from "./json_schema.ts";

/** The items before a change in the order of those after it, undefined where there was none; only items of `map` lists can be told apart. */
export function correlated(
  schema: JSONSchemaProps,
  value: readonly unknown[],
  previous: unknown,
): readonly unknown[] | undefined {
  const keys = schema["x-kubernetes-list-map-keys"];
  if (schema["x-kubernetes-list-type"] !== "map" || keys === undefined) {
    return undefined;
  }
  if (!Array.isArray(previous)) return undefined;
  const before = new Map(
    previous.map((item) => [keyOf(item, keys), item] as const),
  );
  return value.map((item) => before.get(keyOf(item, keys)));
}

/** What tells an item of a `map` list apart, as text. */
export function keyOf(item: unknown, keys: readonly string[]): string {
  const object = (item ?? {}) as Record<string, unknown>;
  return JSON.stringify(keys.map((key) => object[key] ?? null));
}
