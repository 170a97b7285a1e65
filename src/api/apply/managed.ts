/**
 * Who manages which fields: what `metadata.managedFields` says, as entries that can be worked with.
 *
 * @module
 */
import type { ManagedFieldsEntry } from "../meta.ts";
import { type FieldSet, isEmptySet, sameSet, union } from "./field_set.ts";
import { readFieldSet } from "./path_element.ts";
import { reconciled } from "./reconcile.ts";
import type { Versions } from "./versions.ts";

/** How a manager set its fields. */
export type Operation = "Apply" | "Update";

/** Who sets fields, and how. */
export interface Manager {
  /** The name that the client gave, or what its user agent begins with. */
  readonly manager: string;
  readonly operation: Operation;
  /** The version that the fields' names are of. */
  readonly apiVersion: string;
  /** "" for the object itself. */
  readonly subresource: string;
}

/** A manager and its fields. */
export interface Managed extends Manager {
  readonly fields: FieldSet;
  /** When the manager last changed something, as RFC 3339. */
  readonly time?: string;
}

/** How many entries of updates are kept; older ones become one. */
export const MAX_UPDATE_MANAGERS = 10;

/** Who manages what has been merged when there were too many. */
export const ANCIENT_CHANGES = "ancient-changes";

/** Who manages what was there before anybody was written down. */
export const BEFORE_FIRST_APPLY = "before-first-apply";

/** Whether two managers share an entry. One that applies keeps its entry when it goes on to another version. */
export function isSameManager(a: Manager, b: Manager): boolean {
  return a.manager === b.manager && a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === "Apply" || a.apiVersion === b.apiVersion);
}

/** Entries that this server wrote. */
export function managedOf(
  entries: readonly ManagedFieldsEntry[] | undefined,
): Managed[] {
  return (entries ?? []).map((entry) => ({
    manager: entry.manager ?? "",
    operation: entry.operation as Operation,
    apiVersion: entry.apiVersion ?? "",
    subresource: entry.subresource ?? "",
    fields: (entry.fieldsV1 ?? {}) as FieldSet,
    ...(entry.time === undefined ? {} : { time: entry.time }),
  }));
}

/** Entries that a client sent; undefined when one of them makes no sense. */
export function readManaged(
  entries: readonly ManagedFieldsEntry[],
): Managed[] | undefined {
  const all: Managed[] = [];
  for (const entry of entries) {
    const { operation, apiVersion = "", fieldsType } = entry;
    if (operation !== "Apply" && operation !== "Update") return undefined;
    if (apiVersion === "" || fieldsType !== "FieldsV1") return undefined;
    const fields = readFieldSet(entry.fieldsV1 ?? {});
    if (fields === undefined) return undefined;
    const read = { ...managedOf([entry])[0]!, fields };
    // The last of several entries of one manager counts.
    const at = all.findIndex((other) => isSameManager(other, read));
    if (at < 0) all.push(read);
    else all[at] = read;
  }
  return all;
}

/** Whether a client asks to forget all managers: an empty list, or one with an empty entry. */
export function isReset(
  entries: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  if (entries === undefined) return false;
  if (entries.length === 0) return true;
  return entries.length === 1 && Object.keys(entries[0]!).length === 0;
}

/** The entries as an object has them: those that apply first, then by time; undefined for none. */
export function entriesOf(
  managed: readonly Managed[],
): ManagedFieldsEntry[] | undefined {
  if (managed.length === 0) return undefined;
  return [...managed].sort(byOperationAndTime).map((one) => ({
    manager: one.manager,
    operation: one.operation,
    apiVersion: one.apiVersion,
    ...(one.time === undefined ? {} : { time: one.time }),
    fieldsType: "FieldsV1",
    fieldsV1: one.fields,
    ...(one.subresource === "" ? {} : { subresource: one.subresource }),
  }));
}

function byOperationAndTime(a: Managed, b: Managed): number {
  return compareText(a.operation, b.operation) ||
    compareText(a.time ?? "", b.time ?? "") ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Merges the oldest entries of updates, version by version, until there are few enough. */
export function capped(managed: readonly Managed[]): readonly Managed[] {
  const updates = managed.filter(({ operation }) => operation === "Update");
  let over = updates.length - MAX_UPDATE_MANAGERS;
  if (over <= 0) return managed;
  updates.sort((a, b) =>
    compareText(a.time ?? "", b.time ?? "") ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion)
  );
  const kept = new Set(managed);
  const buckets = new Map<string, Managed>();
  for (const one of updates) {
    if (over <= 0) break;
    const oldest = buckets.get(one.apiVersion);
    if (oldest === undefined) {
      buckets.set(one.apiVersion, one);
      continue;
    }
    const { time: _, subresource: __, ...rest } = one;
    const bucket: Managed = {
      ...rest,
      manager: ANCIENT_CHANGES,
      subresource: "",
      fields: union(oldest.fields, one.fields),
      ...(one.time === undefined ? {} : { time: one.time }),
    };
    kept.delete(oldest);
    kept.delete(one);
    for (const other of kept) {
      if (isSameManager(other, bucket)) kept.delete(other);
    }
    kept.add(bucket);
    buckets.set(one.apiVersion, bucket);
    over--;
  }
  return [...kept];
}

/** Whether two lists of entries say the same but for the times. */
export function sameButTimes(
  a: readonly ManagedFieldsEntry[] | undefined,
  b: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  if (a === undefined || b === undefined || a.length !== b.length) {
    return a === b;
  }
  return a.every((one) =>
    b.some((other) =>
      one.manager === other.manager && one.operation === other.operation &&
      one.apiVersion === other.apiVersion &&
      one.subresource === other.subresource &&
      sameSet(
        (one.fieldsV1 ?? {}) as FieldSet,
        (other.fieldsV1 ?? {}) as FieldSet,
      )
    )
  );
}

/** Entries as the types of today have their fields. */
export function upToDate(
  managed: readonly Managed[],
  versions: Versions,
): readonly Managed[] {
  if (!versions.own.changes) return managed;
  return managed.map((one) => {
    const version = versions.find(one.apiVersion);
    return version === undefined
      ? one
      : { ...one, fields: reconciled(one.fields, version.shape) };
  });
}

/** Entries that still have a field. */
export function withFields(managed: readonly Managed[]): Managed[] {
  return managed.filter(({ fields }) => !isEmptySet(fields));
}
