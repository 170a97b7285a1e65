/**
 * The forms of strings and numbers that a schema can name.
 *
 * @module
 */
import { goDurationUnits } from "./format_duration.ts";
import { parseIp } from "../../base/ip.ts";
import type { JSONSchemaProps } from "./json_schema.ts";

type Check = (text: string) => boolean;

function matches(pattern: RegExp): Check {
  return (text) => pattern.test(text);
}

/** Kubernetes still takes leading zeros here, as decimal. */
function isIp(text: string): boolean {
  return parseIp(text.replace(/(^|\.)0+(?=\d)/g, "$1")) !== undefined;
}

function isIpv4(text: string): boolean {
  return text.includes(".") && isIp(text);
}

function isIpv6(text: string): boolean {
  return text.includes(":") && parseIp(text) !== undefined;
}

const HOSTNAME =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u;

function isHostname(text: string): boolean {
  return text.length <= 255 &&
    text.split(".").every((part) => part.length <= 63) && HOSTNAME.test(text);
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [, year, month, day] = match;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day);
}

const TIME =
  /^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$/;

function isDateTime(text: string): boolean {
  if (text.length < 4) return false;
  const [date = "", time, ...more] = text.toLowerCase().split("t");
  if (time === undefined || more.length > 0 || !isDate(date)) return false;
  const match = TIME.exec(time);
  return match !== null && Number(match[1]) <= 23 && Number(match[2]) <= 59 &&
    Number(match[3]) <= 59;
}

function isUri(text: string): boolean {
  if (/[\s\p{Cc}]/u.test(text)) return false;
  if (text.startsWith("/")) return URL.canParse(text, "http://host");
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && URL.canParse(text);
}

function isCidr(text: string): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  if (match === null || !isIp(match[1]!)) return false;
  return Number(match[2]) <= (isIpv4(match[1]!) ? 32 : 128);
}

function isbn(text: string, length: 10 | 13): boolean {
  const digits = text.replace(/[\s-]/g, "");
  if (length === 10) {
    if (!/^\d{9}[\dX]$/.test(digits)) return false;
    const sum = [...digits].reduce(
      (all, char, i) => all + (10 - i) * (char === "X" ? 10 : Number(char)),
      0,
    );
    return sum % 11 === 0;
  }
  if (!/^\d{13}$/.test(digits)) return false;
  const sum = [...digits].reduce(
    (all, char, i) => all + Number(char) * (i % 2 === 0 ? 1 : 3),
    0,
  );
  return sum % 10 === 0;
}

function isCreditCard(text: string): boolean {
  const digits = text.replace(/[^0-9]+/g, "");
  if (
    !/^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/
      .test(digits)
  ) return false;
  const sum = [...digits].reverse().reduce((all, char, i) => {
    const doubled = Number(char) * (i % 2 === 0 ? 1 : 2);
    return all + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

const RGB =
  /^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$/;

/** Without dashes, as names of formats are compared. */
const CHECKS: Readonly<Record<string, Check>> = {
  bsonobjectid: matches(/^[0-9a-fA-F]{24}$/),
  uri: isUri,
  email: matches(/^(?:[^<>]*<)?[^\s@<>]+@[^\s@<>]+>?$/),
  hostname: isHostname,
  ipv4: isIpv4,
  ipv6: isIpv6,
  cidr: isCidr,
  mac: matches(
    /^(?:[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}|[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\2){6}[0-9a-fA-F]{2}|[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}\.[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4})?)$/,
  ),
  uuid: matches(
    /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
  ),
  uuid3: matches(
    /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
  ),
  uuid4: matches(
    /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i,
  ),
  uuid5: matches(
    /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i,
  ),
  isbn: (text) => isbn(text, 10) || isbn(text, 13),
  isbn10: (text) => isbn(text, 10),
  isbn13: (text) => isbn(text, 13),
  creditcard: isCreditCard,
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(RGB),
  byte: matches(
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/,
  ),
  password: () => true,
  date: isDate,
  duration: goDurationUnits,
  datetime: isDateTime,
  k8sshortname: (text) =>
    text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text),
  k8slongname: (text) =>
    text.length <= 253 &&
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
      .test(text),
};

/** The format of a schema, unless its type has none of that name; those are ignored. */
export function knownFormat(schema: JSONSchemaProps): string {
  const { format = "" } = schema;
  if (format === "") return "";
  if (schema["x-kubernetes-int-or-string"] === true) return "";
  switch (schema.type ?? "") {
    case "":
    case "string":
      return Object.hasOwn(CHECKS, format.replaceAll("-", "")) ? format : "";
    case "integer":
      return format === "int32" || format === "int64" ? format : "";
    case "number":
      return format === "float" || format === "double" ? format : "";
    default:
      return "";
  }
}

/** Whether a text has a known form. */
export function hasFormat(text: string, format: string): boolean {
  return CHECKS[format.replaceAll("-", "")]?.(text) ?? true;
}
