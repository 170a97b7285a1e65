/**
 * What `kubectl get horizontalpodautoscalers` shows.
 *
 * @module
 */
import type { HorizontalPodAutoscaler } from "../autoscaling/horizontal_pod_autoscaler.ts";
import type { MetricSpec, MetricTarget } from "../autoscaling/metric.ts";
import type {
  MetricStatus,
  MetricValueStatus,
} from "../autoscaling/metric_status.ts";
import type { Column } from "../kind.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

const SHOWN_METRICS = 2;
const UNKNOWN = "<unknown>";

/** A value that is aimed at as it is, or divided by the number of Pods. */
function valueText(target: MetricTarget, current?: MetricValueStatus): string {
  return target.averageValue === undefined
    ? `${current === undefined ? UNKNOWN : current.value ?? "<nil>"}/${
      target.value ?? "<nil>"
    }`
    : `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
}

function resourceText(
  name: string,
  target: MetricTarget,
  current?: MetricValueStatus,
): string {
  if (target.averageValue !== undefined) {
    const found = current === undefined
      ? UNKNOWN
      : current.averageValue ?? "<nil>";
    return `${name}: ${found}/${target.averageValue}`;
  }
  const percent = (value: number | undefined, otherwise: string) =>
    value === undefined ? otherwise : `${value}%`;
  return `${name}: ${percent(current?.averageUtilization, UNKNOWN)}/${
    percent(target.averageUtilization, "<auto>")
  }`;
}

function metricText(spec: MetricSpec, status: MetricStatus = { type: "" }) {
  const { type, external, pods, object, resource, containerResource } = spec;
  if (type === "External" && external !== undefined) {
    return valueText(external.target, status.external?.current);
  }
  if (type === "Object" && object !== undefined) {
    return valueText(object.target, status.object?.current);
  }
  if (type === "Pods" && pods !== undefined) {
    const current = status.pods === undefined
      ? UNKNOWN
      : status.pods.current.averageValue ?? "<nil>";
    return `${current}/${pods.target.averageValue ?? "<nil>"}`;
  }
  if (type === "Resource" && resource !== undefined) {
    const current = status.resource?.current;
    return resourceText(resource.name, resource.target, current);
  }
  if (type === "ContainerResource" && containerResource !== undefined) {
    const current = status.containerResource?.current;
    return resourceText(
      containerResource.name,
      containerResource.target,
      current,
    );
  }
  return "<unknown type>";
}

/** `cpu: 12%/80%`, and how many more metrics there are. */
export function metricsText(
  { spec, status }: HorizontalPodAutoscaler,
): string {
  const texts = (spec.metrics ?? []).map((metric, i) =>
    metricText(metric, status?.currentMetrics?.[i])
  );
  if (texts.length === 0) return "<none>";
  const more = texts.length - SHOWN_METRICS;
  const shown = texts.slice(0, SHOWN_METRICS).join(", ");
  return more > 0 ? `${shown} + ${more} more...` : shown;
}

/** The columns. */
export const autoscalerColumns: readonly Column<HorizontalPodAutoscaler>[] = [
  nameColumn(),
  column(
    "Reference",
    ({ spec: { scaleTargetRef: { kind, name } } }) => `${kind}/${name}`,
    { description: "What is scaled" },
  ),
  column("Targets", metricsText, {
    description: "Metrics: what was found and what is aimed at",
  }),
  column("MinPods", ({ spec }) => String(spec.minReplicas ?? "<unset>"), {
    description: "The fewest Pods",
  }),
  column("MaxPods", ({ spec }) => spec.maxReplicas, {
    description: "The most Pods",
  }),
  column("Replicas", ({ status }) => status?.currentReplicas ?? 0, {
    description: "Pods that there are",
  }),
  ageColumn(),
];
