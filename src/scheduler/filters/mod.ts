/**
 * The rules that a node must meet, in Kubernetes' order: the first that rejects a node names the reason.
 *
 * @module
 */
import type { Filter } from "./filter.ts";
import { nodeAffinity } from "./node_affinity.ts";
import { nodeName, nodeUnschedulable, taintToleration } from "./node_state.ts";
import { interPodAffinity } from "./pod_affinity.ts";
import { nodePorts, nodeResourcesFit } from "./resources.ts";
import { runtime } from "./runtime.ts";
import { volumeBinding, volumeRestrictions, volumeZone } from "./volumes.ts";

/** All filters. */
export const FILTERS: readonly Filter[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  runtime,
  nodePorts,
  nodeResourcesFit,
  volumeRestrictions,
  volumeBinding,
  volumeZone,
  interPodAffinity,
];
