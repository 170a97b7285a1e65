/**
 * Makes {@linkcode FieldError}s with Kubernetes' texts.
 *
 * @module
 */
import type { FieldError } from "./kind.ts";
import type { StatusCause } from "./status_object.ts";

/** Longer values are cut: there may be thousands of findings that show the same list. */
const MAX_SHOWN = 16 * 1024;

/** How Go prints a value in an error: strings quoted, scalars bare, the rest as JSON. */
function shown(value: unknown): string {
  const text = value === undefined || value === null
    ? "null"
    : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function withDetail(text: string, detail: string): string {
  return detail === "" ? text : `${text}: ${detail}`;
}

/** Something needed is absent. */
export function required(field: string, detail = ""): FieldError {
  return {
    reason: "FieldValueRequired",
    field,
    message: withDetail("Required value", detail),
  };
}

/** A value breaks a rule. */
export function invalidValue(
  field: string,
  value: unknown,
  detail: string,
): FieldError {
  return {
    reason: "FieldValueInvalid",
    field,
    message: withDetail(`Invalid value: ${shown(value)}`, detail),
  };
}

/** Something breaks a rule, and what it is would not help to show. */
export function invalidOmitted(field: string, detail: string): FieldError {
  return {
    reason: "FieldValueInvalid",
    field,
    message: withDetail("Invalid value", detail),
  };
}

/** A value is not one of those there are. */
export function notSupported(
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldError {
  return {
    reason: "FieldValueNotSupported",
    field,
    message: withDetail(
      `Unsupported value: ${shown(value)}`,
      supported.length === 0
        ? ""
        : `supported values: ${
          supported.map((s) => JSON.stringify(s)).join(", ")
        }`,
    ),
  };
}

/** A value that must be unique is there twice. */
export function duplicate(field: string, value: unknown): FieldError {
  return {
    reason: "FieldValueDuplicate",
    field,
    message: `Duplicate value: ${shown(value)}`,
  };
}

/** A value that would be right elsewhere. */
export function forbiddenField(field: string, detail: string): FieldError {
  return {
    reason: "FieldValueForbidden",
    field,
    message: withDetail("Forbidden", detail),
  };
}

/** A string over its length. */
export function tooLong(field: string, maxLength: number): FieldError {
  return {
    reason: "FieldValueTooLong",
    field,
    message: `Too long: may not be more than ${maxLength} ${
      maxLength === 1 ? "byte" : "bytes"
    }`,
  };
}

/** A list over its length. */
export function tooMany(
  field: string,
  actual: number,
  maxItems: number,
): FieldError {
  return {
    reason: "FieldValueTooMany",
    field,
    message: `Too many: ${actual}: must have at most ${maxItems} ${
      maxItems === 1 ? "item" : "items"
    }`,
  };
}

/** A reference to what is not there. */
export function notFoundValue(field: string, value: unknown): FieldError {
  return {
    reason: "FieldValueNotFound",
    field,
    message: `Not found: ${shown(value)}`,
  };
}

/** A value of a wrong type. */
export function typeInvalid(
  field: string,
  value: unknown,
  detail: string,
): FieldError {
  return {
    reason: "FieldValueTypeInvalid",
    field,
    message: withDetail(`Invalid value: ${shown(value)}`, detail),
  };
}

/** Several findings as one text: one alone as it is, more in brackets, equal ones once. */
export function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map((e) => `${e.field}: ${e.message}`))];
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}

/** Findings as `details.causes`. */
export function causesOf(errors: readonly FieldError[]): StatusCause[] {
  return errors.map(({ reason, message, field }) => ({
    reason,
    message,
    field,
  }));
}
