/**
 * The two views of one stored autoscaler: that of `autoscaling/v2` (which is what is stored) and that of `autoscaling/v1`, which knows the use of
 * CPU alone and keeps all else in annotations.
 *
 * @module
 */
import {
  DEFAULT_CPU_PERCENT,
  defaultAutoscaler,
} from "../defaults/autoscaler.ts";
import type { ObjectMeta } from "../meta.ts";
import { isObject, type JsonObject } from "../patch/json_value.ts";
import type { HorizontalPodAutoscalerBehavior } from "./behavior.ts";
import type { HorizontalPodAutoscaler } from "./horizontal_pod_autoscaler.ts";
import type { HorizontalPodAutoscaler as HorizontalPodAutoscalerV1 } from "./horizontal_pod_autoscaler_v1.ts";
import type { MetricSpec } from "./metric.ts";
import {
  fromOldSpec,
  fromOldStatus,
  type OldMetricSpec,
  present,
  toOldSpec,
  toOldStatus,
} from "./metric_views.ts";

const PREFIX = "autoscaling.alpha.kubernetes.io/";
const METRICS = `${PREFIX}metrics`;
const CURRENT_METRICS = `${PREFIX}current-metrics`;
const CONDITIONS = `${PREFIX}conditions`;
const BEHAVIOR = `${PREFIX}behavior`;
const ROUND_TRIP = [
  METRICS,
  CURRENT_METRICS,
  CONDITIONS,
  BEHAVIOR,
  `${PREFIX}scale-down-tolerance`,
  `${PREFIX}scale-up-tolerance`,
];

/** The metric that `autoscaling/v1` has a field for. */
function cpuPercent({ type, resource }: MetricSpec): number | undefined {
  return type === "Resource" && resource?.name === "cpu"
    ? resource.target.averageUtilization
    : undefined;
}

function cpuMetric(averageUtilization: number): MetricSpec {
  return {
    type: "Resource",
    resource: {
      name: "cpu",
      target: { type: "Utilization", averageUtilization },
    },
  };
}

/** Metadata with other annotations for what only one of the views has a field for. */
function annotated(
  metadata: ObjectMeta,
  added: Readonly<Record<string, unknown>>,
): ObjectMeta {
  const { annotations, ...rest } = metadata;
  const all = { ...annotations };
  for (const name of ROUND_TRIP) delete all[name];
  for (const [name, value] of Object.entries(added)) {
    if (value !== undefined) all[name] = JSON.stringify(value);
  }
  const empty = Object.keys(all).length === 0;
  return empty && annotations === undefined
    ? rest
    : { ...rest, ...(empty ? {} : { annotations: all }) };
}

/** The internal form, whose fields are upper-case: what Kubernetes keeps in the annotation. */
function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, part]) => part !== null).map((
      [name, part],
    ) => [rename(name), renamed(part, rename)]),
  );
}

const upper = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
const lower = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

function notEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** A stored autoscaler as `autoscaling/v1` shows it. */
export function toAutoscalerV1(
  { metadata, spec, status }: HorizontalPodAutoscaler,
): HorizontalPodAutoscalerV1 {
  const { metrics = [], behavior } = spec;
  // The list of metrics is one of the few that Kubernetes writes as null.
  const currentMetrics = status?.currentMetrics ?? [];
  const conditions = status?.conditions ?? [];
  const others = metrics.filter((metric) => cpuPercent(metric) === undefined);
  const found = currentMetrics.findLast(({ type, resource }) =>
    type === "Resource" && resource?.name === "cpu" &&
    resource.current.averageUtilization !== undefined
  );
  return {
    kind: "HorizontalPodAutoscaler",
    apiVersion: "autoscaling/v1",
    metadata: annotated(metadata, {
      [METRICS]: notEmpty(others.map(toOldSpec)),
      [CURRENT_METRICS]: notEmpty(currentMetrics.map(toOldStatus)),
      [BEHAVIOR]: behavior === undefined ? undefined : renamed(behavior, upper),
      [CONDITIONS]: notEmpty(conditions),
    }),
    spec: present<HorizontalPodAutoscalerV1["spec"]>({
      scaleTargetRef: spec.scaleTargetRef,
      minReplicas: spec.minReplicas,
      maxReplicas: spec.maxReplicas,
      targetCPUUtilizationPercentage: metrics.map(cpuPercent).find((percent) =>
        percent !== undefined
      ),
    }),
    status: present<NonNullable<HorizontalPodAutoscalerV1["status"]>>({
      observedGeneration: status?.observedGeneration,
      lastScaleTime: status?.lastScaleTime,
      currentReplicas: status?.currentReplicas ?? 0,
      desiredReplicas: status?.desiredReplicas ?? 0,
      currentCPUUtilizationPercentage: found?.resource?.current
        .averageUtilization,
    }),
  };
}

/** A list or object from an annotation; what is no JSON counts for nothing. */
function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function metricsIn(text: string | undefined): OldMetricSpec[] | undefined {
  const value = parsed(text);
  if (!Array.isArray(value) || !value.every(isObject)) return undefined;
  return value.map((item: JsonObject) => ({
    ...item,
    type: String(item["type"] ?? ""),
  }));
}

function conditionsIn(
  text: string | undefined,
): NonNullable<HorizontalPodAutoscaler["status"]>["conditions"] {
  const value = parsed(text);
  if (!Array.isArray(value) || !value.every(isObject)) return undefined;
  return value.map(({ type, status, ...rest }: JsonObject) => ({
    ...rest,
    type: String(type ?? ""),
    status: String(status ?? ""),
  }));
}

/** An autoscaler of `autoscaling/v1` as it is stored. */
export function fromAutoscalerV1(
  { metadata, spec, status }: HorizontalPodAutoscalerV1,
): HorizontalPodAutoscaler {
  const annotations = metadata.annotations ?? {};
  const percent = spec.targetCPUUtilizationPercentage;
  const metrics = [
    ...(metricsIn(annotations[METRICS]) ?? []).map(fromOldSpec),
    ...(percent === undefined ? [] : [cpuMetric(percent)]),
  ];
  const behavior = parsed(annotations[BEHAVIOR]);
  const cpu = status?.currentCPUUtilizationPercentage;
  const object: HorizontalPodAutoscaler = {
    kind: "HorizontalPodAutoscaler",
    apiVersion: "autoscaling/v2",
    metadata: annotated(metadata, {}),
    spec: present<HorizontalPodAutoscaler["spec"]>({
      scaleTargetRef: spec.scaleTargetRef,
      minReplicas: spec.minReplicas,
      maxReplicas: spec.maxReplicas,
      metrics: metrics.length === 0
        ? [cpuMetric(DEFAULT_CPU_PERCENT)]
        : metrics,
      behavior: isObject(behavior) && Object.keys(behavior).length > 0
        ? renamed(behavior, lower) as HorizontalPodAutoscalerBehavior
        : undefined,
    }),
    status: present<NonNullable<HorizontalPodAutoscaler["status"]>>({
      observedGeneration: status?.observedGeneration,
      lastScaleTime: status?.lastScaleTime,
      currentReplicas: status?.currentReplicas,
      desiredReplicas: status?.desiredReplicas ?? 0,
      currentMetrics: metricsIn(annotations[CURRENT_METRICS])
        ?.map(fromOldStatus) ??
        (cpu === undefined ? undefined : [{
          type: "Resource",
          resource: { name: "cpu", current: { averageUtilization: cpu } },
        }]),
      conditions: conditionsIn(annotations[CONDITIONS]),
    }),
  };
  defaultAutoscaler(object);
  return object;
}
