/**
 * What is said of an eviction, in kubelet's words.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import type { Quantity } from "../../../src/api/schema/words.ts";
import { canonicalQuantity, wholeUnits } from "../../../src/api/quantity.ts";
import type { ContainerStats, PodStats } from "../../stats/summary.ts";
import { binaryQuantity } from "../capacity.ts";
import type { Observations } from "./observations.ts";
import { amountOf, SIGNALS, type Threshold } from "./threshold.ts";

/** Reason of the event and in the pod's status. */
export const EVICTED = "Evicted";

/** Resources whose numbers are bytes. */
const IN_BYTES: readonly string[] = ["memory", "ephemeral-storage"];

/** Why this pod goes: what the node is short of, and which of its containers use more than they asked for. */
export function evictionMessage(
  pod: Pod,
  { due, observations, stats }: {
    /** All thresholds that are due; the first is the one to be helped. */
    readonly due: readonly [Threshold, ...Threshold[]];
    readonly observations: Observations;
    readonly stats: PodStats | undefined;
  },
): string {
  const { resource } = SIGNALS[due[0].signal];
  let message = `The node was low on resource: ${resource}. `;
  const threshold = due.find(({ signal }) =>
    SIGNALS[signal].resource === resource && observations[signal]
  );
  const seen = threshold && observations[threshold.signal];
  if (seen) {
    message += `Threshold quantity: ${
      thresholdText(threshold, seen.capacity)
    }, available: ${quantityText(resource, seen.available)}. `;
  }
  const podRequest = pod.spec.resources?.requests?.[resource];
  if (resource === "memory" && podRequest !== undefined && stats?.memory) {
    const usage = binaryQuantity(stats.memory.workingSetBytes ?? 0);
    message +=
      `Pod ${pod.metadata.name} was using ${usage}, request is ${podRequest}, has larger consumption of ${resource}. `;
  }
  const { containers, initContainers = [] } = pod.spec;
  for (const used of stats?.containers ?? []) {
    const container = [...containers, ...initContainers].find(({ name }) =>
      name === used.name
    );
    const usage = usageOf(used, resource);
    if (!container || usage === undefined) continue;
    const request = container.resources?.requests?.[resource] ?? "0";
    if (usage <= wholeUnits(request)) continue;
    message += `Container ${container.name} was using ${
      binaryQuantity(usage)
    }, request is ${
      canonicalQuantity(request)
    }, has larger consumption of ${resource}. `;
  }
  return message;
}

/** What a new pod is told on a node that is short of something. */
export function conditionMessage(conditions: readonly string[]): string {
  return `The node had condition: [${conditions.join(" ")}]. `;
}

function usageOf(
  { memory, rootfs, logs }: ContainerStats,
  resource: string,
): number | undefined {
  if (resource === "memory") return memory?.workingSetBytes;
  if (resource !== "ephemeral-storage") return undefined;
  return rootfs?.usedBytes === undefined || logs?.usedBytes === undefined
    ? undefined
    : rootfs.usedBytes + logs.usedBytes;
}

function thresholdText(threshold: Threshold, capacity: number): Quantity {
  return "quantity" in threshold.value
    ? threshold.value.quantity
    : binaryQuantity(amountOf(threshold.value, capacity));
}

function quantityText(resource: string, amount: number): Quantity {
  return IN_BYTES.includes(resource) ? binaryQuantity(amount) : String(amount);
}
