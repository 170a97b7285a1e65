/**
 * The fields that a value has.
 *
 * @module
 */
import type { JsonObject } from "../patch/json_value.ts";
import type { ListShape, Shape } from "../shape.ts";
import {
  type FieldSet,
  isEmptySet,
  LEAF,
  NO_FIELDS,
  SELF,
} from "./field_set.ts";
import { formOf, isDeclared, itemsOf, shapeBelow } from "./form.ts";
import { fieldElement } from "./path_element.ts";

/** What an applied object claims: its leaves, the keys of its maps and the items of its lists. */
export function fieldsOf(object: JsonObject, shape: Shape): FieldSet {
  return claimed(object, shape) ?? NO_FIELDS;
}

function claimed(value: unknown, shape: Shape): FieldSet | undefined {
  switch (formOf(value, shape)) {
    case "whole":
      return LEAF;
    case "list":
      return claimedItems(value as unknown[], shape as ListShape);
    case "map":
      return claimedKeys(value as JsonObject, shape);
  }
}

function claimedKeys(value: JsonObject, shape: Shape): FieldSet | undefined {
  const set: Record<string, FieldSet> = {};
  let empty = true;
  for (const key in value) {
    const inner = value[key];
    if (inner === undefined) continue;
    empty = false;
    const below = claimed(inner, shapeBelow(shape, key));
    const declared = isDeclared(shape, key);
    if (declared && below === undefined) continue;
    set[fieldElement(key)] = declared ? below! : withSelf(below ?? LEAF);
  }
  // An object in which nothing is claimed is not itself claimed, unless it is empty.
  return empty ? LEAF : isEmptySet(set) ? undefined : set;
}

function claimedItems(
  list: readonly unknown[],
  shape: ListShape,
): FieldSet | undefined {
  if (list.length === 0) return undefined;
  const set: Record<string, FieldSet> = {};
  for (const [element, items] of itemsOf(list, shape)) {
    set[element] = items.length > 1
      ? LEAF
      : withSelf(claimed(items[0], shape.item) ?? LEAF);
  }
  return set;
}

function withSelf(below: FieldSet): FieldSet {
  return isEmptySet(below) ? LEAF : { [SELF]: LEAF, ...below };
}

/** All that comes or goes with a value: everything in it and every container around that. */
export function allFieldsOf(value: unknown, shape: Shape): FieldSet {
  const form = formOf(value, shape);
  if (form === "whole") return LEAF;
  let set: Record<string, FieldSet> | undefined;
  if (form === "map") {
    const map = value as JsonObject;
    for (const key in map) {
      const inner = map[key];
      if (inner === undefined) continue;
      set ??= { [SELF]: LEAF };
      set[fieldElement(key)] = allFieldsOf(inner, shapeBelow(shape, key));
    }
    return set ?? LEAF;
  }
  const list = shape as ListShape;
  for (const [element, items] of itemsOf(value as unknown[], list)) {
    set ??= { [SELF]: LEAF };
    set[element] = items.length > 1 ? LEAF : allFieldsOf(items[0], list.item);
  }
  return set ?? LEAF;
}
