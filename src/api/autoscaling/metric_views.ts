/**
 * Metrics as `autoscaling/v1` writes them into annotations.
 *
 * @module
 */
import type { LabelSelector } from "../meta.ts";
import type { CrossVersionObjectReference, MetricSpec } from "./metric.ts";
import type { MetricStatus } from "./metric_status.ts";

/** The parts of any metric that the old form names otherwise. */
interface OldMetric {
  readonly name?: string;
  readonly container?: string;
  readonly target?: CrossVersionObjectReference;
  readonly metricName?: string;
  readonly selector?: LabelSelector;
  readonly metricSelector?: LabelSelector;
  readonly targetValue?: string;
  readonly targetAverageValue?: string;
  readonly targetAverageUtilization?: number;
  readonly averageValue?: string;
  readonly currentValue?: string;
  readonly currentAverageValue?: string;
  readonly currentAverageUtilization?: number;
}

/** A metric in the old form: its type, and under the type's name what it is. */
export interface OldMetricSpec {
  /** `Resource`, `Pods` and so on. */
  readonly type: string;
  /** A metric of one object. */
  readonly object?: OldMetric;
  /** A metric that each Pod has. */
  readonly pods?: OldMetric;
  /** A resource that Pods request. */
  readonly resource?: OldMetric;
  /** A resource that one container requests. */
  readonly containerResource?: OldMetric;
  /** A metric from outside the cluster. */
  readonly external?: OldMetric;
}

/** An object without the properties that are `undefined`. */
export function present<T>(
  object: { readonly [K in keyof T]: T[K] | undefined },
): T {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  ) as T;
}

function made<T, R>(
  value: T | undefined,
  make: (value: T) => R,
): R | undefined {
  return value === undefined ? undefined : make(value);
}

/** A metric in the old form. */
export function toOldSpec(spec: MetricSpec): OldMetricSpec {
  return present<OldMetricSpec>({
    type: spec.type,
    object: made(
      spec.object,
      ({ describedObject, target, metric }) =>
        present<OldMetric>({
          target: describedObject,
          metricName: metric.name,
          targetValue: target.value ?? "0",
          selector: metric.selector,
          averageValue: target.averageValue,
        }),
    ),
    pods: made(spec.pods, ({ metric, target }) =>
      present<OldMetric>({
        metricName: metric.name,
        targetAverageValue: target.averageValue ?? "0",
        selector: metric.selector,
      })),
    resource: made(spec.resource, ({ name, target }) =>
      present<OldMetric>({
        name,
        targetAverageUtilization: target.averageUtilization,
        targetAverageValue: target.averageValue,
      })),
    containerResource: made(
      spec.containerResource,
      ({ name, container, target }) =>
        present<OldMetric>({
          name,
          targetAverageUtilization: target.averageUtilization,
          targetAverageValue: target.averageValue,
          container,
        }),
    ),
    external: made(spec.external, ({ metric, target }) =>
      present<OldMetric>({
        metricName: metric.name,
        metricSelector: metric.selector,
        targetValue: target.value,
        targetAverageValue: target.averageValue,
      })),
  });
}

const NO_OBJECT: CrossVersionObjectReference = { kind: "", name: "" };

function identifier(name: string | undefined, selector?: LabelSelector) {
  return { name: name ?? "", ...(selector === undefined ? {} : { selector }) };
}

function resourceTarget(old: OldMetric) {
  return present<NonNullable<MetricSpec["resource"]>["target"]>({
    type: old.targetAverageUtilization === undefined
      ? "AverageValue"
      : "Utilization",
    value: undefined,
    averageValue: old.targetAverageValue,
    averageUtilization: old.targetAverageUtilization,
  });
}

function valueTarget(value: string | undefined, averageValue?: string) {
  return present<NonNullable<MetricSpec["object"]>["target"]>({
    type: averageValue === undefined ? "Value" : "AverageValue",
    value,
    averageValue,
    averageUtilization: undefined,
  });
}

