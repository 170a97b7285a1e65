/**
 * The rules of references to objects of any version.
 *
 * @module
 */
import type { CrossVersionObjectReference } from "../autoscaling/metric.ts";
import { invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { pathSegment } from "./names.ts";
import { each } from "./values.ts";

/** The rules of a reference's kind and name. */
export function validateReference(
  { kind, name }: CrossVersionObjectReference,
  field: string,
): FieldError[] {
  return Object.entries({ kind, name }).flatMap(([part, value]) =>
    value === ""
      ? [required(`${field}.${part}`)]
      : each(`${field}.${part}`, value, pathSegment(value, false))
  );
}

/**
 * The rules of a reference's version.
 *
 * @param options.coreGroup whether the group may be the core group, which has no name
 */
export function validateReferenceVersion(
  { apiVersion = "" }: CrossVersionObjectReference,
  field: string,
  { coreGroup }: { readonly coreGroup: boolean },
): FieldError[] {
  const parts = apiVersion.split("/");
  const wrong = parts.length > 2
    ? `unexpected GroupVersion string: ${apiVersion}`
    : parts.length < 2 && !coreGroup
    ? "apiVersion must specify API group"
    : undefined;
  return wrong === undefined
    ? []
    : [invalidValue(`${field}.apiVersion`, apiVersion, wrong)];
}
