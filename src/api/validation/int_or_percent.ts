/**
 * Rules for numbers that may be percentages.
 *
 * @module
 */
import { invalidValue } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { IntOrString } from "../schema/words.ts";
import { isPercent } from "./names.ts";
import { each, notNegative } from "./values.ts";

/** A number that is not negative, or a percentage. */
export function validateIntOrPercent(
  field: string,
  value: IntOrString,
): FieldError[] {
  return typeof value === "string"
    ? each(field, value, isPercent(value))
    : notNegative(field, value);
}

/** The percentage that a text says; `undefined` when it says none. */
export function percentOf(value: IntOrString): number | undefined {
  return typeof value === "string" && isPercent(value).length === 0
    ? Number.parseInt(value)
    : undefined;
}

/** A number or percentage that means nothing at all; so does a text that is neither. */
export function isNone(value: IntOrString): boolean {
  if (typeof value === "number") return value === 0;
  const number = /^[+-]?\d+$/.test(value) ? Number(value) : 0;
  return (percentOf(value) ?? number) === 0;
}

/** A percentage is at most the whole. */
export function atMostWhole(field: string, value: IntOrString): FieldError[] {
  return (percentOf(value) ?? 0) > 100
    ? [invalidValue(field, value, "must not be greater than 100%")]
    : [];
}
