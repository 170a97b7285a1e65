/**
 * Rules about the node itself: that it takes pods at all, its name, its taints.
 *
 * @module
 */
import { tolerates } from "../../api/core/tolerates.ts";
import type { Taint } from "../../api/core/toleration.ts";
import type { Filter } from "./filter.ts";

const UNSCHEDULABLE: Taint = {
  key: "node.kubernetes.io/unschedulable",
  effect: "NoSchedule",
};

/** Cordoned nodes take only pods that tolerate it. */
export const nodeUnschedulable: Filter = {
  name: "NodeUnschedulable",
  prepare: ({ pod }) => {
    if (tolerates(pod.spec.tolerations, UNSCHEDULABLE)) return undefined;
    return ({ node }) =>
      node?.spec.unschedulable
        ? { reasons: ["node(s) were unschedulable"], unresolvable: true }
        : undefined;
  },
};

/** A pod that names its node goes there or nowhere. */
export const nodeName: Filter = {
  name: "NodeName",
  prepare: ({ pod }) => {
    const wanted = pod.spec.nodeName;
    if (!wanted) return undefined;
    return ({ name }) =>
      name === wanted ? undefined : {
        reasons: ["node(s) didn't match the requested node name"],
        unresolvable: true,
      };
  },
};

/** Taints `NoSchedule` and `NoExecute` must be tolerated. */
export const taintToleration: Filter = {
  name: "TaintToleration",
  prepare: ({ pod }) => ({ node }) => {
    const taints = node?.spec.taints;
    if (taints === undefined) return undefined;
    return taints.some((taint) =>
        taint.effect !== "PreferNoSchedule" &&
        !tolerates(pod.spec.tolerations, taint)
      )
      ? { reasons: ["node(s) had untolerated taint(s)"], unresolvable: true }
      : undefined;
  },
};
