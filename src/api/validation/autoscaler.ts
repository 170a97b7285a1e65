/**
 * The rules of HorizontalPodAutoscalers.
 *
 * @module
 */
import type { HPAScalingRules } from "../autoscaling/behavior.ts";
import type { HorizontalPodAutoscaler } from "../autoscaling/horizontal_pod_autoscaler.ts";
import { invalidValue, notSupported, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { parseQuantity } from "../quantity.ts";
import { validateMetrics } from "./autoscaler_metric.ts";
import { notNegative, oneOfIfSet } from "./values.ts";
import {
  validateReference,
  validateReferenceVersion,
} from "./version_reference.ts";

const MAX_PERIOD_SECONDS = 1800;
const MAX_WINDOW_SECONDS = 3600;
const TARGET = "spec.scaleTargetRef";
const POLICY_TYPES = ["Percent", "Pods"];

function validateRules(
  rules: HPAScalingRules | undefined,
  field: string,
): FieldError[] {
  if (rules === undefined) return [];
  const { stabilizationWindowSeconds: window = 0, policies = [], tolerance } =
    rules;
  const at = `${field}.stabilizationWindowSeconds`;
  return [
    ...(window < 0
      ? [invalidValue(at, window, "must be greater than or equal to zero")]
      : []),
    ...(window > MAX_WINDOW_SECONDS
      ? [
        invalidValue(
          at,
          window,
          `must be less than or equal to ${MAX_WINDOW_SECONDS}`,
        ),
      ]
      : []),
    ...oneOfIfSet(`${field}.selectPolicy`, rules.selectPolicy, [
      "Disabled",
      "Max",
      "Min",
    ]),
    ...(policies.length === 0
      ? [required(`${field}.policies`, "must specify at least one Policy")]
      : []),
    ...policies.flatMap(({ type, value, periodSeconds }, i) => {
      const policy = `${field}.policies[${i}]`;
      const positive = (name: string, number: number) =>
        number > 0 ? [] : [
          invalidValue(
            `${policy}.${name}`,
            number,
            "must be greater than zero",
          ),
        ];
      return [
        ...(POLICY_TYPES.includes(type)
          ? []
          : [notSupported(`${policy}.type`, type, POLICY_TYPES)]),
        ...positive("value", value),
        ...positive("periodSeconds", periodSeconds),
        ...(periodSeconds > MAX_PERIOD_SECONDS
          ? [
            invalidValue(
              `${policy}.periodSeconds`,
              periodSeconds,
              `must be less than or equal to ${MAX_PERIOD_SECONDS}`,
            ),
          ]
          : []),
      ];
    }),
    ...(tolerance !== undefined && parseQuantity(tolerance).nano < 0n
      ? [
        invalidValue(
          `${field}.tolerance`,
          tolerance,
          "must be greater than or equal to 0",
        ),
      ]
      : []),
  ];
}

function validateCounts({ spec }: HorizontalPodAutoscaler): FieldError[] {
  const { minReplicas, maxReplicas } = spec;
  const field = "spec.maxReplicas";
  const found = minReplicas !== undefined && minReplicas < 1
    ? [
      invalidValue(
        "spec.minReplicas",
        minReplicas,
        "must be greater than or equal to 1",
      ),
    ]
    : [];
  if (maxReplicas === 0) {
    found.push(required(field, "must be set and greater than 0"));
  } else if (maxReplicas < 0) {
    found.push(
      invalidValue(field, maxReplicas, "must be greater than or equal to 1"),
    );
  }
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    found.push(
      invalidValue(
        field,
        maxReplicas,
        "must be greater than or equal to `minReplicas`",
      ),
    );
  }
  return found;
}

/** The rules of a HorizontalPodAutoscaler, beside those of its metadata. */
export function validateAutoscaler(
  scaler: HorizontalPodAutoscaler,
): FieldError[] {
  const { metadata, spec } = scaler;
  const isNew = (metadata.resourceVersion ?? "") === "";
  return [
    ...validateCounts(scaler),
    ...validateReference(spec.scaleTargetRef, TARGET),
    ...(isNew ? validateTargetVersion(scaler) : []),
    ...validateMetrics(spec.metrics ?? [], "spec.metrics", spec.minReplicas),
    ...validateRules(spec.behavior?.scaleUp, "spec.behavior.scaleUp"),
    ...validateRules(spec.behavior?.scaleDown, "spec.behavior.scaleDown"),
  ];
}

function validateTargetVersion(
  { spec: { scaleTargetRef } }: HorizontalPodAutoscaler,
): FieldError[] {
  return validateReferenceVersion(scaleTargetRef, TARGET, {
    coreGroup: scaleTargetRef.kind === "ReplicationController",
  });
}

/** The rules for a change of a HorizontalPodAutoscaler: the version of a target that stays is not looked at again. */
export function validateAutoscalerUpdate(
  next: HorizontalPodAutoscaler,
  previous: HorizontalPodAutoscaler,
): FieldError[] {
  const after = next.spec.scaleTargetRef;
  const before = previous.spec.scaleTargetRef;
  return after.apiVersion === before.apiVersion && after.kind === before.kind
    ? []
    : validateTargetVersion(next);
}

/** The rules for a change of a HorizontalPodAutoscaler's status. */
export function validateAutoscalerStatus(
  { status }: HorizontalPodAutoscaler,
): FieldError[] {
  return [
    ...notNegative("status.currentReplicas", status?.currentReplicas),
    ...notNegative("status.desiredReplicas", status?.desiredReplicas),
  ];
}
