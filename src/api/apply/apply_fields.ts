/**
 * Server-side apply: merges what a manager applies into an object, takes away what it applied before and no longer does, and finds out whose fields that
 * touches.
 *
 * Follows https://kubernetes.io/docs/reference/using-api/server-side-apply/.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import type { JsonObject } from "../patch/json_value.ts";
import type { Shape } from "../shape.ts";
import {
  difference,
  type FieldPath,
  type FieldSet,
  intersection,
  isEmptySet,
  NO_FIELDS,
  pathsOf,
  setOf,
  union,
  without,
} from "./field_set.ts";
import { fieldsOf } from "./fields_of.ts";
import {
  isSameManager,
  type Managed,
  type Manager,
  upToDate,
  withFields,
} from "./managed.ts";
import { mergeApplied } from "./merge.ts";
import { fieldElement } from "./path_element.ts";
import { removeFields, withDeclaredFields } from "./remove.ts";
import {
  changedFields,
  comparisonsOf,
  withoutChanges,
} from "./update_fields.ts";
import { UNOWNED_METADATA, type Versions } from "./versions.ts";

/** A field that somebody else manages with another value. */
export interface Conflict {
  readonly manager: Manager;
  readonly path: FieldPath;
}

/** What an apply comes to. */
export interface Applied {
  /** The object with the configuration in it; the given one when that changes nothing. */
  readonly object: JsonObject;
  readonly managed: readonly Managed[];
  /** With whom the configuration disagrees; what is above then does not count, unless it was forced. */
  readonly conflicts: readonly Conflict[];
}

/** What is applied to what. */
export interface Application {
  /** The object as it is, in the request's version. */
  readonly live: JsonObject;
  readonly managed: readonly Managed[];
  readonly config: JsonObject;
  readonly versions: Versions;
  readonly applier: Manager;
  readonly time: string;
}

/** What is in every configuration, or may be, and belongs to nobody. */
const UNOWNED: FieldSet = setOf([
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...UNOWNED_METADATA.map((name) => ["f:metadata", `f:${name}`]),
]);

/** Applies. */
export function applyFields(application: Application): Applied {
  const { live, config, versions, applier, time } = application;
  const { shape } = versions.own;
  const claimed = without(fieldsOf(config, shape), resetOf(config, versions));
  const managed = upToDate(application.managed, versions);
  const last = managed.find((one) => isSameManager(one, applier));
  const others = managed.filter((one) =>
    one !== last && versions.find(one.apiVersion) !== undefined
  );
  const merged = mergeApplied(live, config, shape);
  const object = last === undefined
    ? merged
    : prune(merged, { last, claimed, others, versions });
  const comparison = comparisonsOf({ before: live, after: object, versions });
  const conflicts: Conflict[] = [];
  const left: Managed[] = [];
  for (const one of others) {
    const compared = comparison(one.apiVersion)!;
    const taken = intersection(one.fields, changedFields(compared));
    for (const path of pathsOf(taken)) conflicts.push({ manager: one, path });
    left.push(withoutChanges(one, compared)!);
  }
  const same = sameJson(object, live);
  const changedAt = same ? last?.time : time;
  left.push({
    ...applier,
    fields: difference(claimed, UNOWNED),
    ...(changedAt === undefined ? {} : { time: changedAt }),
  });
  return {
    object: same ? live : object,
    managed: withFields(left),
    conflicts,
  };
}

/** The fields of a configuration that a write of this sort leaves as they are (status, or all else). */
function resetOf(config: JsonObject, { own }: Versions): FieldSet {
  const paths: FieldPath[] = [];
  for (const key of Object.keys(config)) {
    if (own.ignored.top(key)) paths.push([fieldElement(key)]);
  }
  for (const name of own.ignored.metadata) {
    if (UNOWNED_METADATA.includes(name)) continue;
    paths.push(["f:metadata", fieldElement(name)]);
  }
  return setOf(paths);
}

/**
 * Takes away what the manager applied last time, does not apply now, and nobody else manages. What lies in an item that goes and was never anybody's goes
 * with it only when the whole item does.
 */
function prune(
  merged: JsonObject,
  { last, claimed, others, versions }: {
    last: Managed;
    claimed: FieldSet;
    others: readonly Managed[];
    versions: Versions;
  },
): JsonObject {
  const { own } = versions;
  const version = versions.find(last.apiVersion);
  const nothingLess = version === own &&
    isEmptySet(difference(last.fields, claimed));
  if (version === undefined || nothingLess) return merged;
  const converted = version.from(merged);
  const { shape } = version;
  const wasApplied = withDeclaredFields(last.fields, shape);
  let pruned = removeFields(converted, wasApplied, shape);
  // In each version that somebody manages fields in, what they manage comes back.
  const owned = new Map([[own.apiVersion, claimed]]);
  for (const { apiVersion, fields } of others) {
    owned.set(apiVersion, union(owned.get(apiVersion) ?? NO_FIELDS, fields));
  }
  for (const [apiVersion, fields] of owned) {
    const target = versions.find(apiVersion)!;
    const as = (object: JsonObject) =>
      target === version ? object : target.from(version.to(object));
    const back = addBack(as(converted), as(pruned), {
      fields,
      shape: target.shape,
    });
    pruned = target === version ? back : version.from(target.to(back));
  }
  const gone = difference(
    declaredFieldsOf(converted, shape),
    declaredFieldsOf(pruned, shape),
  );
  return version.to(
    removeFields(converted, intersection(gone, wasApplied), shape),
  );
}

/** The pruned object with those fields of the merged one that are managed. */
function addBack(
  merged: JsonObject,
  pruned: JsonObject,
  { fields, shape }: { fields: FieldSet; shape: Shape },
): JsonObject {
  const kept = union(
    declaredFieldsOf(pruned, shape),
    withDeclaredFields(fields, shape),
  );
  const gone = difference(declaredFieldsOf(merged, shape), kept);
  return removeFields(merged, gone, shape);
}

function declaredFieldsOf(object: JsonObject, shape: Shape): FieldSet {
  return withDeclaredFields(fieldsOf(object, shape), shape);
}
