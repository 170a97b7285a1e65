/**
 * Turns the zod type of a kind into a decoder that behaves as kube-apiserver's: unknown fields are named and dropped, `null` is absent, zero values of
 * optional fields are left out, and a wrong type is told in the words of Go's `encoding/json`.
 *
 * zod's own parser says neither of these; so its definitions are walked once and compiled into closures (about 10 µs for a Pod).
 *
 * @module
 */
import type * as z from "zod/mini";
import { leafDecoder } from "./leaf.ts";
import { type Facts, factsOf, type Field } from "./words.ts";

/**
 * What a decoding run knows: where it is, and what it found. A first run only finds out whether all is well, which it nearly always is; only when it
 * is not does a second one keep track of where it is.
 */
export interface Run {
  /** Whether paths are kept. */
  readonly tracking: boolean;
  /** Whether there are unknown fields or wrong types. */
  bad: boolean;
  /** JSON path so far: field names and list indexes. */
  readonly path: (string | number)[];
  /** Names of the fields so far, without indexes and map keys: Go's "field stack". */
  readonly stack: string[];
  /** Name of the Go struct that the current field belongs to. */
  struct: string;
  /** Texts about unknown fields. */
  readonly unknown: string[];
  /** The first type error. */
  error: string | undefined;
}

/** Decodes one value that is neither `undefined` nor `null`. */
export type Decoder = (value: unknown, run: Run) => unknown;

/** A compiled type. */
export interface Compiled {
  /** Decodes a value. */
  readonly decode: Decoder;
  /** A fresh zero value. */
  zero(): unknown;
  /** Whether a decoded value is zero, so that `optional` leaves it out. */
  isZero(value: unknown): boolean;
  /** The name in Go. */
  readonly go: string;
}

interface CompiledField {
  readonly name: string;
  readonly type: Compiled;
  readonly presence: "always" | "optional" | "pointer";
}

type AnyDef = {
  readonly type: string;
  readonly shape?: Record<string, Field<unknown>>;
  readonly element?: Field<unknown>;
  readonly valueType?: Field<unknown>;
  readonly innerType?: Field<unknown>;
  readonly getter?: () => Field<unknown>;
};

/** The zod type behind a field. */
export function zodOf(field: Field<unknown>): z.core.$ZodType {
  return field as z.core.$ZodType;
}

/** zod's definition of a type. */
export function definitionOf(field: Field<unknown>): AnyDef {
  return zodOf(field)._zod.def as unknown as AnyDef;
}

/** Follows `lazy` to the type itself. */
export function unwrap(field: Field<unknown>): Field<unknown> {
  let at = field;
  for (
    let def = definitionOf(at);
    def.type === "lazy";
    def = definitionOf(at)
  ) {
    at = def.getter!();
  }
  return at;
}

/** How Go's decoder names a JSON value. */
export function jsonTypeOf(value: unknown): string {
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "array";
  return typeof value;
}

/** Notes a type error; only the first one counts. */
export function mismatch(run: Run, found: string, go: string): undefined {
  run.bad = true;
  run.error ??= run.stack.length === 0
    ? `json: cannot unmarshal ${found} into Go value of type ${go}`
    : `json: cannot unmarshal ${found} into Go struct field ${run.struct}.${
      run.stack.join(".")
    } of type ${go}`;
  return undefined;
}

/** The path of an unknown field as Kubernetes writes it: `spec.containers[0].foo`. */
function pathText(path: readonly (string | number)[], last: string): string {
  let text = "";
  for (const step of [...path, last]) {
    text += typeof step === "number"
      ? `[${step}]`
      : text === ""
      ? step
      : `.${step}`;
  }
  return text;
}

const compiled = new WeakMap<Field<unknown>, Compiled>();

/** The decoder of a type; made once. */
export function compile(field: Field<unknown>): Compiled {
  const known = compiled.get(field);
  if (known !== undefined) return known;
  const made = build(field);
  compiled.set(field, made);
  return made;
}

function build(field: Field<unknown>): Compiled {
  const facts = factsOf(field);
  const leaf = leafDecoder(facts);
  if (leaf !== undefined) return leaf;
  const inner = unwrap(field);
  if (facts.or !== undefined) return eitherOf(inner, facts);
  const def = definitionOf(inner);
  switch (def.type) {
    case "object":
      return objectOf(def.shape!, facts);
    case "array":
      return listOf(def.element!);
    case "record":
      return mapOf(def.valueType!, facts);
    case "optional":
      return compile(def.innerType!);
    default:
      return compile(inner);
  }
}

