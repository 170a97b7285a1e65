import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { addQuantities } from "../quantity.ts";
import {
  type Field,
  list,
  named,
  object,
  optional,
  type ResourceList,
  resourceList,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";
import { usageColumns } from "./node_metrics.ts";

/** What one container of a Pod uses. */
export interface ContainerMetrics {
  /** The container's name. */
  name: string;
  /** Processors and memory. */
  usage: ResourceList;
}

/** What a Pod uses. */
export interface PodMetrics extends KubeObject {
  /** The end of the time that usage is told of. */
  timestamp?: string;
  /** Its length, for example `10.012s`. */
  window: string;
  /** Its containers that run. */
  containers: ContainerMetrics[];
}

/** Schema of {@linkcode ContainerMetrics}. */
export const containerMetrics: Field<ContainerMetrics> = object<
  ContainerMetrics
>(
  "io.k8s.metrics.pkg.apis.metrics.v1beta1.ContainerMetrics",
  () => ({ name: str, usage: resourceList }),
);

/** Schema of {@linkcode PodMetrics}. */
export const podMetricsType: Field<PodMetrics> = object<PodMetrics>(
  "io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    timestamp: optional(time),
    window: named("v1.Duration"),
    containers: list(containerMetrics, {
      type: "atomic",
    }),
  }),
);

/** What Pods use; not stored, each answer is made when it is asked for. */
export const podMetrics: Kind<PodMetrics> = defineKind({
  group: "metrics.k8s.io",
  version: "v1beta1",
  kind: "PodMetrics",
  plural: "pods",
  namespaced: true,
  verbs: ["get", "list"],
  type: podMetricsType,
  columns: usageColumns(({ containers }) => totalUsage(containers)),
});

/** The sum over containers. */
function totalUsage(
  containers: readonly ContainerMetrics[],
): ResourceList {
  const total: ResourceList = {};
  for (const { usage } of containers) {
    for (const [name, quantity] of Object.entries(usage)) {
      const sum = total[name];
      total[name] = sum === undefined ? quantity : addQuantities(sum, quantity);
    }
  }
  return total;
}
