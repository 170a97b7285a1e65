/**
 * The control groups of the node's pods, by what the node has.
 *
 * @module
 */
import { milliUnits } from "../src/api/quantity.ts";
import type { PodRecord } from "./pod/pod_record.ts";
import type { NodeFacts } from "./pod/pod_services.ts";
import type { PodServices } from "./pod/pod_work.ts";
import type { PodCgroups } from "./runtime/cgroups/pod_cgroups.ts";

/** What {@linkcode podsCgroups} asks and tells. */
export interface PodsCgroupsParts {
  readonly records: () => readonly PodRecord[];
  readonly facts: () => NodeFacts;
  /** Called once, when the kernel keeps all pods together to what they may have. */
  readonly onEnforced: () => void;
}

/** Makes a pod's group, and those above it with the first one. */
export function podsCgroups(
  cgroups: PodCgroups,
  { records, facts, onEnforced }: PodsCgroupsParts,
): PodServices["cgroups"] {
  let isEnforced = false;
  return {
    layout: cgroups.layout,
    ensure: async ({ pod }) => {
      const { allocatable, memoryBytes, podsMemoryBytes } = facts();
      await cgroups.ensure(pod, {
        pods: records().filter(({ ended }) => !ended)
          .map((record) => record.pod),
        milliCpu: milliUnits(allocatable.cpu ?? "0"),
        memoryBytes: podsMemoryBytes ?? memoryBytes,
      });
      if (isEnforced) return;
      isEnforced = true;
      onEnforced();
    },
    remove: (uid) => cgroups.remove(uid),
  };
}
