/**
 * Checks values by a schema, in the words of Kubernetes' validator.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import {
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { correlated } from "./correlate.ts";
import { hasFormat, knownFormat } from "./format.ts";
import { itemsOf, type JSONSchemaProps, valuesOf } from "./json_schema.ts";
import { compilePattern, type Pattern } from "./pattern.ts";

/** How to validate. */
export interface ValidateOptions {
  /** Put before all fields: `status`. @default "" */
  readonly field?: string;
  /** The value before the change; what is as it was is not judged again. @default everything is */
  readonly previous?: unknown;
}

/** All findings about a value. */
export function validateValue(
  value: unknown,
  schema: JSONSchemaProps,
  options: ValidateOptions = {},
): FieldError[] {
  const validator = new Validator(options.field ?? "");
  return validator.check(value, {
    schema,
    path: "",
    ...("previous" in options ? { previous: options.previous } : {}),
  }).errors;
}

/** Findings, and how much was right: of several alternatives the one that fits best tells what is wrong. */
interface Result {
  readonly errors: FieldError[];
  matches: number;
}

/** What a value is checked by. */
interface Against {
  readonly schema: JSONSchemaProps;
  /** The value's place: `spec.items[0]`. */
  readonly path: string;
  /** Absent when there was none. */
  readonly previous?: unknown;
}

/** As Go prints it: with the keys in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
      .map(([key, one]) => [key, sorted(one)]),
  );
}

function newResult(): Result {
  return { errors: [], matches: 0 };
}

function merge(into: Result, from: Result): void {
  for (const error of from.errors) add(into, error);
  into.matches += from.matches;
}

/** So many findings are told of one object: each is compared with those before it. */
const MAX_FINDINGS = 500;

/** What has been said is not said again. */
function add({ errors }: Result, error: FieldError): void {
  if (errors.length >= MAX_FINDINGS) return;
  const known = errors.some(({ field, message }) =>
    field === error.field && message === error.message
  );
  if (!known) errors.push(error);
}

class Validator {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  check(value: unknown, against: Against): Result {
    const result = newResult();
    const { schema, path, previous } = against;
    if (previous !== undefined && sameJson(value, previous)) return result;
    if (value === null) {
      this.#type(value, against, result);
      this.#enum(value, against, result);
      return result;
    }
    if (typesOf(schema).length > 0 || knownFormat(schema) !== "") {
      this.#type(value, against, result);
      result.matches++;
    }
    this.#junctors(value, against, result);
    result.matches += 2;
    if (typeof value === "string") this.#string(value, against, result);
    else if (typeof value === "number") this.#number(value, against, result);
    else if (Array.isArray(value)) this.#list(value, against, result);
    this.#enum(value, against, result);
    if (isObject(value)) {
      this.#object(value, { schema, path, previous }, result);
      result.matches++;
    }
    result.matches += 2;
    return result;
  }

  /** The field that an error is about. */
  #field(path: string): string {
    const own = path.replace(/^\./, "");
    if (this.#base === "") return own;
    return own === "" ? this.#base : `${this.#base}.${own}`;
  }

