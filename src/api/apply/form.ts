/**
 * What a value is, seen through its shape: one whole, or parts that are merged and owned each for itself.
 *
 * @module
 */
import { ANY, type ListShape, type Shape } from "../shape.ts";
import { itemElement, itemElementOf } from "./path_element.ts";

/** How a value is taken: as one, by its fields, or by its items. */
export type Form = "whole" | "map" | "list";

/** How to take a value. */
export function formOf(value: unknown, shape: Shape): Form {
  if (typeof value !== "object" || value === null) return "whole";
  if (Array.isArray(value)) {
    return shape.type === "list" && shape.list !== "atomic" ? "list" : "whole";
  }
  switch (shape.type) {
    case "object":
    case "map":
      return shape.atomic ? "whole" : "map";
    case "any":
      return "map";
    default:
      return "whole";
  }
}

/** The shape of what is below a key. */
export function shapeBelow(shape: Shape, key: string): Shape {
  switch (shape.type) {
    case "object":
      return shape.field(key) ?? ANY;
    case "map":
      return shape.value;
    default:
      return ANY;
  }
}

/** Whether a key is a field that the type declares (and no key of a map). */
export function isDeclared(shape: Shape, key: string): boolean {
  return shape.type === "object" && shape.field(key) !== undefined;
}

/** The items of a list by their elements, in the order of the list; items that cannot be told from others are left out. */
export function itemsOf(
  list: readonly unknown[],
  shape: ListShape,
): Map<string, unknown[]> {
  const items = new Map<string, unknown[]>();
  for (const item of list) {
    const element = itemElementOf(item, shape);
    if (element === undefined) continue;
    const same = items.get(element);
    if (same === undefined) items.set(element, [item]);
    else same.push(item);
  }
  return items;
}

/** The elements of a list's items, one for each. @throws {ItemError} when one cannot be told from others */
export function elementsOf(
  list: readonly unknown[],
  shape: ListShape,
): string[] {
  return list.map((item) => itemElement(item, shape));
}
