/**
 * The rules of classes of volume attributes. They follow `pkg/apis/storage/validation` of Kubernetes.
 *
 * @module
 */
import { sameJson } from "../equal.ts";
import { forbiddenField, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { VolumeAttributesClass } from "../storage/volume_attributes_class.ts";
import { validateDriverName, validateParameters } from "./storage_class.ts";

/** The rules of a VolumeAttributesClass, beside those of its metadata. */
export function validateVolumeAttributesClass(
  { driverName, parameters = {} }: VolumeAttributesClass,
): FieldError[] {
  return [
    ...validateDriverName("driverName", driverName),
    ...validateParameters(parameters),
    ...(Object.keys(parameters).length === 0
      ? [required("parameters", "must contain at least one key/value pair")]
      : []),
  ];
}

/** Nothing of a class can change. */
export function validateVolumeAttributesClassUpdate(
  next: VolumeAttributesClass,
  previous: VolumeAttributesClass,
): FieldError[] {
  return (["driverName", "parameters"] as const).flatMap((field) =>
    sameJson(next[field], previous[field])
      ? []
      : [forbiddenField(field, `updates to ${field} are forbidden.`)]
  );
}
