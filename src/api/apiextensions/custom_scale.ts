/**
 * Where the scale of a custom kind's objects lies.
 *
 * @module
 */
import { invalidValue } from "../field_error.ts";
import type { FieldError, KubeObject, ScaleFields } from "../kind.ts";
import type { CustomResourceSubresourceScale } from "./custom_resource_definition_spec.ts";

type Fields = Record<string, unknown>;

const MAX_INT32 = 2 ** 31 - 1;

function stepsOf(path: string): string[] {
  return path.replace(/^\./, "").split(".");
}

function valueAt(object: unknown, path: string): unknown {
  let at = object;
  for (const step of stepsOf(path)) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Fields)[step];
  }
  return at;
}

function numberAt(object: unknown, path: string): number {
  const value = valueAt(object, path);
  return typeof value === "number" ? value : 0;
}

/** Reads and writes the scale. */
export function scaleFields(
  { specReplicasPath, statusReplicasPath, labelSelectorPath = "" }:
    CustomResourceSubresourceScale,
): ScaleFields<KubeObject> {
  return {
    replicas: (object) => numberAt(object, specReplicasPath),
    setReplicas(object, replicas) {
      const steps = stepsOf(specReplicasPath);
      const last = steps.pop()!;
      let at = object as unknown as Fields;
      for (const step of steps) at = (at[step] ??= {}) as Fields;
      at[last] = replicas;
    },
    statusReplicas: (object) => numberAt(object, statusReplicasPath),
    selector: (object) =>
      labelSelectorPath === ""
        ? ""
        : String(valueAt(object, labelSelectorPath) ?? ""),
  };
}

/** Rules for the values that the scale is made of. */
export function validateScale(
  object: KubeObject,
  scale: CustomResourceSubresourceScale | undefined,
  options: { readonly statusOnly?: boolean } = {},
): FieldError[] {
  if (scale === undefined) return [];
  const { labelSelectorPath } = scale;
  return [
    ...(options.statusOnly === true
      ? []
      : validateReplicas(object, scale.specReplicasPath)),
    ...validateReplicas(object, scale.statusReplicasPath),
    ...(labelSelectorPath === undefined
      ? []
      : validateText(object, labelSelectorPath)),
  ];
}

function wrongType(value: unknown, path: string, wanted: string): string {
  const found = Array.isArray(value)
    ? "[]interface {}"
    : typeof value === "number"
    ? Number.isInteger(value) ? "int64" : "float64"
    : typeof value === "boolean"
    ? "bool"
    : typeof value === "object"
    ? "map[string]interface {}"
    : "string";
  return `.${stepsOf(path).join(".")} accessor error: ${
    JSON.stringify(value)
  } is of the type ${found}, expected ${wanted}`;
}

function validateReplicas(object: KubeObject, path: string): FieldError[] {
  const value = valueAt(object, path);
  if (value === undefined) return [];
  if (typeof value !== "number" || !Number.isInteger(value)) {
    return [invalidValue(path, 0, wrongType(value, path, "int64"))];
  }
  if (value < 0) {
    return [invalidValue(path, value, "should be a non-negative integer")];
  }
  return value <= MAX_INT32 ? [] : [
    invalidValue(path, value, `should be less than or equal to ${MAX_INT32}`),
  ];
}

function validateText(object: KubeObject, path: string): FieldError[] {
  const value = valueAt(object, path);
  return value === undefined || typeof value === "string"
    ? []
    : [invalidValue(path, "", wrongType(value, path, "string"))];
}
