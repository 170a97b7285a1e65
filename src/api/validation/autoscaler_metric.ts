/**
 * The rules of metrics that a HorizontalPodAutoscaler scales by.
 *
 * @module
 */
import type {
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from "../autoscaling/metric.ts";
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { parseQuantity } from "../quantity.ts";
import { isDnsLabel, pathSegment } from "./names.ts";
import { validateContainerResource } from "./resources.ts";
import { each } from "./values.ts";
import {
  validateReference,
  validateReferenceVersion,
} from "./version_reference.ts";

/** In the order in which Kubernetes looks at them. */
const SOURCES = [
  "object",
  "external",
  "pods",
  "resource",
  "containerResource",
] as const;

type SourceName = (typeof SOURCES)[number];

const FIELD_OF: Readonly<Record<string, SourceName>> = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};
const TARGET_TYPES = ["Utilization", "Value", "AverageValue"];

function validateTarget(target: MetricTarget, field: string): FieldError[] {
  const { type, averageUtilization } = target;
  const found: FieldError[] = [];
  if (type === "") {
    found.push(required(`${field}.type`, "must specify a metric target type"));
  }
  if (!TARGET_TYPES.includes(type)) {
    found.push(
      invalidValue(
        `${field}.type`,
        type,
        "must be either Utilization, Value, or AverageValue",
      ),
    );
  }
  for (const name of ["value", "averageValue"] as const) {
    const amount = target[name];
    if (amount === undefined || parseQuantity(amount).nano > 0n) continue;
    found.push(invalidValue(`${field}.${name}`, amount, "must be positive"));
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    found.push(
      invalidValue(
        `${field}.averageUtilization`,
        averageUtilization,
        "must be greater than 0",
      ),
    );
  }
  return found;
}

function validateMetric(
  { name }: MetricIdentifier,
  field: string,
): FieldError[] {
  return name === ""
    ? [required(`${field}.name`, "must specify a metric name")]
    : each(`${field}.name`, name, pathSegment(name, false));
}

/** A resource is aimed at by an amount or by a percentage. */
function validateEither(target: MetricTarget, field: string): FieldError[] {
  const { averageValue, averageUtilization } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    return [
      required(
        `${field}.averageUtilization`,
        "must set either a target raw value or a target utilization",
      ),
    ];
  }
  return averageUtilization === undefined || averageValue === undefined ? [] : [
    forbiddenField(
      `${field}.averageValue`,
      "may not set both a target raw value and a target utilization",
    ),
  ];
}

type Rules = {
  readonly [K in SourceName]: (
    source: NonNullable<MetricSpec[K]>,
    field: string,
  ) => FieldError[];
};

const RULES: Rules = {
  object: ({ describedObject, metric, target }, field) => [
    ...validateReference(describedObject, `${field}.describedObject`),
    ...validateReferenceVersion(describedObject, `${field}.describedObject`, {
      coreGroup: true,
    }),
    ...validateMetric(metric, `${field}.metric`),
    ...validateTarget(target, `${field}.target`),
    ...(target.value === undefined && target.averageValue === undefined
      ? [
        required(
          `${field}.target.averageValue`,
          "must set either a target value or averageValue",
        ),
      ]
      : []),
  ],
  external: ({ metric, target }, field) => [
    ...validateMetric(metric, `${field}.metric`),
    ...validateTarget(target, `${field}.target`),
    ...(target.value === undefined && target.averageValue === undefined
      ? [
        required(
          `${field}.target.averageValue`,
          "must set either a target value for metric or a per-pod target",
        ),
      ]
      : []),
    ...(target.value !== undefined && target.averageValue !== undefined
      ? [
        forbiddenField(
          `${field}.target.value`,
          "may not set both a target value for metric and a per-pod target",
        ),
      ]
      : []),
  ],
  pods: ({ metric, target }, field) => [
    ...validateMetric(metric, `${field}.metric`),
    ...validateTarget(target, `${field}.target`),
    ...(target.averageValue === undefined
      ? [
        required(
          `${field}.target.averageValue`,
          "must specify a positive target averageValue",
        ),
      ]
      : []),
  ],
  resource: ({ name, target }, field) => [
    ...(name === ""
      ? [required(`${field}.name`, "must specify a resource name")]
      : []),
    ...validateTarget(target, `${field}.target`),
    ...validateEither(target, `${field}.target`),
  ],
  containerResource: ({ name, container, target }, field) => [
    ...(name === ""
      ? [required(`${field}.name`, "must specify a resource name")]
      : validateContainerResource(name, `${field}.name`)),
    ...(container === ""
      ? [required(`${field}.container`, "must specify a container")]
      : each(`${field}.container`, container, isDnsLabel(container))),
    ...validateTarget(target, `${field}.target`),
    ...validateEither(target, `${field}.target`),
  ],
};

function validateSpec(spec: MetricSpec, field: string): FieldError[] {
  const { type } = spec;
  const expected = FIELD_OF[type];
  const present = SOURCES.filter((name) => spec[name] !== undefined);
  const [first] = present;
  const unsupported = () =>
    notSupported(`${field}.type`, type, Object.keys(FIELD_OF));
  const found: FieldError[] = [];
  if (type === "") {
    found.push(required(`${field}.type`, "must specify a metric source type"));
  }
  if (expected === undefined) found.push(unsupported());
  if (first !== undefined) {
    const rule = RULES[first] as (
      source: unknown,
      field: string,
    ) => FieldError[];
    found.push(...rule(spec[first], `${field}.${first}`));
  }
  if (expected === undefined) found.push(unsupported());
  else if (spec[expected] === undefined) {
    found.push(
      required(
        `${field}.${expected}`,
        "must populate information for the given metric source",
      ),
    );
  }
  if (present.length === 1) return found;
  for (const name of present) {
    if (name === expected) continue;
    found.push(
      forbiddenField(
        `${field}.${name}`,
        "must populate the given metric source only",
      ),
    );
  }
  return found;
}

/** The rules of all metrics. */
export function validateMetrics(
  metrics: readonly MetricSpec[],
  field: string,
  minReplicas: number | undefined,
): FieldError[] {
  const found = metrics.flatMap((spec, i) =>
    validateSpec(spec, `${field}[${i}]`)
  );
  // Only what is measured outside of the Pods can say when there should be some again.
  if (
    minReplicas === 0 &&
    !metrics.some(({ type }) => type === "Object" || type === "External")
  ) {
    found.push(
      forbiddenField(
        field,
        "must specify at least one Object or External metric to support scaling to zero replicas",
      ),
    );
  }
  return found;
}
