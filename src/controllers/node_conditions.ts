/**
 * Conditions of nodes, and the taints that follow from them.
 *
 * @module
 */
import type { Node } from "../api/core/node.ts";
import type { NodeCondition } from "../api/core/node_status.ts";
import type { Taint } from "../api/core/toleration.ts";

/** Conditions that a kubelet tells, and that nobody knows when it is silent. */
export const KUBELET_CONDITIONS = [
  "Ready",
  "MemoryPressure",
  "DiskPressure",
  "PIDPressure",
] as const;

/** Which taint a condition's status stands for. */
const TAINTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: {
    False: "node.kubernetes.io/not-ready",
    Unknown: "node.kubernetes.io/unreachable",
  },
  MemoryPressure: { True: "node.kubernetes.io/memory-pressure" },
  DiskPressure: { True: "node.kubernetes.io/disk-pressure" },
  PIDPressure: { True: "node.kubernetes.io/pid-pressure" },
  NetworkUnavailable: { True: "node.kubernetes.io/network-unavailable" },
};
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
const OURS = new Set([
  UNSCHEDULABLE,
  ...Object.values(TAINTS).flatMap((byStatus) => Object.values(byStatus)),
]);

/** The condition of a type. */
export function nodeCondition(
  node: Node,
  type: string,
): NodeCondition | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type);
}

/**
 * The conditions of a node whose kubelet is silent, as Kubernetes' node life cycle controller writes them.
 */
export function unknownConditions(node: Node, now: string): NodeCondition[] {
  const conditions = [...node.status?.conditions ?? []];
  for (const type of KUBELET_CONDITIONS) {
    const at = conditions.findIndex((condition) => condition.type === type);
    const held = conditions[at];
    if (held === undefined) {
      conditions.push({
        type,
        status: "Unknown",
        reason: "NodeStatusNeverUpdated",
        message: "Kubelet never posted node status.",
        lastHeartbeatTime: node.metadata.creationTimestamp ?? now,
        lastTransitionTime: now,
      });
    } else if (held.status !== "Unknown") {
      conditions[at] = {
        ...held,
        status: "Unknown",
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting node status.",
        lastTransitionTime: now,
      };
    }
  }
  return conditions;
}

/** The taints that a node should have: its own, and those that its conditions stand for, which keep new pods away. */
export function taintsFor(node: Node, now: string): Taint[] {
  const wanted = new Set<string>();
  for (const { type, status } of node.status?.conditions ?? []) {
    const key = TAINTS[type]?.[status];
    if (key !== undefined) wanted.add(key);
  }
  if (node.spec.unschedulable) wanted.add(UNSCHEDULABLE);
  const taints = (node.spec.taints ?? []).filter(({ key, effect }) =>
    !OURS.has(key) || effect !== "NoSchedule" || wanted.delete(key)
  );
  for (const key of wanted) {
    taints.push({ key, effect: "NoSchedule", timeAdded: now });
  }
  return taints;
}
