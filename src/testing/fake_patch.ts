/**
 * Patches as {@linkcode FakeApi} applies them: JSON, merge, and so much of strategic merge as controllers use.
 *
 * @module
 */
import jsonPatch, { type Operation } from "fast-json-patch";

/** Merge keys of the lists that controllers patch. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  conditions: "type",
  ownerReferences: "uid",
  containers: "name",
  podIPs: "ip",
  hostIPs: "ip",
};

/** Applies a patch to a copy of `target`. */
export function applyPatch(
  target: unknown,
  patch: unknown,
  contentType: string,
): unknown {
  const copy = structuredClone(target);
  if (contentType.includes("json-patch")) {
    return jsonPatch.applyPatch(copy, patch as Operation[]).newDocument;
  }
  return merge(copy, patch, contentType.includes("strategic"));
}

function merge(target: unknown, patch: unknown, strategic: boolean): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? target : {};
  for (const [key, value] of Object.entries(patch)) {
    const mergeKey = MERGE_KEYS[key];
    if (value === null) delete result[key];
    else if (strategic && mergeKey !== undefined && Array.isArray(value)) {
      result[key] = mergeLists(result[key], value, mergeKey);
    } else if (strategic && key === "finalizers" && Array.isArray(value)) {
      result[key] = [...new Set([...result[key] as string[] ?? [], ...value])];
    } else result[key] = merge(result[key], value, strategic);
  }
  return result;
}

function mergeLists(
  target: unknown,
  patch: Record<string, unknown>[],
  mergeKey: string,
): unknown[] {
  if (patch.some((item) => item.$patch === "replace")) {
    return patch.filter((item) => item.$patch === undefined);
  }
  const items = Array.isArray(target)
    ? [...target as Record<string, unknown>[]]
    : [];
  for (const item of patch) {
    const at = items.findIndex((held) => held[mergeKey] === item[mergeKey]);
    if (item.$patch === "delete") {
      if (at >= 0) items.splice(at, 1);
    } else if (at >= 0) {
      items[at] = merge(items[at], item, true) as Record<string, unknown>;
    } else items.push(item);
  }
  return items;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
