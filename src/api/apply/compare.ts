/**
 * What changed from one object to another, as sets of fields.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import type { JsonObject } from "../patch/json_value.ts";
import type { ListShape, Shape } from "../shape.ts";
import { type FieldSet, isEmptySet, LEAF, NO_FIELDS } from "./field_set.ts";
import { allFieldsOf } from "./fields_of.ts";
import { type Form, formOf, itemsOf, shapeBelow } from "./form.ts";
import { fieldElement } from "./path_element.ts";

/** What changed. No field is in two of the sets. */
export interface Comparison {
  /** What only the second object has. */
  readonly added: FieldSet;
  /** What both have, with other values. */
  readonly modified: FieldSet;
  /** What only the first object has. */
  readonly removed: FieldSet;
}

/** The comparison of objects that are the same. */
export const NO_CHANGES: Comparison = {
  added: NO_FIELDS,
  modified: NO_FIELDS,
  removed: NO_FIELDS,
};

/** Whether nothing changed. */
export function isSame({ added, modified, removed }: Comparison): boolean {
  return isEmptySet(added) && isEmptySet(modified) && isEmptySet(removed);
}

/** Top-level fields and fields of the metadata that a comparison passes over. */
export interface Ignored {
  /** Whether a field at the top is one. */
  top(name: string): boolean;
  /** Below `metadata`. */
  readonly metadata: ReadonlySet<string>;
}

/** Compares two objects of one type. */
export function compareObjects(
  before: JsonObject,
  after: JsonObject,
  { shape, ignored }: { shape: Shape; ignored: Ignored },
): Comparison {
  const found = new Changes();
  for (const key of keysOf(before, after)) {
    if (ignored.top(key)) continue;
    const below = shapeBelow(shape, key);
    const l = before[key];
    const r = after[key];
    if (key !== "metadata") {
      found.compare(fieldElement(key), l, r, below);
      continue;
    }
    const inner = new Changes();
    const meta = [l ?? {}, r ?? {}] as [JsonObject, JsonObject];
    for (const name of keysOf(...meta)) {
      if (ignored.metadata.has(name)) continue;
      inner.compare(
        fieldElement(name),
        meta[0][name],
        meta[1][name],
        shapeBelow(below, name),
      );
    }
    found.take(fieldElement(key), inner);
  }
  return found;
}

function keysOf(a: JsonObject, b: JsonObject): string[] {
  const keys = Object.keys(a);
  for (const key in b) if (!(key in a)) keys.push(key);
  return keys;
}

type Sets = Record<string, FieldSet>;

/** What changed below one element; sets are made when there is something to put in. */
class Changes implements Comparison {
  #added: Sets | undefined;
  #modified: Sets | undefined;
  #removed: Sets | undefined;

  get added(): FieldSet {
    return this.#added ?? NO_FIELDS;
  }

  get modified(): FieldSet {
    return this.#modified ?? NO_FIELDS;
  }

  get removed(): FieldSet {
    return this.#removed ?? NO_FIELDS;
  }

  /** Takes over what changed below an element. */
  take(element: string, inner: Changes): void {
    if (inner.#added !== undefined) {
      (this.#added ??= {})[element] = inner.#added;
    }
    if (inner.#modified !== undefined) {
      (this.#modified ??= {})[element] = inner.#modified;
    }
    if (inner.#removed !== undefined) {
      (this.#removed ??= {})[element] = inner.#removed;
    }
  }

  compare(element: string, l: unknown, r: unknown, shape: Shape): void {
    if (l === r) return;
    if (l === undefined) {
      (this.#added ??= {})[element] = allFieldsOf(r, shape);
      return;
    }
    if (r === undefined) {
      (this.#removed ??= {})[element] = allFieldsOf(l, shape);
      return;
    }
    const before = formOf(l, shape);
    const after = formOf(r, shape);
    if (before === "whole" && after === "whole") {
      if (!sameJson(l, r)) (this.#modified ??= {})[element] = LEAF;
      return;
    }
    const inner = new Changes();
    if (before === after || isNothing(l, before) || isNothing(r, after)) {
      const form = before === "whole" ? after : before;
      if (form === "map") inner.#maps(mapOr(l), mapOr(r), shape);
      else inner.#lists(listOr(l), listOr(r), shape as ListShape);
      // `null` and an empty container differ, and have nothing below that could tell so.
      if (isSame(inner) && before !== after) {
        (this.#modified ??= {})[element] = LEAF;
      }
    } else {
      // A value of no known type that became another sort of value.
      inner.#reshaped(l, r, shape);
      if (isSame(inner)) (this.#modified ??= {})[element] = LEAF;
    }
    this.take(element, inner);
  }

  #maps(l: JsonObject, r: JsonObject, shape: Shape): void {
    for (const key in l) {
      const other = Object.hasOwn(r, key) ? r[key] : undefined;
      this.compare(fieldElement(key), l[key], other, shapeBelow(shape, key));
    }
    for (const key in r) {
      if (Object.hasOwn(l, key)) continue;
      this.compare(
        fieldElement(key),
        undefined,
        r[key],
        shapeBelow(shape, key),
      );
    }
  }

  #lists(
    l: readonly unknown[],
    r: readonly unknown[],
    shape: ListShape,
  ): void {
    const before = itemsOf(l, shape);
    const after = itemsOf(r, shape);
    for (const [element, items] of before) {
      this.#items(element, items, after.get(element) ?? [], shape.item);
    }
    for (const [element, items] of after) {
      if (!before.has(element)) this.#items(element, [], items, shape.item);
    }
  }

  /** Items of which there are several are one value, as nobody can tell them apart. */
  #items(
    element: string,
    l: readonly unknown[],
    r: readonly unknown[],
    shape: Shape,
  ): void {
    if (l.length <= 1 && r.length <= 1) {
      this.compare(element, l[0], r[0], shape);
    } else if (l.length > 1 && r.length > 1) {
      if (!sameJson(l, r)) (this.#modified ??= {})[element] = LEAF;
    } else if (l.length > 1) {
      if (r.length > 0) this.compare(element, undefined, r[0], shape);
      (this.#removed ??= {})[element] = LEAF;
    } else {
      if (l.length > 0) this.compare(element, l[0], undefined, shape);
      (this.#added ??= {})[element] = LEAF;
    }
  }

  #reshaped(l: unknown, r: unknown, shape: Shape): void {
    if (formOf(l, shape) === "map") this.#maps(mapOr(l), {}, shape);
    if (formOf(r, shape) === "map") this.#maps({}, mapOr(r), shape);
  }
}

/** Whether a value is `null` where a container could be. */
function isNothing(value: unknown, form: Form): boolean {
  return form === "whole" && value === null;
}

function mapOr(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : {};
}

function listOr(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
