/**
 * The rules of DaemonSets.
 *
 * @module
 */
import type {
  DaemonSet,
  DaemonSetStatus,
  DaemonSetUpdateStrategy,
} from "../apps/daemon_set.ts";
import { invalidValue, notSupported, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import {
  SelectorError,
  selectorOf,
  validateLabelSelector,
} from "../selector.ts";
import { atMostWhole, isNone, validateIntOrPercent } from "./int_or_percent.ts";
import { unchanged } from "./meta.ts";
import { validatePodTemplate } from "./pod_spec.ts";
import { notNegative } from "./values.ts";
import { alwaysRestarted } from "./workload.ts";

function validateStrategy(strategy: DaemonSetUpdateStrategy): FieldError[] {
  const field = "spec.updateStrategy";
  const { type = "", rollingUpdate } = strategy;
  if (type === "OnDelete") return [];
  if (type !== "RollingUpdate") {
    return [
      // Kubernetes shows its internal form, whose fields are upper-case.
      notSupported(field, {
        Type: type,
        RollingUpdate: rollingUpdate === undefined ? null : {
          MaxUnavailable: rollingUpdate.maxUnavailable ?? 0,
          MaxSurge: rollingUpdate.maxSurge ?? 0,
        },
      }, ["RollingUpdate", "OnDelete"]),
    ];
  }
  if (rollingUpdate === undefined) return [required(`${field}.rollingUpdate`)];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const unavailable = `${field}.rollingUpdate.maxUnavailable`;
  const surge = `${field}.rollingUpdate.maxSurge`;
  const found = [
    ...validateIntOrPercent(unavailable, maxUnavailable),
    ...validateIntOrPercent(surge, maxSurge),
    ...atMostWhole(unavailable, maxUnavailable),
    ...atMostWhole(surge, maxSurge),
  ];
  if (isNone(maxUnavailable) && isNone(maxSurge)) {
    found.push(required(unavailable, "cannot be 0 when maxSurge is 0"));
  } else if (!isNone(maxUnavailable) && !isNone(maxSurge)) {
    found.push(
      invalidValue(
        surge,
        maxSurge,
        "may not be set when maxUnavailable is non-zero",
      ),
    );
  }
  return found;
}

function validateSelector({ spec }: DaemonSet): FieldError[] {
  const { selector, template } = spec;
  const found = validateLabelSelector(selector, "spec.selector");
  try {
    const labels = template.metadata?.labels;
    if (!selectorOf(selector).matches(labels)) {
      found.push(
        invalidValue(
          "spec.template.metadata.labels",
          labels,
          "`selector` does not match template `labels`",
        ),
      );
    }
  } catch (error) {
    // What is wrong with the selector has been told above.
    if (!(error instanceof SelectorError)) throw error;
  }
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  if (
    selector !== undefined &&
    Object.keys(matchLabels).length + matchExpressions.length === 0
  ) {
    found.push(
      invalidValue(
        "spec.selector",
        selector,
        "empty selector is invalid for daemonset",
      ),
    );
  }
  return found;
}

/** The rules of a DaemonSet, beside those of its metadata. */
export function validateDaemonSet(set: DaemonSet): FieldError[] {
  const { spec } = set;
  return [
    ...validateSelector(set),
    ...validatePodTemplate(spec.template, "spec.template"),
    ...alwaysRestarted(spec.template, "DaemonSet"),
    ...notNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...validateStrategy(spec.updateStrategy),
    ...notNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit),
  ];
}

/** The rules for a change of a DaemonSet: its selector stays. */
export function validateDaemonSetUpdate(
  next: DaemonSet,
  previous: DaemonSet,
): FieldError[] {
  return unchanged("spec.selector", {
    next: next.spec.selector,
    previous: previous.spec.selector,
  });
}

const COUNTS = [
  "currentNumberScheduled",
  "numberMisscheduled",
  "desiredNumberScheduled",
  "numberReady",
  "observedGeneration",
  "updatedNumberScheduled",
  "numberAvailable",
  "numberUnavailable",
  "collisionCount",
] as const satisfies readonly (keyof DaemonSetStatus)[];

/** The rules for a change of a DaemonSet's status. */
export function validateDaemonSetStatus(
  next: DaemonSet,
  previous: DaemonSet,
): FieldError[] {
  return [
    ...COUNTS.flatMap((name) =>
      notNegative(`status.${name}`, next.status?.[name])
    ),
    ...notDecremented(
      next.status?.collisionCount,
      previous.status?.collisionCount,
    ),
  ];
}

/** `status.collisionCount` only grows. */
export function notDecremented(
  next: number | undefined,
  previous: number | undefined,
): FieldError[] {
  if (previous === undefined || (next ?? -1) >= previous) return [];
  return [
    invalidValue("status.collisionCount", next ?? 0, "cannot be decremented"),
  ];
}
