/**
 * Sets of fields, in the form in which `managedFields` holds them (`fieldsV1`): a tree of path elements.
 *
 * ```text
 *   f:name             a field                         {}                  the field itself is in the set
 *   k:{"name":"a"}     an item of a list map           { "f:x": … }        only what is below it
 *   v:"a"              an item of a set                { ".": {}, … }      both
 *   i:0                an item by its place
 * ```
 *
 * Sets are never changed in place; what two sets share stays shared.
 *
 * @module
 */

/** A set of fields, or what of one lies below a path element. The root itself is in no set, so that an empty root is an empty set. */
export interface FieldSet {
  /** What is below an element; `.` stands for the element itself. */
  readonly [element: string]: FieldSet;
}

/** A path: its elements, as a set names them. */
export type FieldPath = readonly string[];

/** Says that an element is itself in the set. */
export const SELF = ".";

/** An element that is in the set with nothing below. */
export const LEAF: FieldSet = Object.freeze({});

/** The set with nothing in it. */
export const NO_FIELDS: FieldSet = LEAF;

/** Whether a set is empty. */
export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether an element, of which this is the part of a set, is itself in the set. */
export function isMember(below: FieldSet): boolean {
  return SELF in below || isEmptySet(below);
}

/** The part of a set for an element; undefined when neither it nor anything below it is in the set. */
function part(
  member: boolean,
  below: Record<string, FieldSet>,
): FieldSet | undefined {
  if (!member) return isEmptySet(below) ? undefined : below;
  return isEmptySet(below) ? LEAF : { [SELF]: LEAF, ...below };
}

/** Everything that is in one of two sets. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a;
  if (isEmptySet(a)) return b;
  return unionBelow(a, b);
}

function unionBelow(a: FieldSet, b: FieldSet): Record<string, FieldSet> {
  const all: Record<string, FieldSet> = {};
  for (const element in a) {
    if (element === SELF) continue;
    const other = b[element];
    const own = a[element]!;
    all[element] = other === undefined || other === own
      ? own
      : part(isMember(own) || isMember(other), unionBelow(own, other))!;
  }
  for (const element in b) {
    if (element !== SELF && !(element in a)) all[element] = b[element]!;
  }
  return all;
}

/** What is in `a` and not in `b`; what is below an element of `b` stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  return differenceBelow(a, b);
}

function differenceBelow(a: FieldSet, b: FieldSet): Record<string, FieldSet> {
  const left: Record<string, FieldSet> = {};
  for (const element in a) {
    if (element === SELF) continue;
    const own = a[element]!;
    const other = b[element];
    const kept = other === undefined
      ? own
      : part(isMember(own) && !isMember(other), differenceBelow(own, other));
    if (kept !== undefined) left[element] = kept;
  }
  return left;
}

/** What is in `a` and neither in `b` nor below an element of `b`. */
export function without(a: FieldSet, b: FieldSet): FieldSet {
  const left: Record<string, FieldSet> = {};
  for (const element in a) {
    if (element === SELF) continue;
    const own = a[element]!;
    const other = b[element];
    if (other === undefined) left[element] = own;
    else if (!isMember(other)) {
      const kept = part(isMember(own), { ...without(own, other) });
      if (kept !== undefined) left[element] = kept;
    }
  }
  return left;
}

/** What is in both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const both: Record<string, FieldSet> = {};
  for (const element in a) {
    if (element === SELF) continue;
    const own = a[element]!;
    const other = b[element];
    if (other === undefined) continue;
    const kept = part(isMember(own) && isMember(other), {
      ...intersection(own, other),
    });
    if (kept !== undefined) both[element] = kept;
  }
  return both;
}

/** Whether two sets are the same, whatever the order of their elements. */
export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  let count = 0;
  for (const element in a) {
    const other = b[element];
    if (other === undefined || !sameSet(a[element]!, other)) return false;
    count++;
  }
  for (const _ in b) count--;
  return count === 0;
}

/** Whether a path is in the set. */
export function hasPath(set: FieldSet, path: FieldPath): boolean {
  let at = set;
  for (const element of path) {
    const next = at[element];
    if (next === undefined) return false;
    at = next;
  }
  return path.length > 0 && isMember(at);
}

/** The paths of a set: at each element what is in the set first, then what lies below, each in order. */
export function pathsOf(set: FieldSet): FieldPath[] {
  const paths: FieldPath[] = [];
  collect(set, [], paths);
  return paths;
}

function collect(set: FieldSet, at: FieldPath, paths: FieldPath[]): void {
  const elements = Object.keys(set).filter((element) => element !== SELF)
    .sort();
  for (const element of elements) {
    if (isMember(set[element]!)) paths.push([...at, element]);
  }
  for (const element of elements) {
    collect(set[element]!, [...at, element], paths);
  }
}

/** The set of some paths. */
export function setOf(paths: Iterable<FieldPath>): FieldSet {
  let set = NO_FIELDS;
  for (const path of paths) {
    let below: FieldSet = LEAF;
    for (const element of [...path].reverse()) below = { [element]: below };
    set = union(set, below);
  }
  return set;
}
