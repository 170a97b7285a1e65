/**
 * Brings sets of fields in line with a type that has changed since they were written: what has become one value is owned as one.
 *
 * The other way round nothing needs to be done: a field that was owned as one stays so until its owner applies it again.
 *
 * @module
 */
import type { Shape } from "../shape.ts";
import { type FieldSet, isEmptySet, LEAF, SELF } from "./field_set.ts";
import { shapeBelow } from "./form.ts";

/** The set as the shape has it now; the same one when nothing changed. */
export function reconciled(set: FieldSet, shape: Shape): FieldSet {
  let changed: Record<string, FieldSet> | undefined;
  for (const element in set) {
    if (element === SELF) continue;
    const below = set[element]!;
    const inner = reconciledPart(below, partShape(element, shape));
    if (inner !== below) (changed ??= { ...set })[element] = inner;
  }
  return changed ?? set;
}

function reconciledPart(below: FieldSet, shape: Shape | undefined): FieldSet {
  if (shape === undefined || isEmptySet(below)) return below;
  return isWhole(shape) ? LEAF : reconciled(below, shape);
}

/** The shape of an element; undefined where the type no longer has such a thing. */
function partShape(element: string, shape: Shape): Shape | undefined {
  if (!element.startsWith("f:")) {
    return shape.type === "list" ? shape.item : undefined;
  }
  const name = element.slice(2);
  return shape.type === "object"
    ? shape.field(name)
    : shape.type === "map"
    ? shapeBelow(shape, name)
    : undefined;
}

function isWhole(shape: Shape): boolean {
  switch (shape.type) {
    case "object":
    case "map":
      return shape.atomic;
    case "list":
      return shape.list === "atomic";
    default:
      return false;
  }
}
