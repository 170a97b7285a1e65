/**
 * The merge behind `apply`: what the file says now, what it said last time, and what the server has.
 *
 * Fields that the file sets win; fields that it set last time and no longer names go away; all others stay as they are. Lists that Kubernetes merges by
 * key (containers, ports, volumes …) are merged item by item; other lists are replaced. The rules are those of
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#merge-patch-calculation.
 *
 * @module
 */

/** A JSON value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

type JsonObject = { readonly [key: string]: Json };

/** Merge keys by the list's field name; the first key that the items carry counts (a Service's ports have no containerPort). */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ["name"],
  initContainers: ["name"],
  ephemeralContainers: ["name"],
  env: ["name"],
  volumes: ["name"],
  volumeMounts: ["mountPath"],
  volumeDevices: ["devicePath"],
  ports: ["containerPort", "port"],
  imagePullSecrets: ["name"],
  secrets: ["name"],
  hostAliases: ["ip"],
  topologySpreadConstraints: ["topologyKey"],
  resourceClaims: ["name"],
  ownerReferences: ["uid"],
};

/**
 * The object that should be on the server.
 *
 * @param sides `last` is what was applied before, absent the first time
 */
export function threeWayMerge(
  sides: { last: Json | undefined; file: Json; live: Json },
): Json {
  const { last, file, live } = sides;
  if (!isObject(file) || !isObject(live)) return file;
  const lastFields = isObject(last) ? last : {};
  const result: Record<string, Json> = { ...live };
  for (const key of Object.keys(lastFields)) {
    if (!(key in file)) delete result[key];
  }
  for (const [key, value] of Object.entries(file)) {
    const before = live[key];
    if (value === null) delete result[key];
    else if (before === undefined) result[key] = value;
    else if (Array.isArray(value) && Array.isArray(before)) {
      result[key] = mergeLists(key, {
        last: Array.isArray(lastFields[key]) ? lastFields[key] : [],
        file: value,
        live: before,
      });
    } else {
      result[key] = threeWayMerge({
        last: lastFields[key],
        file: value,
        live: before,
      });
    }
  }
  return result;
}

/** The JSON merge patch (RFC 7386) that turns `from` into `to`; undefined when there is nothing to do. */
export function mergePatch(from: Json, to: Json): Json | undefined {
  if (equal(from, to)) return undefined;
  if (!isObject(from) || !isObject(to)) return to;
  const patch: Record<string, Json> = {};
  for (const key of Object.keys(from)) if (!(key in to)) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const before = from[key];
    const inner = before === undefined ? value : mergePatch(before, value);
    if (inner !== undefined) patch[key] = inner;
  }
  return patch;
}

function mergeLists(
  field: string,
  sides: {
    last: readonly Json[];
    file: readonly Json[];
    live: readonly Json[];
  },
): readonly Json[] {
  const { last, file, live } = sides;
  if (field === "finalizers") {
    // A set: ours are added, those that we no longer name taken out, others' stay.
    const removed = last.filter((item) => !file.includes(item));
    const kept = live.filter((item) => !removed.includes(item));
    return [...kept, ...file.filter((item) => !kept.includes(item))];
  }
  const key = mergeKeyOf(field, [...file, ...live]);
  if (key === undefined) return file;
  const id = (item: Json) =>
    (item as JsonObject)[key] + "/" +
    String((item as JsonObject)["protocol"] ?? "TCP");
  const find = (items: readonly Json[], wanted: string) =>
    items.find((item) => isObject(item) && id(item) === wanted);
  const merged = file.map((item) => {
    const before = find(live, id(item));
    if (before === undefined) return item;
    return threeWayMerge({
      last: find(last, id(item)),
      file: item,
      live: before,
    });
  });
  // Items that somebody else added stay, behind ours.
  const others = live.filter((item) =>
    find(file, id(item)) === undefined && find(last, id(item)) === undefined
  );
  return [...merged, ...others];
}

function mergeKeyOf(
  field: string,
  items: readonly Json[],
): string | undefined {
  const keys = MERGE_KEYS[field];
  if (!keys || !items.every(isObject)) return undefined;
  return keys.find((key) => items.every((item) => key in item));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) => key in b && equal(a[key], b[key]));
}
