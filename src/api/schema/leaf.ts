/**
 * Decoders of the types without parts: strings, numbers, and strings with a form.
 *
 * @module
 */
import { canonicalQuantity, QuantityError } from "../quantity.ts";
import { formatMicroTime, formatTime, parseTime } from "../time.ts";
import type { Compiled, Decoder, Run } from "./decode.ts";
import type { Facts } from "./words.ts";

function found(value: unknown): string {
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "array";
  return typeof value;
}

function wrong(run: Run, what: string, go: string): undefined {
  run.bad = true;
  run.error ??=
    `json: cannot unmarshal ${what} into Go struct field ${run.struct}.${
      run.stack.join(".")
    } of type ${go}`;
  return undefined;
}

function fails(run: Run, message: string): undefined {
  run.bad = true;
  run.error ??= message;
  return undefined;
}

function strings(go: string): Compiled {
  return {
    decode: (value, run) =>
      typeof value === "string" ? value : wrong(run, found(value), go),
    zero: () => "",
    isZero: (value) => value === "",
    go,
  };
}

const booleans: Compiled = {
  decode: (value, run) =>
    typeof value === "boolean" ? value : wrong(run, found(value), "bool"),
  zero: () => false,
  isZero: (value) => value === false,
  go: "bool",
};

const BOUND32 = 2 ** 31;
const BOUND64 = 2 ** 63;

function numbers(go: "int32" | "int64" | "float64"): Compiled {
  const bound = go === "int32" ? BOUND32 : BOUND64;
  return {
    decode: (value, run) => {
      if (typeof value !== "number") return wrong(run, found(value), go);
      if (go === "float64") return value;
      if (Number.isInteger(value) && value >= -bound && value < bound) {
        return value;
      }
      return wrong(run, `number ${value}`, go);
    },
    zero: () => 0,
    isZero: (value) => value === 0,
    go,
  };
}

function form(
  go: string,
  rest: { decode: Decoder; zero: unknown },
): Compiled {
  return {
    decode: rest.decode,
    zero: () => rest.zero,
    isZero: (value) => value === rest.zero || value === undefined,
    go,
  };
}

const quantities = form("resource.Quantity", {
  zero: "0",
  decode: (value, run) => {
    if (typeof value !== "string" && typeof value !== "number") {
      return fails(
        run,
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
    }
    try {
      return canonicalQuantity(value);
    } catch (error) {
      if (error instanceof QuantityError) return fails(run, error.message);
      throw error;
    }
  },
});

function times(go: string, write: (ms: number, source: string) => string) {
  return form(go, {
    zero: null,
    decode: (value, run) => {
      if (typeof value !== "string") {
        return fails(
          run,
          `json: cannot unmarshal ${found(value)} into Go value of type string`,
        );
      }
      const parsed = parseTime(value);
      return typeof parsed === "string"
        ? fails(run, parsed)
        : write(parsed.ms, value);
    },
  });
}

const intOrStrings = form("intstr.IntOrString", {
  zero: 0,
  decode: (value, run) => {
    if (typeof value === "string") return value;
    if (
      typeof value === "number" && Number.isInteger(value) &&
      Math.abs(value) <= BOUND32
    ) return value;
    const what = typeof value === "number" ? `number ${value}` : found(value);
    return fails(
      run,
      `json: cannot unmarshal ${what} into Go value of type int32`,
    );
  },
});

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

const byteStrings = form("[]uint8", {
  zero: "",
  decode: (value, run) => {
    if (typeof value !== "string") return wrong(run, found(value), "[]uint8");
    const text = value.replace(/[\r\n]/g, "");
    if (text.length % 4 === 0 && BASE64.test(text)) return text;
    return fails(run, `illegal base64 data at input byte ${badByte(text)}`);
  },
});

function badByte(text: string): number {
  const body = text.replace(/=+$/, "");
  const at = body.search(/[^A-Za-z0-9+/]/);
  return at >= 0 ? at : Math.floor(text.length / 4) * 4;
}

const anything = form("runtime.RawExtension", {
  zero: null,
  decode: (value) => value,
});

const anyObjects = form("v1.FieldsV1", {
  zero: null,
  decode: (value, run) =>
    typeof value === "object" && !Array.isArray(value)
      ? value
      : wrong(run, found(value), "v1.FieldsV1"),
});

/** The decoder of a type that has no parts; `undefined` for objects, lists and maps. */
export function leafDecoder(facts: Facts): Compiled | undefined {
  switch (facts.format) {
    case "quantity":
      return quantities;
    case "time":
      return times("v1.Time", formatTime);
    case "micro-time":
      return times("v1.MicroTime", formatMicroTime);
    case "int-or-string":
      return intOrStrings;
    case "bytes":
      return byteStrings;
    case "any":
      return anything;
    case "any-object":
      return anyObjects;
  }
  switch (facts.go) {
    case "bool":
      return booleans;
    case "int32":
    case "int64":
    case "float64":
      return numbers(facts.go);
  }
  if (facts.leaf === true && facts.go !== undefined) return strings(facts.go);
  return undefined;
}
