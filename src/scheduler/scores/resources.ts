/**
 * Preferences about room.
 *
 * @module
 */
import type { NodeInfo } from "../node_info.ts";
import type { PodInfo } from "../pod_requests.ts";
import { MAX_SCORE, type Score } from "./score.ts";

/** Nodes with the most room left. */
export const leastAllocated: Score = {
  name: "NodeResourcesFit",
  weight: 1,
  score: (info, nodes) =>
    nodes.map((node) => {
      const { cpu, memory } = fractions(info, node, "guessed");
      return Math.trunc(
        (Math.trunc(MAX_SCORE * (1 - cpu)) +
          Math.trunc(MAX_SCORE * (1 - memory))) / 2,
      );
    }),
};

/** Nodes on which cpu and memory are used up alike. */
export const balancedAllocation: Score = {
  name: "NodeResourcesBalancedAllocation",
  weight: 1,
  score: (info, nodes) => {
    const { milliCpu, memoryBytes } = info.requests;
    // A pod that asks for nothing cannot unbalance anything.
    if (milliCpu === 0 && memoryBytes === 0) return undefined;
    return nodes.map((node) => {
      const { cpu, memory } = fractions(info, node, "requested");
      return Math.trunc((1 - Math.abs(cpu - memory) / 2) * MAX_SCORE);
    });
  },
};

/** Shares of cpu and memory in use with the pod on the node, from 0 to 1. */
function fractions(
  info: PodInfo,
  node: NodeInfo,
  by: "requested" | "guessed",
): { cpu: number; memory: number } {
  const pod = by === "guessed" ? info.guessed : info.requests;
  const share = (used: number, room: number) =>
    room === 0 ? 1 : Math.min(1, used / room);
  return {
    cpu: share(node[by].milliCpu + pod.milliCpu, node.allocatable.milliCpu),
    memory: share(
      node[by].memoryBytes + pod.memoryBytes,
      node.allocatable.memoryBytes,
    ),
  };
}
