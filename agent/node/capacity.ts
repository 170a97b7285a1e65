/**
 * What the node offers to pods.
 *
 * @module
 */
import type { Quantity } from "../../src/api/schema/words.ts";
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  subtractQuantities,
  wholeUnits,
} from "../../src/api/quantity.ts";
import type { Threshold } from "./eviction/threshold.ts";
import type { MachineInfo } from "./machine.ts";

/** Pods that a node takes by default; Kubernetes' number. */
export const DEFAULT_MAX_PODS = 110;

/** Resources by name, as quantities. */
export type Resources = Readonly<Record<string, Quantity>>;

/** What is kept from pods. */
export interface Reserves {
  /** Of the whole machine. */
  readonly maxPods: number;
  /** For the system's own programs. */
  readonly systemReserved?: Resources;
  /** For the agent and the runtimes. */
  readonly kubeReserved?: Resources;
  /** Hard thresholds of memory and the node's disk are kept, too: a pod that reached them would be evicted. */
  readonly thresholds: readonly Threshold[];
}

/** Bytes as kubelet writes them: with the largest binary suffix that keeps them exact. */
export function binaryQuantity(bytes: number): Quantity {
  return formatQuantity({
    nano: BigInt(Math.floor(bytes)) * 1_000_000_000n,
    format: "BinarySI",
  });
}

/** `status.capacity` and `status.allocatable` of the node. */
export function nodeCapacity(
  machine: Pick<
    MachineInfo,
    "cpus" | "memoryBytes" | "storageBytes" | "hugePages"
  >,
  reserves: Reserves,
): { capacity: Resources; allocatable: Resources } {
  const { cpus, memoryBytes, storageBytes, hugePages = {} } = machine;
  const huge = Object.entries(hugePages).map(([size, bytes]) =>
    [`hugepages-${size}`, binaryQuantity(bytes)] as const
  );
  const capacity: Record<string, Quantity> = {
    cpu: String(cpus),
    "ephemeral-storage": binaryQuantity(storageBytes),
    ...Object.fromEntries(huge),
    memory: binaryQuantity(memoryBytes),
    pods: String(reserves.maxPods),
  };
  const reserved: Record<string, Quantity> = {
    memory: keptByThreshold(reserves, {
      signal: "memory.available",
      capacity: memoryBytes,
    }),
    "ephemeral-storage": keptByThreshold(reserves, {
      signal: "nodefs.available",
      capacity: storageBytes,
    }),
  };
  const allocatable: Record<string, Quantity> = {};
  for (const [name, value] of Object.entries(capacity)) {
    let left = value;
    for (
      const part of [
        reserves.systemReserved?.[name],
        reserves.kubeReserved?.[name],
        reserved[name],
      ]
    ) {
      if (part !== undefined) left = subtractQuantities(left, part);
    }
    allocatable[name] = atLeastZero(left);
  }
  for (const [, bytes] of huge) {
    allocatable.memory = atLeastZero(
      subtractQuantities(allocatable.memory!, bytes),
    );
  }
  return { capacity, allocatable };
}

/**
 * Why the reserves cannot be kept, in kubelet's words; undefined when they can.
 */
export function reserveProblem(
  machine: Parameters<typeof nodeCapacity>[0],
  reserves: Reserves,
): string | undefined {
  const { capacity } = nodeCapacity(machine, reserves);
  const problems: string[] = [];
  for (const [name, has] of Object.entries(capacity)) {
    let sum: Quantity = "0";
    for (const part of [reserves.systemReserved, reserves.kubeReserved]) {
      if (part?.[name] !== undefined) sum = addQuantities(sum, part[name]);
    }
    if (compareQuantities(sum, has) > 0) {
      problems.push(
        `Resource "${name}" has a reservation of ${sum} but capacity of ${has}. Expected capacity >= reservation.`,
      );
    }
  }
  return problems.length === 0
    ? undefined
    : `invalid Node Allocatable configuration. ${problems.join(" ")}`;
}

/** Memory, in bytes, that all pods together may have: the kernel keeps them to it. Thresholds do not count, for they are there to be acted upon before. */
export function podsMemoryBytes(
  { memoryBytes }: Pick<MachineInfo, "memoryBytes">,
  { systemReserved, kubeReserved }: Partial<Reserves>,
): number {
  let left = memoryBytes;
  for (const part of [systemReserved?.memory, kubeReserved?.memory]) {
    if (part !== undefined) left -= wholeUnits(part);
  }
  return Math.max(0, left);
}

function keptByThreshold(
  { thresholds }: Reserves,
  { signal, capacity }: { signal: string; capacity: number },
): Quantity {
  const hard = thresholds.find((threshold) =>
    threshold.signal === signal && threshold.graceMs === 0
  );
  if (!hard) return "0";
  // A machine too small for the threshold still offers half of what it has.
  const bytes = "share" in hard.value
    ? capacity * hard.value.share
    : wholeUnits(hard.value.quantity);
  return binaryQuantity(Math.min(bytes, capacity / 2));
}

function atLeastZero(quantity: Quantity): Quantity {
  return compareQuantities(quantity, "0") < 0 ? "0" : quantity;
}
