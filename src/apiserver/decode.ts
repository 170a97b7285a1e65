/**
 * From a body to an object of a kind.
 *
 * @module
 */
import type { Kind, KubeObject } from "../api/kind.ts";
import { groupVersion } from "../api/registry.ts";
import { type ApiError, badRequest, cannotBeHandled } from "../api/status.ts";
import type { BodyValue } from "./body.ts";
import type { FieldValidation } from "./write_options.ts";

/**
 * How many levels an object of a custom kind may have. Kubernetes takes twenty times as many; here what is stored must be within reach of the stack
 * whatever is done with it. (Other kinds have as many levels as their types.)
 */
export const MAX_NESTING = 500;

/** What is known of the type of an object that is decoded. */
export type Decodable<T extends KubeObject> = Pick<
  Kind<T>,
  "group" | "version" | "kind" | "schema" | "setDefaults"
>;

/** How to decode. */
export interface DecodeOptions {
  readonly fieldValidation: FieldValidation;
  /** Takes the texts about unknown fields with `Warn`. */
  readonly warnings: string[];
  /** The error for what cannot be decoded. @default 400 that names the kind */
  readonly refuse?: (why: string) => ApiError;
}

/**
 * The body as an object of this kind, without unknown fields and with defaults.
 *
 * @throws {ApiError} 400 when it is of another kind, has wrong types, or (`Strict`) unknown fields
 */
export function decodeObject<T extends KubeObject>(
  kind: Decodable<T>,
  body: BodyValue,
  options: DecodeOptions,
): T {
  const object = decodeOnly(kind, body, options);
  kind.setDefaults(object);
  return object;
}

function decodeOnly<T extends KubeObject>(
  kind: Decodable<T>,
  { value, duplicates }: BodyValue,
  options: DecodeOptions,
): T {
  const expected = groupVersion(kind);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind; json: cannot unmarshal ${
        jsonType(value)
      } into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  }
  const { apiVersion, kind: kindName } = value as Record<string, unknown>;
  const version = typeof apiVersion === "string" && apiVersion !== ""
    ? apiVersion
    : expected;
  const name = typeof kindName === "string" && kindName !== ""
    ? kindName
    : kind.kind;
  if (name !== kind.kind) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): ${name} in version ${
        JSON.stringify(version)
      } cannot be handled as a ${kind.kind}`,
    );
  }
  if (version !== expected) {
    throw badRequest(
      `the API version in the data (${version}) does not match the expected API version (${expected})`,
    );
  }
  if (kind.schema.type === undefined && isDeeper(value, MAX_NESTING)) {
    throw badRequest(`The object is nested deeper than ${MAX_NESTING} levels`);
  }
  const decoded = kind.schema.decode({
    ...value,
    apiVersion: version,
    kind: name,
  });
  const refuse = options.refuse ?? ((why) => cannotBeHandled(kind, why));
  if (decoded.object === undefined) {
    throw refuse(decoded.typeError ?? "it is malformed");
  }
  const findings = [...duplicates, ...decoded.unknownFields];
  if (findings.length > 0) {
    if (options.fieldValidation === "Strict") {
      throw refuse(`strict decoding error: ${findings.join(", ")}`);
    }
    if (options.fieldValidation === "Warn") {
      options.warnings.push(...findings);
    }
  }
  const object = decoded.object;
  object.metadata ??= {};
  return object;
}

/** Whether a value has more levels than so many. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Object.values(value)) {
    if (isDeeper(inner, levels - 1)) return true;
  }
  return false;
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null || value === undefined) return "null";
  return typeof value === "boolean" ? "bool" : typeof value;
}
