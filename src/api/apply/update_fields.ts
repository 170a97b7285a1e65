/**
 * What an ordinary write does to the managers of fields: who changes a field manages it from now on, and nobody else does.
 *
 * @module
 */
import type { JsonObject } from "../patch/json_value.ts";
import { compareObjects, type Comparison, isSame } from "./compare.ts";
import {
  difference,
  type FieldSet,
  isEmptySet,
  NO_FIELDS,
  union,
} from "./field_set.ts";
import {
  capped,
  isSameManager,
  type Managed,
  type Manager,
  upToDate,
  withFields,
} from "./managed.ts";
import type { Versions } from "./versions.ts";

/** The objects before and after a write, both in the request's version. */
export interface Write {
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly versions: Versions;
}

/** Comparisons of a write, made once for each version; undefined for a version that is not served any more. */
export function comparisonsOf(
  { before, after, versions }: Write,
): (apiVersion: string) => Comparison | undefined {
  const known = new Map<string, Comparison | undefined>();
  return (apiVersion) => {
    if (known.has(apiVersion)) return known.get(apiVersion);
    const version = versions.find(apiVersion);
    const made = version &&
      compareObjects(version.from(before), version.from(after), version);
    known.set(apiVersion, made);
    return made;
  };
}

/** All that got another value. */
export function changedFields({ added, modified }: Comparison): FieldSet {
  return union(modified, added);
}

/** A manager without what is gone and what somebody else has changed; undefined when its version is not served any more. */
export function withoutChanges(
  managed: Managed,
  comparison: Comparison | undefined,
): Managed | undefined {
  if (comparison === undefined) return undefined;
  if (isSame(comparison)) return managed;
  const { fields } = managed;
  const left = difference(
    difference(fields, changedFields(comparison)),
    comparison.removed,
  );
  return { ...managed, fields: left };
}

/** The managers after a write. */
export function updateFields(
  managed: readonly Managed[],
  write: Write,
  { writer, time }: { writer: Manager; time: string },
): readonly Managed[] {
  const comparison = comparisonsOf(write);
  const own = comparison(writer.apiVersion)!;
  if (isSame(own)) return managed;
  const others: Managed[] = [];
  for (const one of upToDate(managed, write.versions)) {
    const left = withoutChanges(one, comparison(one.apiVersion));
    if (left !== undefined) others.push(left);
  }
  const changed = changedFields(own);
  if (isEmptySet(changed)) return withFields(others);
  const at = others.findIndex((one) => isSameManager(one, writer));
  const before = at < 0 ? NO_FIELDS : others[at]!.fields;
  const entry = { ...writer, fields: union(before, changed), time };
  if (at < 0) others.push(entry);
  else others[at] = entry;
  return capped(withFields(others));
}
