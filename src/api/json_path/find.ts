/**
 * Finds values by a JSON path.
 *
 * @module
 */
import type { Operand, Step } from "./parse.ts";

/** All values at a path, in the order of the document; what is not there is left out. */
export function findAll(root: unknown, path: readonly Step[]): unknown[] {
  let found: unknown[] = [root];
  for (const step of path) found = found.flatMap((value) => take(value, step));
  return found;
}

function take(value: unknown, step: Step): unknown[] {
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
        ...childrenOf(value).flatMap((child) => take(child, step)),
      ];
    case "union":
      return step.steps.flatMap((one) => take(value, one));
    case "slice":
      return Array.isArray(value) ? slice(value, step) : [];
    case "filter":
      return (Array.isArray(value) ? value : []).filter((item) =>
        holds(item, step)
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
): boolean {
  const lefts = valuesOf(item, left);
  if (operator === "exists") return lefts.length > 0;
  const [a] = lefts;
  const [b] = valuesOf(item, right!);
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

function valuesOf(item: unknown, operand: Operand): unknown[] {
  return "path" in operand ? findAll(item, operand.path) : [operand.value];
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
