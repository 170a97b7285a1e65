/**
 * The shape of a filter: a rule that a node must meet.
 *
 * @module
 */
import type { NodeInfo } from "../node_info.ts";
import type { PodInfo } from "../pod_requests.ts";
import type { Snapshot } from "../snapshot.ts";

/** Why a node will not do. */
export interface Rejection {
  /** In Kubernetes' words, one for each thing that is missing. */
  readonly reasons: readonly string[];
  /** No removal of pods from this node would help. */
  readonly unresolvable?: boolean;
  /** Pods on other nodes may make it meet the rule: worth another try whenever any pod changes. */
  readonly dependsOnPods?: boolean;
}

/** One rule. Pure. */
export interface Filter {
  /** The name of Kubernetes' plugin. */
  readonly name: string;
  /** What stands against the pod whatever the node, in Kubernetes' words: no node is looked at then. */
  refuse?(info: PodInfo, snapshot: Snapshot): string | undefined;
  /**
   * Looks at the pod once before the nodes; the answer is the check for each node, or undefined when the rule cannot reject this
   * pod anywhere.
   */
  prepare(
    info: PodInfo,
    snapshot: Snapshot,
  ): ((node: NodeInfo) => Rejection | undefined) | undefined;
}
