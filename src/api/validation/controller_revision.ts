/**
 * The rules of ControllerRevisions.
 *
 * @module
 */
import type { ControllerRevision } from "../apps/controller_revision.ts";
import { required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { isObject } from "../patch/json_value.ts";
import { unchanged } from "./meta.ts";
import { notNegative } from "./values.ts";

/** The rules of a ControllerRevision, beside those of its metadata. */
export function validateControllerRevision(
  { metadata, data, revision }: ControllerRevision,
): FieldError[] {
  const found = notNegative("revision", revision);
  // The data cannot change later, so it is looked at once.
  if ((metadata.resourceVersion ?? "") !== "") return found;
  if (data === undefined || data === null) {
    found.push(required("data", "data is mandatory"));
  } else if (!isObject(data)) {
    found.push(required("data", "data must be a valid JSON object"));
  }
  return found;
}

/** The rules for a change of a ControllerRevision: its data stays. */
export function validateControllerRevisionUpdate(
  next: ControllerRevision,
  previous: ControllerRevision,
): FieldError[] {
  return unchanged("data", { next: next.data, previous: previous.data });
}