  #invalid(path: string, value: unknown, text: string): FieldError {
    return invalidValue(
      this.#field(path),
      sorted(value),
      `${path} in body ${text}`,
    );
  }

  /** Kubernetes has no field for these. */
  #composite(text: string): FieldError {
    return invalidValue(this.#base === "" ? "<nil>" : this.#base, "", text);
  }

  #type(value: unknown, { schema, path }: Against, result: Result): void {
    const types = typesOf(schema);
    const format = knownFormat(schema);
    const wrong = (wanted: string, found: string) => {
      add(
        result,
        typeInvalid(
          this.#field(path),
          found,
          `${path} in body must be of type ${wanted}: ${JSON.stringify(found)}`,
        ),
      );
    };
    if (value === null) {
      if (types.length > 0 && schema.nullable !== true) {
        wrong(types.join(","), "null");
      } else result.matches++;
      return;
    }
    const found = typeOf(value);
    const fits = types.includes(found) ||
      (found === "integer" && types.includes("number"));
    const text = typeof value === "string" || Array.isArray(value);
    const numeric = types.includes("number") || types.includes("integer");
    if (!text && format !== "" && !fits) {
      return wrong(format, formatOf(value));
    }
    if (!(!numeric && format !== "" && text) && !fits) {
      return wrong(types.join(","), found);
    }
    result.matches++;
  }

  #enum(value: unknown, { schema, path }: Against, result: Result): void {
    const values = schema.enum ?? [];
    if (values.length === 0) return;
    // Kubernetes' validator does not take null for one of the values, even if it is.
    if (value !== null && values.some((one) => isListed(value, one))) return;
    add(
      result,
      notSupported(
        this.#field(path),
        sorted(value),
        values.map((one) =>
          typeof one === "string" ? one : JSON.stringify(one)
        ),
      ),
    );
  }

  #string(value: string, { schema, path }: Against, result: Result): void {
    const wrong = this.#stringRule(value, schema, path);
    if (wrong !== undefined) add(result, wrong);
    result.matches++;
    const format = knownFormat(schema);
    const numeric = schema.type === "integer" || schema.type === "number";
    if (format === "" || numeric) return;
    if (!hasFormat(value, format)) {
      add(
        result,
        typeInvalid(
          this.#field(path),
          value,
          `${path} in body must be of type ${format}: ${JSON.stringify(value)}`,
        ),
      );
    }
    result.matches++;
  }

  #stringRule(
    value: string,
    schema: JSONSchemaProps,
    path: string,
  ): FieldError | undefined {
    const { maxLength, minLength, pattern = "" } = schema;
    if (maxLength !== undefined && lengthOf(value) > maxLength) {
      return tooLong(this.#field(path), maxLength);
    }
    if (minLength !== undefined && lengthOf(value) < minLength) {
      return this.#invalid(
        path,
        value,
        `should be at least ${minLength} chars long`,
      );
    }
    if (pattern !== "" && !patternOf(schema).test(value)) {
      return this.#invalid(path, value, `should match '${pattern}'`);
    }
    return undefined;
  }

  #number(value: number, { schema, path }: Against, result: Result): void {
    const { minimum, maximum, multipleOf } = schema;
    const format = knownFormat(schema);
    if (schema.type === "integer" && outOfRange(value, format)) {
      add(
        result,
        this.#composite(
          `Checked value must be of type integer ${
            format === "" ? "(default format)" : `with format ${format}`
          } in ${path}`,
        ),
      );
    }
    if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
      add(
        result,
        this.#invalid(path, value, `should be a multiple of ${multipleOf}`),
      );
    }
    if (minimum !== undefined) {
      const exclusive = schema.exclusiveMinimum === true;
      if (value < minimum || (exclusive && value === minimum)) {
        const relation = exclusive
          ? "greater than"
          : "greater than or equal to";
        add(
          result,
          this.#invalid(path, value, `should be ${relation} ${minimum}`),
        );
      }
    }
    if (maximum !== undefined) {
      const exclusive = schema.exclusiveMaximum === true;
      if (value > maximum || (exclusive && value === maximum)) {
        const relation = exclusive ? "less than" : "less than or equal to";
        add(
          result,
          this.#invalid(path, value, `should be ${relation} ${maximum}`),
        );
      }
    }
    result.matches += 2;
  }

  #list(value: readonly unknown[], against: Against, result: Result): void {
    const { schema, path, previous } = against;
    const items = itemsOf(schema);
    if (items !== undefined) {
      const before = correlated(schema, value, previous);
      value.forEach((item, i) => {
        merge(
          result,
          this.check(item, {
            schema: items,
            path: `${path}[${i}]`,
            previous: before?.[i],
          }),
        );
      });
    }
    const { minItems, maxItems } = schema;
    if (minItems !== undefined && value.length < minItems) {
      add(
        result,
        this.#invalid(
          path,
          value.length,
          `should have at least ${minItems} items`,
        ),
      );
    }
    if (maxItems !== undefined && value.length > maxItems) {
      add(result, tooMany(this.#field(path), value.length, maxItems));
    }
    result.matches += 2;
  }

  #object(
    value: Record<string, unknown>,
    { schema, path, previous }: Against,
    result: Result,
  ): void {
    const { minProperties, maxProperties, properties = {} } = schema;
    const size = Object.keys(value).length;
    if (minProperties !== undefined && size < minProperties) {
      add(
        result,
        this.#invalid(
          path,
          size,
          `should have at least ${minProperties} properties`,
        ),
      );
    }
    if (maxProperties !== undefined && size > maxProperties) {
      add(result, tooMany(this.#field(path), size, maxProperties));
    }
    const before = isObject(previous) ? previous : undefined;
    const values = valuesOf(schema);
    for (const [key, one] of Object.entries(value)) {
      const known = Object.hasOwn(properties, key);
      if (!known && schema.additionalProperties === false) {
        add(
          result,
          invalidValue(
            this.#field(path),
            key,
            `${path}.${key} in body is a forbidden property`,
          ),
        );
        continue;
      }
      const part = known ? properties[key] : values;
      if (part === undefined) continue;
      const place = known && path === "" ? key : `${path}.${key}`;
      const old = before !== undefined && Object.hasOwn(before, key)
        ? before[key]
        : undefined;
      merge(
        result,
        this.check(one, { schema: part, path: place, previous: old }),
      );
    }
    for (const name of schema.required ?? []) {
      if (!Object.hasOwn(value, name)) {
        add(result, required(this.#field(`${path}.${name}`)));
      }
    }
  }

  /** `anyOf`, `oneOf`, `allOf`, `not`. */
  #junctors(value: unknown, against: Against, result: Result): void {
    const { schema, path } = against;
    const by = (part: JSONSchemaProps) =>
      this.check(value, { ...against, schema: part });
    const shown = JSON.stringify(path);
    if (schema.anyOf !== undefined && schema.anyOf.length > 0) {
      const tried = firstOrAll(schema.anyOf, by);
      const good = tried.find(isValid);
      if (good === undefined) {
        add(
          result,
          this.#composite(
            `${shown} must validate at least one schema (anyOf)`,
          ),
        );
      }
      merge(result, good ?? bestOf(tried));
    }
    if (schema.oneOf !== undefined && schema.oneOf.length > 0) {
      const tried = schema.oneOf.map(by);
      const good = tried.filter(isValid);
      if (good.length === 1) merge(result, good[0]!);
      else {
        const found = good.length === 0
          ? "Found none valid"
          : `Found ${good.length} valid alternatives`;
        add(
          result,
          this.#composite(
            `${shown} must validate one and only one schema (oneOf). ${found}`,
          ),
        );
        if (good.length === 0) merge(result, bestOf(tried));
      }
    }
    if (schema.allOf !== undefined && schema.allOf.length > 0) {
      const tried = schema.allOf.map(by);
      for (const one of tried) merge(result, one);
      const good = tried.filter(isValid).length;
      if (good !== tried.length) {
        add(
          result,
          this.#composite(
            `${shown} must validate all the schemas (allOf)${
              good === 0 ? ". None validated" : ""
            }`,
          ),
        );
      }
    }
    if (schema.not !== undefined && isValid(by(schema.not))) {
      add(
        result,
        this.#composite(`${shown} must not validate the schema (not)`),
      );
    }
  }
}

