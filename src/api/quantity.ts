/**
 * Kubernetes' quantities: exact decimal or binary amounts such as `500m`, `1.5Gi`, `12e6`.
 *
 * Amounts are whole nano-units in a bigint, so arithmetic is exact; finer amounts are rounded away from zero, as Kubernetes does.
 *
 * @module
 */
import type { Quantity } from "./schema/words.ts";

/** How an amount is written: with `Ki Mi …`, with `m k M …`, or with `e3`. */
export type QuantityFormat = "BinarySI" | "DecimalSI" | "DecimalExponent";

/** A parsed quantity. Immutable. */
export interface Amount {
  /** Billionths of the unit. */
  readonly nano: bigint;
  /** How it was written. */
  readonly format: QuantityFormat;
}

/** A string that is no quantity; its message is Kubernetes'. */
export class QuantityError extends Error {
  /** For tests by name, across realms. */
  override readonly name = "QuantityError";
}

const WRONG_FORMAT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX = "unable to parse quantity's suffix";
const WRONG_NUMBER = "unable to parse numeric part of quantity";

const NANO = 1_000_000_000n;
const MAX_BINARY = (2n ** 63n - 1n) * NANO;
/** Powers of ten beyond this are no amounts but attacks. */
const MAX_EXPONENT = 1000;

const DECIMAL: Readonly<Record<string, number>> = {
  "n": -9,
  "u": -6,
  "m": -3,
  "": 0,
  "k": 3,
  "M": 6,
  "G": 9,
  "T": 12,
  "P": 15,
  "E": 18,
};
const BINARY: Readonly<Record<string, bigint>> = {
  Ki: 10n,
  Mi: 20n,
  Gi: 30n,
  Ti: 40n,
  Pi: 50n,
  Ei: 60n,
};
const DECIMAL_NAMES = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY_NAMES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Digits of a suffix come after a letter or sign only, so that no digit fits in two places: else long texts would take quadratic time. */
const PARTS =
  /^([+-]?)([0-9]*)(?:(\.)([0-9]*))?((?:[eEinumkKMGTP]+[-+]?|[-+])[0-9]*)?$/;
/** Texts that are canonical at first sight: the common case by far. */
const SURELY_CANONICAL = /^(?:0|[1-9][0-9]{0,2}(?:[numkMGTPE]|[KMGTPE]i)?)$/;

function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  if (quotient * by === value) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

interface Parts {
  readonly sign: string;
  readonly whole: string;
  readonly fraction: string;
  readonly suffix: string;
}

function split(text: string): Parts {
  const match = PARTS.exec(text);
  if (match === null || text === "") throw new QuantityError(WRONG_FORMAT);
  const [, sign = "", whole = "", , fraction = "", suffix = ""] = match;
  return { sign, whole: whole.replace(/^0+/, ""), fraction, suffix };
}

/**
 * Parses a quantity.
 *
 * @throws {QuantityError} when the text is none
 */
export function parseQuantity(text: Quantity): Amount {
  const { sign, whole, fraction, suffix } = split(text);
  const digits = BigInt(`0${whole}${fraction}`);
  const places = fraction.length;
  if (places > MAX_EXPONENT || whole.length > MAX_EXPONENT) {
    throw new QuantityError(WRONG_NUMBER);
  }
  const signed = sign === "-" ? -digits : digits;

  const shift = BINARY[suffix];
  if (shift !== undefined) {
    let nano = divideUp((signed * NANO) << shift, 10n ** BigInt(places));
    const size = nano < 0n ? -nano : nano;
    if (size > MAX_BINARY) nano = nano < 0n ? -MAX_BINARY : MAX_BINARY;
    const small = size > 0n && size < NANO;
    return { nano, format: small ? "DecimalSI" : "BinarySI" };
  }
  let exponent = DECIMAL[suffix];
  let format: QuantityFormat = "DecimalSI";
  if (exponent === undefined) {
    if (!/^[eE][-+]?[0-9]+$/.test(suffix)) {
      throw new QuantityError(WRONG_SUFFIX);
    }
    exponent = Number(suffix.slice(1));
    format = "DecimalExponent";
    if (Math.abs(exponent) > MAX_EXPONENT) {
      throw new QuantityError(WRONG_SUFFIX);
    }
  }
  const power = exponent + 9 - places;
  const nano = power >= 0
    ? signed * 10n ** BigInt(power)
    : divideUp(signed, 10n ** BigInt(-power));
  return { nano, format };
}

