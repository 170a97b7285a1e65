/**
 * Rules about a node's labels.
 *
 * @module
 */
import { meetsNodeSelector } from "../../api/core/node_selector.ts";
import type { Filter } from "./filter.ts";

/** `nodeSelector` and required node affinity, both of them. */
export const nodeAffinity: Filter = {
  name: "NodeAffinity",
  prepare: ({ pod }) => {
    const labels = Object.entries(pod.spec.nodeSelector ?? {});
    const required = pod.spec.affinity?.nodeAffinity
      ?.requiredDuringSchedulingIgnoredDuringExecution;
    if (labels.length === 0 && required === undefined) return undefined;
    return (node) =>
      labels.every(([key, value]) => node.labels[key] === value) &&
        (required === undefined || meetsNodeSelector(required, node))
        ? undefined
        : {
          reasons: ["node(s) didn't match Pod's node affinity/selector"],
          unresolvable: true,
        };
  },
};