/** A metric from the old form. */
export function fromOldSpec(old: OldMetricSpec): MetricSpec {
  return present<MetricSpec>({
    type: old.type,
    object: made(old.object, (o) => ({
      describedObject: o.target ?? NO_OBJECT,
      // The old form cannot leave the value out.
      target: valueTarget(
        o.averageValue !== undefined && o.targetValue === "0"
          ? undefined
          : o.targetValue ?? "0",
        o.averageValue,
      ),
      metric: identifier(o.metricName, o.selector),
    })),
    pods: made(old.pods, (o) => ({
      metric: identifier(o.metricName, o.selector),
      target: {
        type: "AverageValue",
        averageValue: o.targetAverageValue ?? "0",
      },
    })),
    resource: made(old.resource, (o) => ({
      name: o.name ?? "",
      target: resourceTarget(o),
    })),
    containerResource: made(old.containerResource, (o) => ({
      name: o.name ?? "",
      target: resourceTarget(o),
      container: o.container ?? "",
    })),
    external: made(old.external, (o) => ({
      metric: identifier(o.metricName, o.metricSelector),
      target: {
        ...valueTarget(o.targetValue, o.targetAverageValue),
        type: o.targetValue === undefined ? "AverageValue" : "Value",
      },
    })),
  });
}

/** What was found of a metric, in the old form. */
export function toOldStatus(status: MetricStatus): OldMetricSpec {
  return present<OldMetricSpec>({
    type: status.type,
    object: made(
      status.object,
      ({ describedObject, metric, current }) =>
        present<OldMetric>({
          target: describedObject,
          metricName: metric.name,
          currentValue: current.value ?? "0",
          selector: metric.selector,
          averageValue: current.averageValue,
        }),
    ),
    pods: made(status.pods, ({ metric, current }) =>
      present<OldMetric>({
        metricName: metric.name,
        currentAverageValue: current.averageValue ?? "0",
        selector: metric.selector,
      })),
    resource: made(status.resource, ({ name, current }) =>
      present<OldMetric>({
        name,
        currentAverageUtilization: current.averageUtilization,
        currentAverageValue: current.averageValue ?? "0",
      })),
    containerResource: made(
      status.containerResource,
      ({ name, container, current }) =>
        present<OldMetric>({
          name,
          currentAverageUtilization: current.averageUtilization,
          currentAverageValue: current.averageValue ?? "0",
          container,
        }),
    ),
    external: made(
      status.external,
      ({ metric, current }) =>
        present<OldMetric>({
          metricName: metric.name,
          metricSelector: metric.selector,
          currentValue: current.value ?? "0",
          currentAverageValue: current.averageValue,
        }),
    ),
  });
}

function currentOf(old: OldMetric, ...names: (keyof OldMetric)[]) {
  const [value, averageValue] = names as [keyof OldMetric, keyof OldMetric];
  return present<NonNullable<MetricStatus["object"]>["current"]>({
    value: old[value] as string | undefined,
    averageValue: old[averageValue] as string | undefined,
    averageUtilization: old.currentAverageUtilization,
  });
}

/** What was found of a metric, from the old form. */
export function fromOldStatus(old: OldMetricSpec): MetricStatus {
  return present<MetricStatus>({
    type: old.type,
    object: made(old.object, (o) => ({
      metric: identifier(o.metricName, o.selector),
      current: currentOf(o, "currentValue", "averageValue"),
      describedObject: o.target ?? NO_OBJECT,
    })),
    pods: made(old.pods, (o) => ({
      metric: identifier(o.metricName, o.selector),
      current: currentOf(o, "currentValue", "currentAverageValue"),
    })),
    resource: made(old.resource, (o) => ({
      name: o.name ?? "",
      current: currentOf(o, "currentValue", "currentAverageValue"),
    })),
    containerResource: made(old.containerResource, (o) => ({
      name: o.name ?? "",
      current: currentOf(o, "currentValue", "currentAverageValue"),
      container: o.container ?? "",
    })),
    external: made(old.external, (o) => ({
      metric: identifier(o.metricName, o.metricSelector),
      current: currentOf(o, "currentValue", "currentAverageValue"),
    })),
  });
}
