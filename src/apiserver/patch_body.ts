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
import { badRequest, unsupportedMediaType } from "../api/status.ts";
import { contentType, readPatchJson } from "./body.ts";
import type { Call } from "./call.ts";
import type { FieldValidation } from "./write_options.ts";

/** A patch that has been read. */
export interface Patch {
  /** The value with the patch applied; `current` stays as it is. @throws {ApiError} 400, 422 */
  apply<T>(current: T): T;
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
  const patch = await readPatchJson(call.request);
  if (mediaType === JSON_PATCH) {
    noteUnknown(call, patch, fieldValidation);
    return { apply: (current) => applyJsonPatch(current, patch) };
  }
  if (mediaType === MERGE_PATCH || type === undefined) {
    return { apply: (current) => applyMergePatch(current, patch) };
  }
  return {
    apply: <T>(current: T) =>
      applyStrategicMergePatch(current, patch, type as Field<T>),
  };
}

function noteUnknown(
  call: Call,
  patch: unknown,
  fieldValidation: FieldValidation,
): void {
  if (fieldValidation === "Ignore") return;
  const unknown = unknownOperationFields(patch);
  if (unknown.length === 0) return;
  if (fieldValidation === "Strict") {
    throw badRequest(`strict decoding error: ${unknown.join(", ")}`);
  }
  call.warnings.push(...unknown);
}
