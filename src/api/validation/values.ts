/**
 * Rules for single values: paths, IP addresses, ports, numbers, file modes, words of a list.
 *
 * @module
 */
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { IntOrString } from "../schema/words.ts";
import { betweenInclusive, isPort, isPortName } from "./names.ts";

/** Findings of a rule that answers texts. */
export function each(
  field: string,
  value: unknown,
  wrong: readonly string[],
): FieldError[] {
  return wrong.map((text) => invalidValue(field, value, text));
}

/** A value that must be there, and right by a rule. */
export function requiredBy(
  field: string,
  value: string | undefined,
  rule: (value: string) => string[],
): FieldError[] {
  return value === undefined || value === ""
    ? [required(field)]
    : each(field, value, rule(value));
}

/** A word that must be there, one of a list. */
export function oneOf(
  field: string,
  value: string | undefined,
  supported: readonly string[],
): FieldError[] {
  if (value === undefined || value === "") return [required(field)];
  return supported.includes(value)
    ? []
    : [notSupported(field, value, supported)];
}

/** A word of a list, or absent. */
export function oneOfIfSet(
  field: string,
  value: string | undefined,
  supported: readonly string[],
): FieldError[] {
  return value === undefined || supported.includes(value)
    ? []
    : [notSupported(field, value, supported)];
}

/** Not below zero. */
export function notNegative(
  field: string,
  value: number | undefined,
): FieldError[] {
  return (value ?? 0) < 0
    ? [invalidValue(field, value, "must be greater than or equal to 0")]
    : [];
}

/** A number within bounds, when set. */
export function within(
  field: string,
  value: number | undefined,
  [low, high]: readonly [number, number],
): FieldError[] {
  return value === undefined || (value >= low && value <= high)
    ? []
    : [invalidValue(field, value, betweenInclusive(low, high))];
}

/** The largest user or group id. */
const MAX_ID = 2 ** 31 - 1;

/** A user or group id, when set. */
export function validateId(
  field: string,
  value: number | undefined,
): FieldError[] {
  return within(field, value, [0, MAX_ID]);
}

/** Permission bits, when set. */
export function validateMode(
  field: string,
  value: number | undefined,
): FieldError[] {
  return value === undefined || (value >= 0 && value <= 0o777) ? [] : [
    invalidValue(
      field,
      value,
      "must be a number between 0 and 0777 (octal), both inclusive",
    ),
  ];
}

/** A path without `..`. */
export function noBacksteps(field: string, path: string): FieldError[] {
  return path.split("/").includes("..")
    ? [invalidValue(field, path, "must not contain '..'")]
    : [];
}

/** A relative path that stays below its start. */
export function descendingPath(field: string, path: string): FieldError[] {
  return [
    ...(path.startsWith("/")
      ? [invalidValue(field, path, "must be a relative path")]
      : []),
    ...noBacksteps(field, path),
  ];
}

/** A relative path that stays below its start, and does not begin with the two dots that the atomic writer keeps for itself. */
export function unreservedPath(field: string, path: string): FieldError[] {
  return [
    ...descendingPath(field, path),
    ...(path.startsWith("..") && !path.startsWith("../")
      ? [invalidValue(field, path, "must not start with '..'")]
      : []),
  ];
}

/** A port number, or the name of a container's port. */
export function portOrName(
  field: string,
  port: IntOrString | undefined,
): FieldError[] {
  return typeof port === "string"
    ? each(field, port, isPortName(port))
    : each(field, port ?? 0, isPort(port ?? 0));
}

const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;

function isIpv4(text: string): boolean {
  return IPV4.test(text) && text.split(".").every((part) => Number(part) < 256);
}

/** Whether a text is an IPv6 address (RFC 4291, without zone). */
export function isIpv6(text: string): boolean {
  if (!text.includes(":") || !/^[0-9a-fA-F:.]+$/.test(text)) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((h) => h === "" ? [] : h.split(":"));
  const last = groups.at(-1);
  let count = groups.length;
  if (last?.includes(".")) {
    if (!isIpv4(last)) return false;
    groups.pop();
    count++;
  }
  if (!groups.every((g) => /^[0-9a-fA-F]{1,4}$/.test(g))) return false;
  return halves.length === 2 ? count < 8 : count === 8;
}

/** What is wrong with an IP address. */
export function isIp(text: string): string[] {
  if (isIpv4(text)) {
    return text.split(".").some((part) => part.length > 1 && part[0] === "0")
      ? ["must not have leading 0s"]
      : [];
  }
  if (!isIpv6(text)) {
    return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"];
  }
  return /^::ffff:/i.test(text)
    ? ["must not be an IPv4-mapped IPv6 address"]
    : [];
}

/** An IP address. */
export function validateIp(field: string, text: string): FieldError[] {
  return each(field, text, isIp(text));
}

/** At most one of the named alternatives may be set; the findings name all but the first. */
export function atMostOne(
  field: string,
  set: readonly string[],
  why: string,
): FieldError[] {
  return set.slice(1).map((name) => forbiddenField(`${field}.${name}`, why));
}

/** What is wrong with a network in CIDR form. */
export function isCidr(text: string): string[] {
  const [address = "", bits = "", ...rest] = text.split("/");
  const size = isIpv6(address) ? 128 : 32;
  const right = rest.length === 0 && isIp(address).length === 0 &&
    /^(?:0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= size;
  return right
    ? []
    : ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"];
}

/** The places of values that stand earlier in the list already. */
export function repeatedPlaces(values: readonly unknown[]): Set<number> {
  const seen = new Set<unknown>();
  const places = new Set<number>();
  values.forEach((value, i) => {
    if (seen.has(value)) places.add(i);
    seen.add(value);
  });
  return places;
}
