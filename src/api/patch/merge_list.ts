/**
 * How strategic merge patch merges lists: sets of scalars, and maps of objects by their merge key.
 *
 * @module
 */
import type { Field } from "../schema/words.ts";
import { unknownError, unprocessable } from "../status.ts";
import { isObject, type JsonObject } from "./json_value.ts";
import type { FieldFacts } from "./patch_schema.ts";

type MergeObject = (
  original: JsonObject | undefined,
  patch: JsonObject,
  type: Field<unknown> | undefined,
) => JsonObject;

function keyOf(item: unknown, mergeKey: string): unknown {
  if (mergeKey === "" || !isObject(item)) return item;
  if (!Object.hasOwn(item, mergeKey)) {
    throw unknownError(
      `map: ${
        JSON.stringify(item)
      } does not contain declared merge key: ${mergeKey}`,
    );
  }
  return item[mergeKey];
}

/** Merges two lists of one field whose strategy is "merge". */
export function mergeList(
  original: readonly unknown[],
  patch: readonly unknown[],
  { facts, mergeObject }: { facts: FieldFacts; mergeObject: MergeObject },
): unknown[] {
  const all = [...original, ...patch];
  if (all.length === 0) return [];
  if (all.some(Array.isArray)) throw unprocessable();
  const objects = all.filter(isObject).length;
  if (objects === 0) {
    const merged = [...new Set(all)];
    return keepOrder(merged, { order: patch, server: original, facts });
  }
  if (objects !== all.length) {
    throw unknownError(
      `list element types are not identical: ${JSON.stringify(all)}`,
    );
  }
  if (facts.mergeKey === "") {
    throw unknownError("cannot merge lists without merge key");
  }
  return mergeMaps(original as JsonObject[], patch as JsonObject[], {
    facts,
    mergeObject,
  });
}

function mergeMaps(
  original: readonly JsonObject[],
  patch: readonly JsonObject[],
  { facts, mergeObject }: { facts: FieldFacts; mergeObject: MergeObject },
): unknown[] {
  const { mergeKey, type } = facts;
  const changes: JsonObject[] = [];
  const deleted = new Set<unknown>();
  let replaced = false;
  for (const item of patch) {
    const directive = item["$patch"];
    if (directive === undefined) changes.push(item);
    else if (directive === "delete") deleted.add(keyOf(item, mergeKey));
    else if (directive === "replace") replaced = true;
    else if (directive === "merge") {
      throw unknownError("merging lists cannot yet be specified in the patch");
    } else {
      throw unknownError(
        `unknown patch type: ${directive} in map: ${JSON.stringify(item)}`,
      );
    }
  }
  if (replaced) return changes;
  const merged = original.filter((item) => !deleted.has(item[mergeKey]));
  const places = positions(merged.map((item) => item[mergeKey]));
  for (const change of changes) {
    const key = keyOf(change, mergeKey);
    const at = places.get(key);
    // A new element goes through the merge as well, so that its directives and nulls do not get stored.
    if (at === undefined) {
      places.set(key, merged.length);
      merged.push(mergeObject({}, change, type));
    } else merged[at] = mergeObject(merged[at], change, type);
  }
  return keepOrder(merged, { order: changes, server: original, facts });
}

/**
 * Orders a merged list: elements that the patch names in the patch's order, the others in the server's, the two interleaved so that the server's order
 * is kept where both are known to it.
 */
export function keepOrder(
  merged: readonly unknown[],
  { order, server, facts }: {
    order: readonly unknown[];
    server: readonly unknown[];
    facts: FieldFacts;
  },
): unknown[] {
  const key = (item: unknown) => keyOf(item, facts.mergeKey);
  const wanted = positions(order.map(key));
  const known = positions(server.map(key));
  const at = (map: ReadonlyMap<unknown, number>) => (item: unknown) =>
    map.get(key(item)) ?? Number.MAX_SAFE_INTEGER;
  const named = sortedBy(merged.filter((i) => wanted.has(key(i))), at(wanted));
  const others = sortedBy(merged.filter((i) => !wanted.has(key(i))), at(known));
  const result: unknown[] = [];
  let i = 0;
  let j = 0;
  while (i < others.length || j < named.length) {
    const otherFirst = j >= named.length ||
      (i < others.length && known.has(key(others[i])) &&
        known.has(key(named[j])) &&
        at(known)(others[i]) < at(known)(named[j]));
    result.push(otherFirst ? others[i++] : named[j++]);
  }
  return result;
}

function positions(keys: readonly unknown[]): Map<unknown, number> {
  const map = new Map<unknown, number>();
  keys.forEach((key, i) => {
    if (!map.has(key)) map.set(key, i);
  });
  return map;
}

function sortedBy(
  items: readonly unknown[],
  rank: (item: unknown) => number,
): unknown[] {
  return [...items].sort((a, b) => rank(a) - rank(b));
}
