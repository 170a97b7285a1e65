/**
 * Admission policies are expressions in CEL, which this server cannot evaluate yet. One that were stored and not enforced would be believed in; so none is.
 *
 * @module
 */
import { forbiddenField } from "../field_error.ts";
import type { FieldError } from "../kind.ts";

/** Refuses a policy, or what binds one. */
export function refusePolicy(): FieldError[] {
  return [
    forbiddenField("spec", "CEL policies are not enforced by this server yet"),
  ];
}
