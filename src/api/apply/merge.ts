/**
 * Merges an applied configuration into an object. Nothing goes away by merging: what is no longer applied is pruned afterwards.
 *
 * @module
 */
import { type JsonObject, withProperty } from "../patch/json_value.ts";
import type { ListShape, Shape } from "../shape.ts";
import { elementsOf, formOf, shapeBelow } from "./form.ts";
import { itemElementOf } from "./path_element.ts";

/** The object with the configuration in it; both stay as they are. */
export function mergeApplied(
  live: JsonObject,
  applied: JsonObject,
  shape: Shape,
): JsonObject {
  return merged(live, applied, shape) as JsonObject;
}

function merged(live: unknown, applied: unknown, shape: Shape): unknown {
  if (applied === undefined) return live;
  if (live === undefined) return applied;
  const before = formOf(live, shape);
  const after = formOf(applied, shape);
  if (after === "whole") {
    // `null` takes away a value, but not what others have in a map or list of their own.
    const others = applied === null && before !== "whole" && !isEmpty(live);
    return others ? live : applied;
  }
  if (before !== after) return applied;
  return after === "map"
    ? mergedMaps(live as JsonObject, applied as JsonObject, shape)
    : mergedLists(live as unknown[], applied as unknown[], shape as ListShape);
}

function isEmpty(value: unknown): boolean {
  for (const _ in value as object) return false;
  return true;
}

function mergedMaps(
  live: JsonObject,
  applied: JsonObject,
  shape: Shape,
): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(live)) {
    const other = Object.hasOwn(applied, key) ? applied[key] : undefined;
    withProperty(result, key, merged(live[key], other, shapeBelow(shape, key)));
  }
  for (const key of Object.keys(applied)) {
    if (!Object.hasOwn(live, key)) withProperty(result, key, applied[key]);
  }
  return result;
}

/**
 * Merges items that both have. Items that only the object has stay where they are; the others come in the configuration's order, each as early as the
 * order of both allows.
 */
function mergedLists(
  live: readonly unknown[],
  applied: readonly unknown[],
  shape: ListShape,
): unknown[] {
  const left = live.map((item) => itemElementOf(item, shape) ?? "");
  const right = elementsOf(applied, shape);
  const leftItems = new Map<string, unknown>();
  left.forEach((element, i) =>
    // Of items that cannot be told apart none is merged.
    leftItems.set(element, leftItems.has(element) ? undefined : live[i])
  );
  const rightItems = new Map(right.map((element, i) => [element, applied[i]]));
  const shared = right.filter((element) => leftItems.has(element));
  let nextShared = shared.shift();
  const done = new Set<string>();
  const result: unknown[] = [];
  const emit = (element: string) => {
    done.add(element);
    result.push(
      merged(leftItems.get(element), rightItems.get(element), shape.item),
    );
  };
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const mine = left[l];
    if (mine !== undefined && r < right.length) {
      if (mine === right[r]) {
        emit(mine);
        l++;
        r++;
        nextShared = shared.shift();
        continue;
      }
      const later = rightItems.has(mine) && nextShared !== undefined &&
        nextShared !== mine;
      if (later) {
        l++;
        continue;
      }
    }
    if (mine !== undefined) {
      if (!rightItems.has(mine)) {
        result.push(live[l]);
        l++;
        continue;
      }
      if (done.has(mine)) l++;
    }
    if (r < right.length) {
      const theirs = right[r]!;
      emit(theirs);
      r++;
      if (nextShared === theirs) nextShared = shared.shift();
    }
  }
  return result;
}
