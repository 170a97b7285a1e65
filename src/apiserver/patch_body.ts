/**
 * Reads the body of a PATCH by its media type.
 *
 * @module
 */
import {
  applyJsonPatch,
  unknownOperationFields,
} from "../api/patch/json_patch.ts";
import { applyMergePatch } from "../api/patch/merge_patch.ts";
import { applyStrategicMergePatch } from "../api/patch/strategic_merge_patch.ts";
import type { Field } from "../api/schema/words.ts";
import { type ApiError, invalid, unsupportedMediaType } from "../api/status.ts";
import { contentType, readPatchJson } from "./body.ts";
import type { Call } from "./call.ts";
import type { FieldValidation } from "./write_options.ts";

/** A patch that has been read. */
export interface Patch {
  /** The value with the patch applied; `current` stays as it is. @throws {ApiError} 400, 422 */
  apply<T>(current: T): T;
  /** What is odd about the patch itself: keys that come twice, operations with unknown fields. */
  readonly findings: readonly string[];
  /** The error for a patched value that cannot be decoded. */
  refusal(patched: unknown, why: string): ApiError;
}

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_PATCH = "application/strategic-merge-patch+json";
/** Server-side apply. */
export const APPLY_PATCH = "application/apply-patch+yaml";

/** How to read a patch. */
export interface PatchOptions {
  /** The type with the merge keys; absent: strategic patches are refused. */
  readonly type?: Field<unknown> | undefined;
  readonly fieldValidation: FieldValidation;
}

/** The media types of patches that a kind takes: those without merge keys take no strategic ones. */
function acceptedTypes(strategic: boolean): readonly string[] {
  return strategic
    ? [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH]
    : [JSON_PATCH, MERGE_PATCH, APPLY_PATCH];
}

/** The media type of a patch. @throws {ApiError} 415 for one that the kind does not take */
export async function patchType(
  request: Request,
  { strategic }: { readonly strategic: boolean },
): Promise<string> {
  const type = contentType(request);
  const accepted = acceptedTypes(strategic);
  if (accepted.includes(type)) return type;
  await request.body?.cancel();
  throw unsupportedMediaType(accepted);
}

/** Reads the body of a PATCH that is no apply. @throws {ApiError} 415 for another media type, 413, 400 */
export async function readPatch(
  call: Call,
  { type, fieldValidation }: PatchOptions,
): Promise<Patch> {
  const mediaType = await patchType(call.request, {
    strategic: type !== undefined,
  });
  const { value: patch, duplicates } = await readPatchJson(call.request, {
    strict: fieldValidation !== "Ignore",
  });
  if (mediaType === JSON_PATCH) {
    const odd = [...duplicates, ...unknownOperationFields(patch)];
    return {
      findings: odd.map((text) => `json patch ${text}`),
      apply: (current) => applyJsonPatch(current, patch),
      refusal: refusePatched,
    };
  }
  if (mediaType === MERGE_PATCH || type === undefined) {
    return {
      findings: duplicates,
      apply: (current) => applyMergePatch(current, patch),
      refusal: refusePatched,
    };
  }
  return {
    findings: duplicates,
    apply: <T>(current: T) =>
      applyStrategicMergePatch(current, patch, type as Field<T>),
    refusal: (_, why) => refusePatch(goMapText(patch), unstructuredText(why)),
  };
}

function refusePatched(patched: unknown, why: string): ApiError {
  return refusePatch(JSON.stringify(patched), why);
}

function refusePatch(text: string, why: string): ApiError {
  return invalid({ group: "", kind: "" }, "", [{
    reason: "FieldValueInvalid",
    field: "patch",
    message: `Invalid value: ${JSON.stringify(text)}: ${why}`,
  }]);
}

/** How Go names the sorts of JSON values. */
const GO_SORTS: Readonly<Record<string, string>> = {
  number: "int64",
  array: "slice",
  object: "map",
};

/** A strategically patched object is read by another decoder of Go's, which has words of its own for wrong types. */
function unstructuredText(why: string): string {
  const [, found, type] =
    /^json: cannot unmarshal (\w+) .* of type (\S+)$/.exec(why) ?? [];
  if (found === undefined || type === undefined) return why;
  const sort = GO_SORTS[found] ?? found;
  if (type.startsWith("[]")) return `cannot restore slice from ${sort}`;
  if (type.startsWith("map[")) return `cannot restore map from ${sort}`;
  if (/^(int32|int64|float64|bool)$/.test(type)) {
    return `unrecognized type: ${type}`;
  }
  if (found === "number") return `cannot convert int64 to ${type}`;
  return `unrecognized type: string`;
}

/** A value as Go prints maps and lists. */
function goMapText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMapText).join(" ")}]`;
  if (value === null) return "<nil>";
  if (typeof value !== "object") return String(value);
  const keys = Object.keys(value as object).sort();
  return `map[${
    keys.map((key) =>
      `${key}:${goMapText((value as Record<string, unknown>)[key])}`
    ).join(" ")
  }]`;
}
