/**
 * The rules of PodDisruptionBudgets.
 *
 * @module
 */
import { invalidValue } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type {
  PodDisruptionBudget,
  PodDisruptionBudgetSpec,
} from "../policy/pod_disruption_budget.ts";
import { validateLabelSelector } from "../selector.ts";
import { validateConditions } from "./condition.ts";
import { atMostWhole, validateIntOrPercent } from "./int_or_percent.ts";
import { notNegative, oneOfIfSet } from "./values.ts";

/** The internal form, whose fields are upper-case. */
function internal(spec: PodDisruptionBudgetSpec): unknown {
  return {
    MinAvailable: spec.minAvailable ?? null,
    Selector: spec.selector ?? null,
    MaxUnavailable: spec.maxUnavailable ?? null,
    UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null,
  };
}

/** The rules of a PodDisruptionBudget, beside those of its metadata. */
export function validateDisruptionBudget(
  { spec }: PodDisruptionBudget,
): FieldError[] {
  const { minAvailable, maxUnavailable } = spec;
  const found: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    found.push(
      invalidValue(
        "spec",
        internal(spec),
        "minAvailable and maxUnavailable cannot be both set",
      ),
    );
  }
  for (const name of ["minAvailable", "maxUnavailable"] as const) {
    const value = spec[name];
    if (value === undefined) continue;
    found.push(
      ...validateIntOrPercent(`spec.${name}`, value),
      ...atMostWhole(`spec.${name}`, value),
    );
  }
  return [
    ...found,
    ...validateLabelSelector(spec.selector, "spec.selector"),
    ...oneOfIfSet(
      "spec.unhealthyPodEvictionPolicy",
      spec.unhealthyPodEvictionPolicy,
      ["AlwaysAllow", "IfHealthyBudget"],
    ),
  ];
}

const COUNTS = [
  "disruptionsAllowed",
  "currentHealthy",
  "desiredHealthy",
  "expectedPods",
] as const;

/** The rules for a change of a PodDisruptionBudget's status. */
export function validateDisruptionBudgetStatus(
  { status }: PodDisruptionBudget,
): FieldError[] {
  return [
    ...validateConditions(status?.conditions ?? [], "status.conditions"),
    ...COUNTS.flatMap((name) => notNegative(`status.${name}`, status?.[name])),
  ];
}
