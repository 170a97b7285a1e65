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
    if (value === null) delete result[key];
    else {
      withProperty(
        result,
        key,
        isObject(value) ? merge(own(current, key), value) : value,
      );
    }
  }
  return result;
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

/** The merge patch that makes `next` of `previous`: changed and new fields, and `null` for those that are gone. */
export function createMergePatch(
  previous: JsonObject,
  next: JsonObject,
): JsonObject {
  const patch: JsonObject = {};
  for (const [key, value] of Object.entries(next)) {
    const before = own(previous, key);
    if (isObject(before) && isObject(value)) {
      const inner = createMergePatch(before, value);
      if (Object.keys(inner).length > 0) withProperty(patch, key, inner);
    } else if (JSON.stringify(before) !== JSON.stringify(value)) {
      withProperty(patch, key, value);
    }
  }
  for (const key of Object.keys(previous)) {
    if (!Object.hasOwn(next, key)) withProperty(patch, key, null);
  }
  return patch;
}

/**
 * The merge patch of `kubectl apply` for kinds without patch strategy: what `modified` changes or adds to `current`, and `null` for what was in `original`
 * (the last applied configuration) and is in `modified` no more.
 */
export function createThreeWayMergePatch(
  { original, modified, current }: {
    readonly original: JsonObject;
    readonly modified: JsonObject;
    readonly current: JsonObject;
  },
): JsonObject {
  return combine(
    onlySet(createMergePatch(current, modified)),
    onlyNull(createMergePatch(original, modified)),
  );
}

/** The part of a patch that sets values. */
function onlySet(patch: JsonObject): JsonObject {
  return filtered(patch, (value) => value !== null);
}

/** The part of a patch that deletes fields. */
function onlyNull(patch: JsonObject): JsonObject {
  return filtered(patch, (value) => value === null);
}

function filtered(
  patch: JsonObject,
  keep: (value: unknown) => boolean,
): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(patch)) {
    if (isObject(value)) {
      const inner = filtered(value, keep);
      if (Object.keys(inner).length > 0 || Object.keys(value).length === 0) {
        withProperty(result, key, inner);
      }
    } else if (keep(value)) withProperty(result, key, value);
  }
  return result;
}

function combine(a: JsonObject, b: JsonObject): JsonObject {
  const result: JsonObject = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = own(a, key);
    withProperty(
      result,
      key,
      isObject(before) && isObject(value) ? combine(before, value) : value,
    );
  }
  return result;
}