/** An object, or what may stand in its place. */
function eitherOf(inner: Field<unknown>, facts: Facts): Compiled {
  const { or, ...own } = facts;
  let type: Compiled | undefined;
  let several: Compiled | undefined;
  const of = () => type ??= objectOf(definitionOf(inner).shape!, own);
  return {
    decode: (value, run) => {
      if (or === "bool" && typeof value === "boolean") return value;
      if (or === "list" && Array.isArray(value)) {
        return (several ??= listOf(inner)).decode(value, run);
      }
      return of().decode(value, run);
    },
    zero: () => of().zero(),
    isZero: () => false,
    get go() {
      return of().go;
    },
  };
}

function objectOf(
  shape: Record<string, Field<unknown>>,
  facts: Facts,
): Compiled {
  const go = facts.go ?? "struct";
  const struct = go.slice(go.indexOf(".") + 1);
  let fields: readonly CompiledField[] | undefined;
  const decode: Decoder = (value, run) => {
    if (typeof value !== "object" || Array.isArray(value)) {
      return mismatch(run, jsonTypeOf(value), go);
    }
    fields ??= fieldsOf(shape);
    const source = value as Record<string, unknown>;
    const result: Record<string, unknown> = {};
    const outer = run.struct;
    run.struct = struct;
    let seen = 0;
    for (const { name, type, presence } of fields) {
      const raw = source[name];
      if (raw === undefined || raw === null) {
        if (raw === null) seen++;
        if (presence === "always") result[name] = type.zero();
        continue;
      }
      seen++;
      if (run.tracking) {
        run.path.push(name);
        run.stack.push(name);
      }
      const decoded = type.decode(raw, run);
      if (run.tracking) {
        run.stack.pop();
        run.path.pop();
      }
      if (presence === "optional" && type.isZero(decoded)) continue;
      result[name] = decoded;
    }
    if (Object.keys(source).length !== seen) {
      run.bad = true;
      if (run.tracking) nameUnknown(source, { fields, run });
    }
    run.struct = outer;
    return result;
  };
  return {
    decode,
    zero: () => {
      fields ??= fieldsOf(shape);
      const result: Record<string, unknown> = {};
      for (const { name, type, presence } of fields) {
        if (presence === "always") result[name] = type.zero();
      }
      return result;
    },
    isZero: () => false,
    go,
  };
}

function fieldsOf(
  shape: Record<string, Field<unknown>>,
): readonly CompiledField[] {
  return Object.entries(shape).map(([name, field]) => {
    const optional = definitionOf(field).type === "optional";
    return {
      name,
      type: compile(field),
      presence: !optional
        ? "always"
        : factsOf(field).pointer === true
        ? "pointer"
        : "optional",
    };
  });
}

function nameUnknown(
  source: Record<string, unknown>,
  { fields, run }: { fields: readonly CompiledField[]; run: Run },
): void {
  const known = new Set(fields.map((f) => f.name));
  for (const [name, value] of Object.entries(source)) {
    if (known.has(name) || value === undefined) continue;
    run.unknown.push(`unknown field "${pathText(run.path, name)}"`);
  }
}

function listOf(element: Field<unknown>): Compiled {
  let item: Compiled | undefined;
  const of = () => item ??= compile(element);
  return {
    decode: (value, run) => {
      if (!Array.isArray(value)) {
        return mismatch(run, jsonTypeOf(value), `[]${of().go}`);
      }
      const type = of();
      const result = new Array<unknown>(value.length);
      for (let i = 0; i < value.length; i++) {
        const raw: unknown = value[i];
        if (raw === null || raw === undefined) {
          result[i] = type.zero();
          continue;
        }
        if (run.tracking) run.path.push(i);
        result[i] = type.decode(raw, run);
        if (run.tracking) run.path.pop();
      }
      return result;
    },
    zero: () => [],
    isZero: (value) => (value as unknown[] | undefined)?.length === 0,
    get go() {
      return `[]${of().go}`;
    },
  };
}

function mapOf(element: Field<unknown>, facts: Facts): Compiled {
  const item = compile(element);
  const go = facts.go ?? `map[string]${item.go}`;
  return {
    decode: (value, run) => {
      if (typeof value !== "object" || Array.isArray(value)) {
        return mismatch(run, jsonTypeOf(value), go);
      }
      const result: Record<string, unknown> = {};
      for (const [key, raw] of Object.entries(value as object)) {
        if (run.tracking) run.path.push(key);
        const decoded = raw === null || raw === undefined
          ? item.zero()
          : item.decode(raw, run);
        if (run.tracking) run.path.pop();
        put(result, key, decoded);
      }
      return result;
    },
    zero: () => ({}),
    isZero: (value) => {
      for (const _ in value as object) return false;
      return true;
    },
    go,
  };
}

/** Sets a property whatever its name: `__proto__` in a ConfigMap is data. */
function put(
  target: Record<string, unknown>,
  key: string,
  value: unknown,
): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else target[key] = value;
}
