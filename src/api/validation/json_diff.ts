/**
 * Tells how two JSON values differ, for people.
 *
 * @module
 */
import { isObject } from "../patch/json_value.ts";

function lines(
  before: unknown,
  after: unknown,
  path: string,
): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      lines(before[key], after[key], path === "" ? key : `${path}.${key}`)
    );
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }).flatMap((_, i) =>
      lines(before[i], after[i], `${path}[${i}]`)
    );
  }
  return [
    ...(before === undefined ? [] : [`- ${path}: ${JSON.stringify(before)}`]),
    ...(after === undefined ? [] : [`+ ${path}: ${JSON.stringify(after)}`]),
  ];
}

/** One line for each value that is gone (`-`) or new (`+`), with its path. */
export function jsonDiff(before: unknown, after: unknown): string {
  return lines(before, after, "").join("\n");
}
