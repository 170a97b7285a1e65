/**
 * Strategic merge patch: merge patch that knows which lists are sets or maps, with its directives (`$patch`, `$retainKeys`,
 * `$deleteFromPrimitiveList/…`, `$setElementOrder/…`).
 *
 * Follows https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/ and the design note
 * `strategic-merge-patch.md` of the Kubernetes community.
 *
 * @module
 */
import type { Field } from "../schema/words.ts";
import { badRequest, unknownError, unprocessable } from "../status.ts";
import { isObject, type JsonObject, withProperty } from "./json_value.ts";
import { keepOrder, mergeList } from "./merge_list.ts";
import { type FieldFacts, fieldFacts } from "./patch_schema.ts";

/** The directive of an object: `replace`, `delete` or `merge`. */
export const DIRECTIVE = "$patch";
/** Lists the fields that stay; all others of a union go. */
export const RETAIN_KEYS = "$retainKeys";
/** Prefix of a list of values to take out of a list. */
export const DELETE_FROM = "$deleteFromPrimitiveList/";
/** Prefix of the order that a list's elements shall have. */
export const SET_ORDER = "$setElementOrder/";

/**
 * The value with the patch applied; `current` stays as it is (parts that did not change are shared).
 *
 * @param type the zod type of `current`, with its merge keys
 * @throws {ApiError} 400, 422, 500 as kube-apiserver answers
 */
export function applyStrategicMergePatch<T>(
  current: T,
  patch: unknown,
  type: Field<T>,
): T {
  if (!isObject(patch)) {
    const found = Array.isArray(patch) ? "array" : typeof patch;
    throw badRequest(
      `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`,
    );
  }
  return mergeObject(current as JsonObject, patch, type) as T;
}

/** Merges an object; used by lists for their elements too. */
export function mergeObject(
  original: JsonObject | undefined,
  patch: JsonObject,
  type: Field<unknown> | undefined,
): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive !== undefined) {
    if (directive === "replace") {
      const { [DIRECTIVE]: _, ...rest } = patch;
      return rest;
    }
    if (directive === "delete") return {};
    throw unknownError(
      `unknown patch type: ${directive} in map: ${JSON.stringify(patch)}`,
    );
  }
  const result: JsonObject = retained(original ?? {}, patch);
  const done = new Set([RETAIN_KEYS]);
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(SET_ORDER)) continue;
    const name = key.slice(SET_ORDER.length);
    done.add(key);
    if (setOrder(result, { name, order, patch, type })) done.add(name);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (done.has(key)) continue;
    if (key.startsWith(DELETE_FROM)) deleteFrom(result, key, value);
    else mergeField(result, { key, value, facts: fieldFacts(type, key) });
  }
  return result;
}

/** A copy of the original with only the fields that `$retainKeys` lists, if it is there. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return { ...original };
  if (!Array.isArray(keys)) {
    throw badRequest("invalid patch format of retainKeys");
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key === RETAIN_KEYS || value === null) continue;
    if (key.startsWith(DELETE_FROM) || key.startsWith(SET_ORDER)) continue;
    if (!keys.includes(key)) {
      throw badRequest("invalid patch format of retainKeys");
    }
  }
  return Object.fromEntries(
    Object.entries(original).filter(([key]) => keys.includes(key)),
  );
}

function deleteFrom(
  result: JsonObject,
  key: string,
  values: unknown,
): void {
  const name = key.slice(DELETE_FROM.length);
  const list = result[name];
  if (list === undefined) return;
  if (!Array.isArray(list) || !Array.isArray(values)) {
    throw badRequest("invalid patch format of primitive list");
  }
  result[name] = list.filter((item) => !values.includes(item));
}

/** Merges a list whose order the patch gives. Answers whether the list's own patch is used up. */
function setOrder(
  result: JsonObject,
  { name, order, patch, type }: {
    name: string;
    order: unknown;
    patch: JsonObject;
    type: Field<unknown> | undefined;
  },
): boolean {
  const facts = fieldFacts(type, name);
  const original = result[name];
  const change = patch[name];
  if (
    !Array.isArray(order) ||
    (original !== undefined && original !== null && !Array.isArray(original)) ||
    (change !== undefined && change !== null && !Array.isArray(change))
  ) throw badRequest("invalid patch format of setElementOrder list");
  checkOrder(change ?? [], { order, facts, name });
  if (!Array.isArray(original)) {
    if (!Array.isArray(change)) return false;
    const clean = withoutDirectives(change) as unknown[];
    result[name] = keepOrder(clean, { order, server: [], facts });
    return true;
  }
  const merged = Array.isArray(change)
    ? mergeSlice(original, change, facts)
    : original;
  result[name] = keepOrder(merged, { order, server: original, facts });
  return Array.isArray(change);
}

function mergeSlice(
  original: readonly unknown[],
  change: readonly unknown[],
  facts: FieldFacts,
): unknown[] {
  return facts.strategies.includes("merge")
    ? mergeList(original, change, { facts, mergeObject })
    : [...change];
}

/** The patch's elements must come in the order that `$setElementOrder` gives. */
function checkOrder(
  change: readonly unknown[],
  { order, facts, name }: {
    order: readonly unknown[];
    facts: FieldFacts;
    name: string;
  },
): void {
  if (order.length === 0 || change.length === 0) return;
  const keyOf = (item: unknown) =>
    facts.mergeKey === "" || !isObject(item) ? item : item[facts.mergeKey];
  const kept = change.filter((item) => !(isObject(item) && DIRECTIVE in item))
    .map(keyOf);
  const wanted = order.map(keyOf);
  let at = 0;
  for (const key of wanted) if (kept[at] === key) at++;
  if (at < kept.length) {
    throw unknownError(
      `The order in patch list:\n${
        JSON.stringify(change)
      }\n doesn't match $setElementOrder list:\n${
        JSON.stringify(order)
      }\n (field ${name})`,
    );
  }
}

function mergeField(
  result: JsonObject,
  { key, value, facts }: { key: string; value: unknown; facts: FieldFacts },
): void {
  if (value === null) {
    delete result[key];
    return;
  }
  const before = Object.hasOwn(result, key) ? result[key] : undefined;
  if (isObject(before) && isObject(value)) {
    result[key] = facts.strategies.includes("replace")
      ? value
      : mergeObject(before, value, facts.type);
  } else if (Array.isArray(before) && Array.isArray(value)) {
    if (value.some(Array.isArray)) throw unprocessable();
    result[key] = mergeSlice(before, value, facts);
  } else {
    const clean = withoutDirectives(value);
    if (clean === undefined) delete result[key];
    else withProperty(result, key, clean);
  }
}

/** A value of the patch as it is stored where nothing was: without directives and nulls; `undefined` when it was only a directive. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutDirectives).filter((v) => v !== undefined);
  }
  if (!isObject(value)) return value;
  if (DIRECTIVE in value) return undefined;
  const result: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null || key === RETAIN_KEYS) continue;
    if (key.startsWith(SET_ORDER) || key.startsWith(DELETE_FROM)) continue;
    const clean = withoutDirectives(inner);
    if (clean !== undefined) withProperty(result, key, clean);
  }
  return result;
}
