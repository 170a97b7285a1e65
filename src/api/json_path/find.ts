/**
 * Finds values by a JSON path.
 *
 * @module
 */
import type { Operand, Step } from "./parse.ts";

/** So many values are looked at; `..` after `..` finds the same ones again and again. */
const MAX_LOOKS = 100_000;

/** All values at a path, in the order of the document; what is not there is left out. A path that leads to too many finds nothing. */
export function findAll(root: unknown, path: readonly Step[]): unknown[] {
  return follow(root, path, { left: MAX_LOOKS });
}

/** How many values may still be looked at. */
interface Looks {
  left: number;
}

function follow(
  root: unknown,
  path: readonly Step[],
  looks: Looks,
): unknown[] {
  let found: unknown[] = [root];
  for (const step of path) {
    found = found.flatMap((value) => take(value, step, looks));
  }
  return looks.left < 0 ? [] : found;
}

function take(value: unknown, step: Step, looks: Looks): unknown[] {
  if (--looks.left < 0) return [];
  switch (step.type) {
    case "field":
      if (step.name === "") return [value];
      return isObject(value) && Object.hasOwn(value, step.name)
        ? [value[step.name]]
        : [];
    case "all":
      return childrenOf(value);
    case "recursive":
      return [
        value,
        ...childrenOf(value).flatMap((child) => take(child, step, looks)),
      ];
    case "union":
      return step.steps.flatMap((one) => take(value, one, looks));
    case "slice":
      return Array.isArray(value) ? slice(value, step) : [];
    case "filter":
      return (Array.isArray(value) ? value : []).filter((item) =>
        holds(item, step, looks)
      );
  }
}

function slice(
  list: readonly unknown[],
  { start, end, step, single }: Extract<Step, { type: "slice" }>,
): unknown[] {
  const place = (index: number) => index < 0 ? index + list.length : index;
  const from = place(start ?? 0);
  if (single) return from >= 0 && from < list.length ? [list[from]] : [];
  const to = Math.min(
    end === undefined ? list.length : place(end),
    list.length,
  );
  const found: unknown[] = [];
  if (step <= 0) return found;
  for (let at = Math.max(from, 0); at < to; at += step) found.push(list[at]);
  return found;
}

function holds(
  item: unknown,
  { left, operator, right }: Extract<Step, { type: "filter" }>,
  looks: Looks,
): boolean {
  const lefts = valuesOf(item, left, looks);
  if (operator === "exists") return lefts.length > 0;
  const [a] = lefts;
  const [b] = valuesOf(item, right!, looks);
  if (lefts.length === 0 || b === undefined) return false;
  switch (operator) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
  }
  if (
    typeof a !== typeof b || (typeof a !== "number" && typeof a !== "string")
  ) {
    return false;
  }
  const [x, y] = [a, b as typeof a];
  switch (operator) {
    case "<":
      return x < y;
    case "<=":
      return x <= y;
    case ">":
      return x > y;
    case ">=":
      return x >= y;
  }
}

function valuesOf(item: unknown, operand: Operand, looks: Looks): unknown[] {
  return "path" in operand
    ? follow(item, operand.path, looks)
    : [operand.value];
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
