/**
 * The rules of LimitRanges.
 *
 * @module
 */
import type { LimitRange, LimitRangeItem } from "../core/limit_range.ts";
import {
  duplicate,
  forbiddenField,
  invalidValue,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { compareQuantities, parseQuantity } from "../quantity.ts";
import type { Quantity } from "../schema/words.ts";
import { isQualifiedName } from "./names.ts";
import {
  isOvercommitAllowed,
  validateContainerResource,
  validateResourceName,
} from "./resources.ts";
import { each } from "./values.ts";

const TYPES = ["Pod", "Container", "PersistentVolumeClaim"];
const LISTS = ["max", "min", "default", "defaultRequest"] as const;

function validateType(type: string, field: string): FieldError[] {
  const found = each(field, type, isQualifiedName(type));
  if (found.length > 0 || type.includes("/") || TYPES.includes(type)) {
    return found;
  }
  return [
    invalidValue(
      field,
      type,
      "must be a standard limit type or fully qualified",
    ),
  ];
}

/** What one item says of one resource. */
function validateBounds(
  item: LimitRangeItem,
  name: string,
  field: string,
): FieldError[] {
  const min = item.min?.[name];
  const max = item.max?.[name];
  const isPod = item.type === "Pod";
  const limit = isPod ? undefined : item.default?.[name];
  const request = isPod ? undefined : item.defaultRequest?.[name];
  const ratio = item.maxLimitRequestRatio?.[name];
  const found: FieldError[] = [];
  const say = (part: string, value: Quantity, why: string) =>
    found.push(invalidValue(`${field}.${part}[${name}]`, value, why));
  if (exceeds(min, max)) {
    say("min", min!, `min value ${min} is greater than max value ${max}`);
  }
  if (exceeds(min, request)) {
    say(
      "defaultRequest",
      request!,
      `min value ${min} is greater than default request value ${request}`,
    );
  }
  if (exceeds(request, max)) {
    say(
      "defaultRequest",
      request!,
      `default request value ${request} is greater than max value ${max}`,
    );
  }
  if (exceeds(request, limit)) {
    say(
      "defaultRequest",
      request!,
      `default request value ${request} is greater than default limit value ${limit}`,
    );
  }
  if (exceeds(min, limit)) {
    say(
      "default",
      min!,
      `min value ${min} is greater than default value ${limit}`,
    );
  }
  if (exceeds(limit, max)) {
    say(
      "default",
      max!,
      `default value ${limit} is greater than max value ${max}`,
    );
  }
  if (ratio !== undefined) {
    if (compareQuantities(ratio, "1") < 0) {
      say("maxLimitRequestRatio", ratio, `ratio ${ratio} is less than 1`);
    }
    const possible = quotient(max, min);
    if (possible !== undefined && quotient(ratio, "1")! > possible) {
      say(
        "maxLimitRequestRatio",
        ratio,
        `ratio ${ratio} is greater than max/min = ${possible.toFixed(6)}`,
      );
    }
  }
  if (
    !isOvercommitAllowed(name) && limit !== undefined &&
    request !== undefined && compareQuantities(limit, request) !== 0
  ) {
    say(
      "defaultRequest",
      request,
      `default value ${limit} must equal to defaultRequest value ${request} in ${name}`,
    );
  }
  return found;
}

function exceeds(a: Quantity | undefined, b: Quantity | undefined): boolean {
  return a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
}

function quotient(
  a: Quantity | undefined,
  b: Quantity | undefined,
): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  return Number(parseQuantity(a).nano) / Number(parseQuantity(b).nano);
}

function validateItem(item: LimitRangeItem, field: string): FieldError[] {
  const isPod = item.type === "Pod";
  const rule = isPod || item.type === "Container"
    ? validateContainerResource
    : validateResourceName;
  const found: FieldError[] = [];
  const names = new Set<string>();
  const look = (part: (typeof LISTS)[number] | "maxLimitRequestRatio") => {
    for (const name of Object.keys(item[part] ?? {})) {
      found.push(...rule(name, `${field}.${part}[${name}]`));
      names.add(name);
    }
  };
  look("max");
  look("min");
  for (const part of ["default", "defaultRequest"] as const) {
    if (!isPod) look(part);
    else if (Object.keys(item[part] ?? {}).length > 0) {
      found.push(
        forbiddenField(
          `${field}.${part}`,
          "may not be specified when `type` is 'Pod'",
        ),
      );
    }
  }
  if (
    item.type === "PersistentVolumeClaim" &&
    item.min?.["storage"] === undefined && item.max?.["storage"] === undefined
  ) {
    found.push(
      required(
        `${field}.limits`,
        "either minimum or maximum storage value is required, but neither was provided",
      ),
    );
  }
  look("maxLimitRequestRatio");
  for (const name of names) found.push(...validateBounds(item, name, field));
  return found;
}

/** The rules of a LimitRange, beside those of its metadata. */
export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const seen = new Set<string>();
  return spec.limits.flatMap((item, i) => {
    const field = `spec.limits[${i}]`;
    const repeated = seen.has(item.type);
    seen.add(item.type);
    return [
      ...validateType(item.type, `${field}.type`),
      ...(repeated ? [duplicate(`${field}.type`, item.type)] : []),
      ...validateItem(item, field),
    ];
  });
}
