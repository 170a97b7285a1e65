/**
 * Rules for an applied configuration: only fields that the type has, and items of lists that can be told apart.
 *
 * @module
 */
import { isObject } from "../patch/json_value.ts";
import type { ListShape, Shape } from "../shape.ts";
import { ANY } from "../shape.ts";
import { elementText, itemElement, ItemError } from "./path_element.ts";

/** What is wrong with a configuration, one text each, as kube-apiserver words it: `.spec.foo: field not declared in schema`. */
export function checkApplied(config: unknown, shape: Shape): string[] {
  const found: string[] = [];
  check(config, shape, { path: "", found });
  return found;
}

/** The texts as one. */
export function findingsText(found: readonly string[]): string {
  return found.length === 1
    ? found[0]!
    : ["errors:", ...found.map((text) => `  ${text}`)].join("\n");
}

interface Run {
  readonly path: string;
  readonly found: string[];
}

function check(value: unknown, shape: Shape, run: Run): void {
  if (value === null || value === undefined) return;
  switch (shape.type) {
    case "object":
    case "map":
      if (isObject(value)) checkKeys(value, shape, run);
      else note(run, `expected map, got ${goText(value)}`);
      return;
    case "list":
      if (Array.isArray(value)) checkItems(value, shape, run);
      else note(run, `expected list, got ${goText(value)}`);
      return;
    case "scalar":
      if (typeof value === "object") {
        note(run, `expected any scalar, got ${goText(value)}`);
      }
      return;
    case "any":
      return;
  }
}

function checkKeys(
  value: Record<string, unknown>,
  shape: Shape,
  { path, found }: Run,
): void {
  for (const [key, inner] of Object.entries(value)) {
    const below = shape.type === "object"
      ? shape.field(key)
      : shape.type === "map"
      ? shape.value
      : ANY;
    const at = { path: `${path}.${key}`, found };
    if (below === undefined) {
      // What comes after is not looked at.
      note(at, "field not declared in schema");
      return;
    }
    check(inner, below, at);
  }
}

function checkItems(
  list: readonly unknown[],
  shape: ListShape,
  run: Run,
): void {
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    let text = `[${index}]`;
    if (shape.list !== "atomic") {
      try {
        const element = itemElement(item, shape);
        text = elementText(element);
        if (seen.has(element)) note(run, `duplicate entries for key ${text}`);
        seen.add(element);
      } catch (error) {
        if (!(error instanceof ItemError)) throw error;
        note(run, `element ${index}: ${error.message}`);
        return;
      }
    }
    check(item, shape.item, { path: run.path + text, found: run.found });
  }
}

function note({ path, found }: Run, text: string): void {
  found.push(path === "" ? text : `${path}: ${text}`);
}

/** About how Go prints the value. */
function goText(value: unknown): string {
  if (typeof value === "string") return `&{${value}}`;
  return Array.isArray(value) || typeof value === "object"
    ? `&{${JSON.stringify(value)}}`
    : `&{${String(value)}}`;
}
