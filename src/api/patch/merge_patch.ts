/**
 * JSON Merge Patch (RFC 7386).
 *
 * @module
 */
import { badRequest } from "../status.ts";
import { isObject, type JsonObject, withProperty } from "./json_value.ts";

function merge(current: unknown, patch: JsonObject): JsonObject {
  const result: JsonObject = isObject(current) ? { ...current } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete result[key];
      continue;
    }
    const before = own(current, key);
    // In a list that takes the place of an object, kube-apiserver leaves nulls alone.
    const next = isObject(value)
      ? merge(before, value)
      : isObject(before)
      ? value
      : withoutNulls(value);
    withProperty(result, key, next);
  }
  return result;
}

/** A list as it is stored: objects in it have no nulls either. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  return isObject(value) ? merge(undefined, value) : value;
}

function own(object: unknown, key: string): unknown {
  return isObject(object) && Object.hasOwn(object, key)
    ? object[key]
    : undefined;
}

/**
 * The value with the patch applied; `current` stays as it is (parts that did not change are shared).
 *
 * @throws {ApiError} 400 when the patch is no object
 */
export function applyMergePatch<T>(current: T, patch: unknown): T {
  if (!isObject(patch)) throw badRequest("Invalid JSON Patch");
  return merge(current, patch) as T;
}
