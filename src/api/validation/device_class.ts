/**
 * The rules of device classes. They follow `pkg/apis/resource/validation` of Kubernetes.
 *
 * @module
 */
import { invalidValue } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { DeviceClass } from "../resource/device_class.ts";
import { MAX_PARTS, validateDeviceSelector } from "./device_request.ts";
import { validateConfiguration, validateList } from "./resource_lists.ts";
import { isExtendedResource } from "./resources.ts";

/** The rules of a DeviceClass, beside those of its metadata. */
export function validateDeviceClass({ spec }: DeviceClass): FieldError[] {
  const { extendedResourceName: name } = spec;
  return [
    ...validateList(spec.selectors, "spec.selectors", {
      max: MAX_PARTS,
      rule: validateDeviceSelector,
    }),
    ...validateList(spec.config, "spec.config", {
      max: MAX_PARTS,
      rule: validateConfiguration,
    }),
    ...(name === undefined || isExtendedResource(name) ? [] : [
      invalidValue(
        "spec.extendedResourceName",
        name,
        "must be a valid extended resource name",
      ),
    ]),
  ];
}
