/**
 * Elements of paths: how a set writes them, and how people read them.
 *
 * @module
 */
import { isObject } from "../patch/json_value.ts";
import type { ListShape } from "../shape.ts";
import {
  type FieldPath,
  type FieldSet,
  isEmptySet,
  SELF,
} from "./field_set.ts";

/** The element of a field. */
export function fieldElement(name: string): string {
  return `f:${name}`;
}

/** Why an item of a list has no element. */
export class ItemError extends Error {
  override readonly name = "ItemError";
}

/** The element of an item of a set or list map. @throws {ItemError} when it cannot be told from others */
export function itemElement(item: unknown, list: ListShape): string {
  return list.list === "map" ? keysElement(item, list) : valueElement(item);
}

function valueElement(item: unknown): string {
  if (Array.isArray(item)) {
    throw new ItemError(
      "not supported: associative list with lists as elements",
    );
  }
  if (isObject(item)) {
    throw new ItemError(
      "associative list without keys has an element that's a map type",
    );
  }
  if (item === null) {
    throw new ItemError(
      "associative list without keys has an element that's an explicit null",
    );
  }
  return `v:${JSON.stringify(item)}`;
}

function keysElement(item: unknown, list: ListShape): string {
  if (item === null) {
    throw new ItemError(
      "associative list with keys may not have a null element",
    );
  }
  if (!isObject(item)) {
    throw new ItemError(
      "associative list with keys may not have non-map elements",
    );
  }
  let text = "";
  for (const { name, default: fallback } of list.keys) {
    const value = Object.hasOwn(item, name) ? item[name] : fallback;
    if (value === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${
      JSON.stringify(value)
    }`;
  }
  if (text === "") {
    const names = list.keys.map(({ name }) => JSON.stringify(name)).join(" ");
    throw new ItemError(
      `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
    );
  }
  return `k:{${text}}`;
}

/** The element of an item; undefined when it cannot be told from others. */
export function itemElementOf(
  item: unknown,
  list: ListShape,
): string | undefined {
  try {
    return itemElement(item, list);
  } catch (error) {
    if (error instanceof ItemError) return undefined;
    throw error;
  }
}

/** An element as error texts write it: `.spec`, `[name="a"]`, `[="x"]`, `[0]`. */
export function elementText(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${rest}`;
    case "v":
      return `[=${valueText(JSON.parse(rest))}]`;
    case "k":
      return `[${
        Object.entries(JSON.parse(rest)).map(([name, value]) =>
          `${name}=${valueText(value)}`
        ).join(",")
      }]`;
    default:
      return `[${rest}]`;
  }
}

function valueText(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** A path as error texts write it: `.spec.containers[name="a"].image`. */
export function pathText(path: FieldPath): string {
  return path.map(elementText).join("");
}

/** A set that a client sent, with its elements as we write them; undefined when it is none. Elements of unknown types are left out. */
export function readFieldSet(value: unknown): FieldSet | undefined {
  if (!isObject(value)) return undefined;
  const set: Record<string, FieldSet> = {};
  for (const [written, inner] of Object.entries(value)) {
    if (written === SELF) {
      set[SELF] = {};
      continue;
    }
    const element = readElement(written);
    if (element === undefined) return undefined;
    const below = readFieldSet(inner);
    if (below === undefined) return undefined;
    if (element !== "") set[element] = below;
  }
  // An element of which only unknown parts were below would look as if it were in the set itself.
  if (isEmptySet(set) && Object.keys(value).length > 0) return undefined;
  return set;
}

/** The element as we write it; "" for one of an unknown type, undefined for none at all. */
function readElement(written: string): string | undefined {
  if (written[1] !== ":") return undefined;
  const rest = written.slice(2);
  switch (written[0]) {
    case "f":
      return written;
    case "i":
      return /^-?[0-9]+$/.test(rest) ? written : undefined;
    case "v":
    case "k":
      try {
        const value: unknown = JSON.parse(rest);
        if (written[0] === "v") return `v:${JSON.stringify(value)}`;
        if (!isObject(value)) return undefined;
        const names = Object.keys(value).sort();
        return `k:${
          JSON.stringify(Object.fromEntries(names.map((n) => [n, value[n]])))
        }`;
      } catch {
        return undefined;
      }
    default:
      return "";
  }
}
