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
import type { Schema } from "../api/kind.ts";
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
const ACCEPTED = [JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH];

/** How to read a patch. */
export interface PatchOptions {
  /** The schema with the merge keys; without it strategic patches merge as merge patches do. */
  readonly schema?: Schema<unknown>;
  readonly fieldValidation: FieldValidation;
}

/** Reads the body of a PATCH. @throws {ApiError} 415 for another media type (server-side apply is not served yet), 413, 400 */
export async function readPatch(
  call: Call,
  options: PatchOptions,
): Promise<Patch> {
  const type = contentType(call.request);
  if (!ACCEPTED.includes(type)) {
    await call.request.body?.cancel();
    throw unsupportedMediaType(ACCEPTED);
  }
  const patch = await readPatchJson(call.request);
  if (type === JSON_PATCH) {
    noteUnknown(call, patch, options.fieldValidation);
    return { apply: (current) => applyJsonPatch(current, patch) };
  }
  const { schema } = options;
  if (type === MERGE_PATCH || schema === undefined) {
    return { apply: (current) => applyMergePatch(current, patch) };
  }
  return {
    apply: <T>(current: T) =>
      applyStrategicMergePatch(current, patch, schema.type as Field<T>),
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