function decimalText(amount: Amount, format: QuantityFormat): string {
  let mantissa = amount.nano;
  let exponent = -9;
  while (mantissa % 10n === 0n) {
    mantissa /= 10n;
    exponent++;
  }
  while (exponent % 3 !== 0) {
    mantissa *= 10n;
    exponent--;
  }
  if (format === "DecimalExponent") {
    return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
  }
  while (exponent > 18) {
    mantissa *= 1000n;
    exponent -= 3;
  }
  return `${mantissa}${DECIMAL_NAMES[exponent / 3 + 3]}`;
}

/** The canonical text: no fraction, the largest suffix that keeps the value exact. */
export function formatQuantity(amount: Amount): Quantity {
  const { nano, format } = amount;
  if (nano === 0n) return "0";
  const whole = nano % NANO === 0n;
  const size = nano < 0n ? -nano : nano;
  if (format !== "BinarySI" || !whole || size < 1024n * NANO) {
    return decimalText(amount, format === "BinarySI" ? "DecimalSI" : format);
  }
  let mantissa = nano / NANO;
  let step = 0;
  while (mantissa % 1024n === 0n && step < BINARY_NAMES.length - 1) {
    mantissa /= 1024n;
    step++;
  }
  return `${mantissa}${BINARY_NAMES[step]}`;
}

/**
 * What kube-apiserver stores for a quantity that it was sent. A text that needs no other suffix is kept as it was sent
 * (`1.500` and `+1` stay), all else becomes canonical (`1000m` is `1`, `0.5Gi` is `512Mi`).
 *
 * @throws {QuantityError} when it is none
 */
export function canonicalQuantity(value: string | number): Quantity {
  const text = typeof value === "number" ? String(value) : value.trim();
  if (SURELY_CANONICAL.test(text)) return text;
  const amount = parseQuantity(text);
  return keepsItsText(text) ? text : formatQuantity(amount);
}

function keepsItsText(text: string): boolean {
  const { whole, fraction, suffix } = split(text);
  if (whole === "" && fraction === "") return false;
  if (BINARY[suffix] !== undefined) {
    return fraction === "" && whole.length <= 9 && Number(whole) % 8 !== 0;
  }
  const shifted = (whole === "" ? "0" : whole) + fraction;
  const scale = (DECIMAL[suffix] ?? Number(suffix.slice(1))) - fraction.length;
  return scale >= -9 && scale % 3 === 0 && shifted.length < 18 &&
    !shifted.endsWith("000") && shifted[0] !== "0";
}

/** -1, 0 or 1: how two quantities compare. */
export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  const left = parseQuantity(a).nano;
  const right = parseQuantity(b).nano;
  return left < right ? -1 : left > right ? 1 : 0;
}

function combine(a: Quantity, b: Quantity, sign: 1n | -1n): Quantity {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return formatQuantity({
    nano: left.nano + sign * right.nano,
    format: left.nano === 0n ? right.format : left.format,
  });
}

/** The sum, written in the first one's format (the second's when the first is zero). */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return combine(a, b, 1n);
}

/** The difference, written as {@linkcode addQuantities} does. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return combine(a, b, -1n);
}

/** Whole units, rounded away from zero: bytes of `1.5Ki` are 1536. */
export function wholeUnits(quantity: Quantity): number {
  return Number(divideUp(parseQuantity(quantity).nano, NANO));
}

/** Thousandths, rounded away from zero: `0.1` of a CPU is 100. */
export function milliUnits(quantity: Quantity): number {
  return Number(divideUp(parseQuantity(quantity).nano, 1_000_000n));
}

/** The canonical text, rounded up to whole thousandths. */
export function roundedToMilli({ nano, format }: Amount): Quantity {
  return formatQuantity({
    nano: divideUp(nano, 1_000_000n) * 1_000_000n,
    format,
  });
}