function isValid({ errors }: Result): boolean {
  return errors.length === 0;
}

/** Results up to the first that is right. */
function firstOrAll(
  schemas: readonly JSONSchemaProps[],
  by: (schema: JSONSchemaProps) => Result,
): Result[] {
  const tried: Result[] = [];
  for (const schema of schemas) {
    tried.push(by(schema));
    if (isValid(tried.at(-1)!)) break;
  }
  return tried;
}

function bestOf(tried: readonly Result[]): Result {
  return tried.reduce((best, one) => one.matches > best.matches ? one : best);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typesOf(schema: JSONSchemaProps): readonly string[] {
  if (schema["x-kubernetes-int-or-string"] === true) {
    return ["integer", "string"];
  }
  return schema.type === undefined || schema.type === "" ? [] : [schema.type];
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") {
    return Number.isInteger(value) ? "integer" : "number";
  }
  return typeof value;
}

/** What Kubernetes takes for the format of a value without one. */
function formatOf(value: unknown): string {
  if (typeof value !== "number") return "";
  return Number.isInteger(value) ? "int64" : "float64";
}

function lengthOf(text: string): number {
  return /[\ud800-\udfff]/.test(text) ? [...text].length : text.length;
}

/** Go compares a number with whole ones after it has cut it. */
function isListed(value: unknown, one: unknown): boolean {
  return sameJson(value, one) ||
    (typeof value === "number" && Number.isInteger(one) &&
      Math.trunc(value) === one);
}

const BOUNDS: Readonly<Record<string, number>> = { int32: 2 ** 31 };

function outOfRange(value: number, format: string): boolean {
  if (!Number.isInteger(value)) return true;
  const bound = BOUNDS[format] ?? 2 ** 63;
  return value < -bound || value >= bound;
}

function isMultiple(value: number, factor: number): boolean {
  if (Number.isInteger(value) && Number.isInteger(factor)) {
    return value % factor === 0;
  }
  const times = factor < 1 ? 1 / factor * value : value / factor;
  return Math.abs(times - Math.round(times)) <=
    1e-9 * Math.max(1, Math.abs(times));
}

const patterns = new WeakMap<JSONSchemaProps, Pattern>();

/** The compiled pattern of a schema; compiled once. */
function patternOf(schema: JSONSchemaProps): Pattern {
  let known = patterns.get(schema);
  if (known === undefined) {
    known = compilePattern(schema.pattern!);
    patterns.set(schema, known);
  }
  return known;
}
