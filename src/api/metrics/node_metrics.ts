import { column, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import type { Column, Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  named,
  object,
  optional,
  type ResourceList,
  resourceList,
  time,
  typeMeta,
} from "../schema/words.ts";

/** What a Node uses. */
export interface NodeMetrics extends KubeObject {
  /** The end of the time that usage is told of. */
  timestamp?: string;
  /** Its length, for example `10.012s`. */
  window: string;
  /** Processors (averaged over that time) and memory (at its end). */
  usage: ResourceList;
}

/** Schema of {@linkcode NodeMetrics}. */
export const nodeMetricsType: Field<NodeMetrics> = object<NodeMetrics>(
  "io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    timestamp: optional(time),
    window: named("v1.Duration"),
    usage: resourceList,
  }),
);

/** The columns of both kinds. */
export function usageColumns<T extends KubeObject & { window: string }>(
  usage: (object: T) => ResourceList,
): Column<T>[] {
  return [
    nameColumn(),
    column("cpu", (object) => usage(object)["cpu"] ?? "", {
      description: "Processors in use",
    }),
    column("memory", (object) => usage(object)["memory"] ?? "", {
      description: "Memory in use",
    }),
    column("Window", (object) => object.window, {
      description: "The time that usage is told of",
    }),
  ];
}

/** What Nodes use; not stored, each answer is made when it is asked for. */
export const nodeMetrics: Kind<NodeMetrics> = defineKind({
  group: "metrics.k8s.io",
  version: "v1beta1",
  kind: "NodeMetrics",
  plural: "nodes",
  namespaced: false,
  verbs: ["get", "list"],
  type: nodeMetricsType,
  columns: usageColumns(({ usage }) => usage),
});
