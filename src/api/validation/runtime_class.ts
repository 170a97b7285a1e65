/**
 * The rules of runtime classes. They follow `pkg/apis/node/validation` of Kubernetes.
 *
 * @module
 */
import type { Toleration } from "../core/toleration.ts";
import { duplicate } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { RuntimeClass } from "../node/runtime_class.ts";
import { unchanged, validateLabels } from "./meta.ts";
import { isDnsLabel } from "./names.ts";
import { validateResources } from "./resources.ts";
import { validateTolerations } from "./scheduling.ts";
import { requiredBy } from "./values.ts";

/** Kubernetes shows its internal form, whose fields are upper-case. */
function shown(toleration: Toleration): Record<string, unknown> {
  return {
    Key: toleration.key ?? "",
    Operator: toleration.operator ?? "",
    Value: toleration.value ?? "",
    Effect: toleration.effect ?? "",
    TolerationSeconds: toleration.tolerationSeconds ?? null,
  };
}

function validateUnique(
  tolerations: readonly Toleration[],
  field: string,
): FieldError[] {
  const seen = new Set<string>();
  return tolerations.flatMap((toleration, i) => {
    const { key, operator, value, effect } = toleration;
    const text = JSON.stringify([key, operator, value, effect]);
    if (seen.has(text)) return [duplicate(`${field}[${i}]`, shown(toleration))];
    seen.add(text);
    return [];
  });
}

/** The rules of a RuntimeClass, beside those of its metadata. */
export function validateRuntimeClass(
  { handler, overhead, scheduling }: RuntimeClass,
): FieldError[] {
  const { tolerations = [], nodeSelector } = scheduling ?? {};
  return [
    ...requiredBy("handler", handler, isDnsLabel),
    ...(overhead === undefined
      ? []
      : validateResources({ limits: overhead.podFixed ?? {} }, "overhead")),
    ...validateLabels(nodeSelector, "scheduling.nodeSelector"),
    ...validateTolerations(tolerations, "scheduling.tolerations"),
    ...validateUnique(tolerations, "scheduling.tolerations"),
  ];
}

/** The handler of a class stays. */
export function validateRuntimeClassUpdate(
  next: RuntimeClass,
  previous: RuntimeClass,
): FieldError[] {
  return unchanged("handler", {
    next: next.handler,
    previous: previous.handler,
  });
}
