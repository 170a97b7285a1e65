/**
 * What the node offers to pods.
 *
 * @module
 */
import type { MachineInfo } from "./machine.ts";

/** Pods that a node takes by default; Kubernetes' number. */
export const DEFAULT_MAX_PODS = 110;

/** Memory, in bytes, that is kept from pods by default, as kubelet's eviction threshold does. */
export const RESERVED_MEMORY_BYTES = 100 * 1024 ** 2;

/** Share of the disk that is kept from pods: kubelet's eviction threshold `nodefs.available<10%`. */
const RESERVED_STORAGE = 0.1;

/** Resources by name, as quantities. */
export type Resources = Readonly<Record<string, string>>;

/** `status.capacity` and `status.allocatable` of the node. */
export function nodeCapacity(
  machine: Pick<MachineInfo, "cpus" | "memoryBytes" | "storageBytes">,
  { maxPods }: { readonly maxPods: number },
): { capacity: Resources; allocatable: Resources } {
  const { cpus, memoryBytes, storageBytes } = machine;
  const pods = String(maxPods);
  // A machine too small for the reserve still offers half of what it has.
  const reserved = Math.min(RESERVED_MEMORY_BYTES, memoryBytes / 2);
  return {
    capacity: {
      cpu: String(cpus),
      "ephemeral-storage": kibi(storageBytes),
      memory: kibi(memoryBytes),
      pods,
    },
    allocatable: {
      cpu: String(cpus),
      "ephemeral-storage": String(
        Math.floor(storageBytes * (1 - RESERVED_STORAGE)),
      ),
      memory: kibi(memoryBytes - reserved),
      pods,
    },
  };
}

function kibi(bytes: number): string {
  return `${Math.floor(bytes / 1024)}Ki`;
}
