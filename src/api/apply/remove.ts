/**
 * Takes fields out of an object.
 *
 * @module
 */
import { type JsonObject, withProperty } from "../patch/json_value.ts";
import type { ListShape, Shape } from "../shape.ts";
import {
  type FieldSet,
  isEmptySet,
  isMember,
  LEAF,
  SELF,
} from "./field_set.ts";
import { formOf, isDeclared, shapeBelow } from "./form.ts";
import { fieldElement, itemElementOf } from "./path_element.ts";

/** The object without the fields of a set, each with all that is below it. Containers stay when they become empty. */
export function removeFields(
  object: JsonObject,
  fields: FieldSet,
  shape: Shape,
): JsonObject {
  return isEmptySet(fields)
    ? object
    : remaining(object, fields, shape) as JsonObject;
}

function remaining(value: unknown, fields: FieldSet, shape: Shape): unknown {
  switch (formOf(value, shape)) {
    case "map":
      return remainingKeys(value as JsonObject, fields, shape);
    case "list":
      return remainingItems(value as unknown[], fields, shape as ListShape);
    default:
      return emptied(value);
  }
}

/** A whole of which parts are to go, because it was none when they were written down. */
function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  return typeof value === "object" && value !== null ? {} : value;
}

function remainingKeys(
  value: JsonObject,
  fields: FieldSet,
  shape: Shape,
): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const below = fields[fieldElement(key)];
    if (below !== undefined && isMember(below)) continue;
    withProperty(
      result,
      key,
      below === undefined
        ? value[key]
        : remaining(value[key], below, shapeBelow(shape, key)),
    );
  }
  return result;
}

function remainingItems(
  list: readonly unknown[],
  fields: FieldSet,
  shape: ListShape,
): unknown[] {
  const result: unknown[] = [];
  for (const item of list) {
    const below = fields[itemElementOf(item, shape) ?? ""];
    if (below === undefined) result.push(item);
    else if (!isMember(below)) result.push(remaining(item, below, shape.item));
  }
  return result;
}

/**
 * The set with every declared field in it of which a part is: an object whose parts all go goes with them. Keys of maps and items of lists are only in
 * it when they were.
 */
export function withDeclaredFields(set: FieldSet, shape: Shape): FieldSet {
  const all: Record<string, FieldSet> = {};
  for (const element in set) {
    const below = set[element]!;
    if (element === SELF || isEmptySet(below)) {
      all[element] = below;
      continue;
    }
    const name = element.startsWith("f:") ? element.slice(2) : undefined;
    const inner = withDeclaredFields(
      below,
      name === undefined
        ? (shape.type === "list" ? shape.item : shape)
        : shapeBelow(shape, name),
    );
    const declared = name !== undefined && isDeclared(shape, name);
    all[element] = declared ? { [SELF]: LEAF, ...inner } : inner;
  }
  return all;
}
