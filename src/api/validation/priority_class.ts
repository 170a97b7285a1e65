/**
 * The rules of priority classes. They follow `pkg/apis/scheduling/validation` of Kubernetes.
 *
 * @module
 */
import { forbiddenField, notSupported, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { PriorityClass } from "../scheduling/priority_class.ts";
import { unchanged } from "./meta.ts";

/** The classes that every cluster has; nobody else may have names like theirs. */
export const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

const SYSTEM_PREFIX = "system-";
const HIGHEST_USER_PRIORITY = 1_000_000_000;

/** Why a class is not the one of the system whose name it has; "" when it is. */
function systemFault(
  { value, globalDefault = false }: PriorityClass,
  name: string,
): string {
  const wanted = SYSTEM_PRIORITIES[name];
  if (wanted === undefined) {
    return `${name} is not a known system priority class`;
  }
  if (value !== wanted) {
    return `value of ${name} PriorityClass must be ${wanted}`;
  }
  return globalDefault
    ? `globalDefault of ${name} PriorityClass must be false`
    : "";
}

/** The rules of a PriorityClass, beside those of its metadata. */
export function validatePriorityClass(object: PriorityClass): FieldError[] {
  const found: FieldError[] = [];
  const { metadata: { name = "" }, value, preemptionPolicy } = object;
  if (name.startsWith(SYSTEM_PREFIX)) {
    const fault = systemFault(object, name);
    if (fault !== "") {
      found.push(
        forbiddenField(
          "metadata.name",
          `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${fault}`,
        ),
      );
    }
  } else if (value > HIGHEST_USER_PRIORITY) {
    found.push(
      forbiddenField(
        "value",
        `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`,
      ),
    );
  }
  if (preemptionPolicy === "") found.push(required("preemptionPolicy"));
  else if (
    preemptionPolicy !== undefined &&
    !["PreemptLowerPriority", "Never"].includes(preemptionPolicy)
  ) {
    found.push(
      notSupported("preemptionPolicy", preemptionPolicy, [
        "PreemptLowerPriority",
        "Never",
      ]),
    );
  }
  return found;
}

/** The value and the preemption policy of a class stay. */
export function validatePriorityClassUpdate(
  next: PriorityClass,
  previous: PriorityClass,
): FieldError[] {
  return [
    ...(next.value === previous.value
      ? []
      : [forbiddenField("value", "may not be changed in an update.")]),
    ...unchanged("preemptionPolicy", {
      next: next.preemptionPolicy,
      previous: previous.preemptionPolicy,
    }),
  ];
}
