/**
 * The rules of ConfigMaps and Secrets.
 *
 * @module
 */
import type { ConfigMap } from "../core/config_map.ts";
import { sameJson } from "../equal.ts";
import {
  forbiddenField,
  invalidValue,
  required,
  tooLong,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { Secret } from "../core/secret.ts";
import { unchanged } from "./meta.ts";
import { isConfigKey } from "./names.ts";
import { each } from "./values.ts";

/** The most bytes of data in one object. */
export const MAX_DATA_BYTES: number = 1024 * 1024;

const REDACTED = "<secret contents redacted>";
const encoder = new TextEncoder();

function byteLength(text: string): number {
  // A UTF-16 unit has at least one byte and at most three: only what may be over the bound is counted.
  return text.length * 3 < MAX_DATA_BYTES
    ? text.length
    : encoder.encode(text).length;
}

function decodedLength(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return base64.length / 4 * 3 - padding;
}

/** The rules of a ConfigMap, beside those of its metadata. */
export function validateConfigMap(
  { data = {}, binaryData = {} }: ConfigMap,
): FieldError[] {
  const found: FieldError[] = [];
  let total = 0;
  for (const [key, value] of Object.entries(data)) {
    found.push(...each(`data[${key}]`, key, isConfigKey(key)));
    if (Object.hasOwn(binaryData, key)) {
      found.push(
        invalidValue(
          `data[${key}]`,
          key,
          "duplicate of key present in binaryData",
        ),
      );
    }
    total += byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    found.push(...each(`binaryData[${key}]`, key, isConfigKey(key)));
    total += decodedLength(value);
  }
  if (total > MAX_DATA_BYTES) found.push(tooLong("", MAX_DATA_BYTES));
  return found;
}

type Keyed = ConfigMap | Secret;

function validateImmutable(
  next: Keyed,
  previous: Keyed,
  fields: readonly (keyof Keyed | "binaryData")[],
): FieldError[] {
  if (previous.immutable !== true) return [];
  const why = "field is immutable when `immutable` is set";
  const before = previous as unknown as Record<string, unknown>;
  const after = next as unknown as Record<string, unknown>;
  return [
    ...(next.immutable === true ? [] : [forbiddenField("immutable", why)]),
    ...fields.filter((f) => !sameJson(before[f], after[f])).map((f) =>
      forbiddenField(f, why)
    ),
  ];
}

/** The rules for a change of a ConfigMap. */
export function validateConfigMapUpdate(
  next: ConfigMap,
  previous: ConfigMap,
): FieldError[] {
  return validateImmutable(next, previous, ["data", "binaryData"]);
}

/** Keys that a type of Secret must have. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};

function isJsonObject(base64: string): boolean {
  try {
    const value: unknown = JSON.parse(atob(base64));
    return typeof value === "object" && !Array.isArray(value);
  } catch {
    return false;
  }
}

function validateType(
  { metadata, type = "", data = {} }: Secret,
): FieldError[] {
  const missing = (NEEDED[type] ?? []).filter((key) => data[key] === undefined);
  const found = missing.map((key) => required(`data[${key}]`));
  if (type.startsWith("kubernetes.io/dockerc") && missing.length === 0) {
    const key = NEEDED[type]?.[0];
    if (key !== undefined && !isJsonObject(data[key]!)) {
      found.push(
        invalidValue(
          `data[${key}]`,
          REDACTED,
          "invalid character in JSON document",
        ),
      );
    }
  }
  if (
    type === "kubernetes.io/basic-auth" && data["username"] === undefined &&
    data["password"] === undefined
  ) found.push(required("data[username]"), required("data[password]"));
  const account = "kubernetes.io/service-account.name";
  if (
    type === "kubernetes.io/service-account-token" &&
    (metadata.annotations?.[account] ?? "") === ""
  ) found.push(required(`metadata.annotations[${account}]`));
  return found;
}

/** The rules of a Secret, beside those of its metadata. */
export function validateSecret(secret: Secret): FieldError[] {
  const found: FieldError[] = [];
  let total = 0;
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    found.push(...each(`data[${key}]`, key, isConfigKey(key)));
    total += decodedLength(value);
  }
  if (total > MAX_DATA_BYTES) found.push(tooLong("data", MAX_DATA_BYTES));
  return [...found, ...validateType(secret)];
}

/** The rules for a change of a Secret. */
export function validateSecretUpdate(
  next: Secret,
  previous: Secret,
): FieldError[] {
  return [
    ...unchanged("type", { next: next.type, previous: previous.type }),
    ...validateImmutable(next, previous, ["data"]),
  ];
}
