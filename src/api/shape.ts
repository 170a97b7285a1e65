/**
 * How values are merged and owned: which parts of an object belong together, and which items of a list are the same. Made from the words of built-in
 * kinds here, and from the structural schemas of custom ones where those are read.
 *
 * Follows https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy.
 *
 * @module
 */
import { definitionOf, unwrap } from "./schema/decode.ts";
import type { Field } from "./schema/words.ts";
import { allFacts, bare } from "./schema/wrapped.ts";

/** How a value is merged and owned. */
export type Shape =
  | ScalarShape
  | AnyShape
  | ObjectShape
  | MapShape
  | ListShape;

/** A value without parts, whatever it is. */
export interface ScalarShape {
  /** Tells shapes apart. */
  readonly type: "scalar";
}

/** A value of no known type: objects are owned by the field, lists as a whole. */
export interface AnyShape {
  /** Tells shapes apart. */
  readonly type: "any";
}

/** An object with known fields. */
export interface ObjectShape {
  /** Tells shapes apart. */
  readonly type: "object";
  /** The shape of a field; undefined for one that the type does not have. */
  field(name: string): Shape | undefined;
  /** Owned as a whole. */
  readonly atomic: boolean;
}

/** An object with free keys. */
export interface MapShape {
  /** Tells shapes apart. */
  readonly type: "map";
  /** The shape of all values. */
  readonly value: Shape;
  /** Owned as a whole. */
  readonly atomic: boolean;
}

/** A list. */
export interface ListShape {
  /** Tells shapes apart. */
  readonly type: "list";
  /** The shape of all items. */
  readonly item: Shape;
  /** What an item is known by: its place in the whole, its value, or the values of its keys. */
  readonly list: "atomic" | "set" | "map";
  /** The keys of a `map`, in alphabetical order, as paths name them. */
  readonly keys: readonly ListKey[];
}

/** A field that items are known by. */
export interface ListKey {
  /** The field's name. */
  readonly name: string;
  /** What an item that lacks the field is taken to have; undefined: it must not lack it. */
  readonly default?: string | number | boolean;
}

/** The shape of a value without parts. */
export const SCALAR: ScalarShape = { type: "scalar" };

/** The shape of a value of no known type. */
export const ANY: AnyShape = { type: "any" };

/** The shape of a type that is made of words. Parts are made when first asked for, as types may refer to themselves. */
export function shapeOf(field: Field<unknown>): Shape {
  return made(field, new WeakMap());
}

type Known = WeakMap<Field<unknown>, Shape>;

function made(field: Field<unknown>, known: Known): Shape {
  const found = known.get(field);
  if (found !== undefined) return found;
  const shape = build(field, known);
  known.set(field, shape);
  return shape;
}

function build(field: Field<unknown>, known: Known): Shape {
  const facts = allFacts(field);
  if (facts.format === "any" || facts.format === "any-object") return ANY;
  if (facts.format !== undefined || facts.leaf === true) return SCALAR;
  const def = definitionOf(bare(field));
  const atomic = facts.atomic === true;
  switch (def.type) {
    case "object":
      return objectShape(def.shape!, { atomic, known });
    case "record":
      return {
        type: "map",
        atomic,
        get value() {
          return made(def.valueType!, known);
        },
      };
    case "array": {
      const list = facts.type ?? "atomic";
      const item = def.element!;
      return {
        type: "list",
        list,
        get item() {
          return made(item, known);
        },
        keys: list === "map" ? listKeys(item, facts.keys ?? []) : [],
      };
    }
    default:
      return SCALAR;
  }
}

function objectShape(
  fields: Record<string, Field<unknown>>,
  { atomic, known }: { atomic: boolean; known: Known },
): ObjectShape {
  return {
    type: "object",
    atomic,
    field: (name) =>
      Object.hasOwn(fields, name) ? made(fields[name]!, known) : undefined,
  };
}

function listKeys(
  item: Field<unknown>,
  names: readonly string[],
): readonly ListKey[] {
  const fields = definitionOf(bare(item)).shape ?? {};
  return [...names].sort().map((name) => {
    const value = Object.hasOwn(fields, name)
      ? keyDefault(fields[name]!)
      : undefined;
    return value === undefined ? { name } : { name, default: value };
  });
}

/** The published default, or the zero value of a field that is always written. */
function keyDefault(
  field: Field<unknown>,
): string | number | boolean | undefined {
  const { default: said } = allFacts(field);
  if (said !== undefined) return said;
  const def = definitionOf(unwrap(field));
  if (def.type === "optional") return undefined;
  return def.type === "string"
    ? ""
    : def.type === "number"
    ? 0
    : def.type === "boolean"
    ? false
    : undefined;
}
