/**
 * Rules about room: resources and ports.
 *
 * @module
 */
import { portsClash } from "../../api/core/host_ports.ts";
import type { PodInfo } from "../pod_requests.ts";
import type { NodeInfo } from "../node_info.ts";
import type { Filter, Rejection } from "./filter.ts";

/** cpu, memory, ephemeral storage, number of pods and extended resources stay within what is allocatable. */
export const nodeResourcesFit: Filter = {
  name: "NodeResourcesFit",
  prepare: (info) => (node) => rejectionFor(info, node),
};

/** Ports of the node are taken by one pod each. */
export const nodePorts: Filter = {
  name: "NodePorts",
  prepare: ({ hostPorts }) => {
    if (hostPorts.length === 0) return undefined;
    return ({ pods }) => {
      for (const other of pods.values()) {
        for (const taken of other.hostPorts) {
          if (hostPorts.some((wanted) => portsClash(wanted, taken))) {
            return {
              reasons: [
                "node(s) didn't have free ports for the requested pod ports",
              ],
            };
          }
        }
      }
      return undefined;
    };
  },
};

function rejectionFor(
  { requests }: PodInfo,
  node: NodeInfo,
): Rejection | undefined {
  const { allocatable, requested } = node;
  const reasons: string[] = [];
  // A request that even the empty node could not meet: no removal of pods would help.
  let unresolvable = false;
  if (node.pods.size + 1 > allocatable.pods) reasons.push("Too many pods");
  const check = (
    name: string,
    wanted: number,
    { taken, room }: { taken: number; room: number },
  ) => {
    if (wanted === 0 || taken + wanted <= room) return;
    reasons.push(`Insufficient ${name}`);
    if (wanted > room) unresolvable = true;
  };
  check("cpu", requests.milliCpu, {
    taken: requested.milliCpu,
    room: allocatable.milliCpu,
  });
  check("memory", requests.memoryBytes, {
    taken: requested.memoryBytes,
    room: allocatable.memoryBytes,
  });
  check("ephemeral-storage", requests.ephemeralBytes, {
    taken: requested.ephemeralBytes,
    room: allocatable.ephemeralBytes,
  });
  for (const [name, wanted] of requests.extended) {
    check(name, wanted, {
      taken: requested.extended.get(name) ?? 0,
      room: allocatable.extended.get(name) ?? 0,
    });
  }
  if (reasons.length === 0) return undefined;
  return unresolvable ? { reasons, unresolvable } : { reasons };
}
