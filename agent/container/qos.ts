/**
 * A pod's quality of service, and what the kernel is told of it.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { PodQOSClass } from "../../src/api/core/pod_status.ts";
import {
  compareQuantities,
  milliUnits,
  wholeUnits,
} from "../../src/api/quantity.ts";
import type { ContainerConfig } from "../runtime/runtime.ts";

const COUNTED = ["cpu", "memory"] as const;

/**
 * The class of a pod: Guaranteed when every container limits cpu and memory and requests just that, BestEffort when none asks for anything.
 *
 * @see {@link https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/}
 */
export function qosClass(pod: Pod): PodQOSClass {
  const containers = [
    ...pod.spec.containers,
    ...(pod.spec.initContainers ?? []),
  ];
  let asks = false;
  let guaranteed = true;
  for (const { resources } of containers) {
    for (const name of COUNTED) {
      const limit = resources?.limits?.[name];
      const request = resources?.requests?.[name] ?? limit;
      if (isPositive(limit) || isPositive(request)) asks = true;
      const same = isPositive(limit) && request !== undefined &&
        compareQuantities(limit!, request) === 0;
      if (!same) guaranteed = false;
    }
  }
  if (!asks) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

/** Shares, quota, limit and OOM score of a container, by kubelet's formulas. `capacityBytes` is the node's memory. */
export function containerResources(
  pod: Pod,
  container: Container,
  capacityBytes: number,
): ContainerConfig["resources"] {
  const { limits, requests } = container.resources ?? {};
  const cpuRequest = requests?.cpu ?? limits?.cpu;
  const milli = cpuRequest === undefined ? 0 : milliUnits(cpuRequest);
  const quota = limits?.cpu === undefined ? 0 : milliUnits(limits.cpu);
  const memory = limits?.memory === undefined ? 0 : wholeUnits(limits.memory);
  return {
    cpuShares: Math.min(
      262_144,
      Math.max(2, Math.floor(milli * 1024 / 1000)),
    ),
    ...(quota > 0 && {
      cpuPeriod: 100_000,
      cpuQuota: Math.max(1_000, Math.floor(quota * 100_000 / 1000)),
    }),
    ...(memory > 0 && { memoryLimitBytes: memory }),
    oomScoreAdj: oomScore(pod, container, capacityBytes),
  };
}

function oomScore(
  pod: Pod,
  container: Container,
  capacityBytes: number,
): number {
  const quality = pod.status?.qosClass ?? qosClass(pod);
  if (quality === "Guaranteed") return -997;
  if (quality === "BestEffort") return 1000;
  const { limits, requests } = container.resources ?? {};
  const request = requests?.memory ?? limits?.memory;
  const bytes = request === undefined ? 0 : wholeUnits(request);
  const score = 1000 - Math.floor(1000 * bytes / Math.max(1, capacityBytes));
  return Math.min(999, Math.max(3, score));
}

function isPositive(quantity: string | undefined): boolean {
  return quantity !== undefined && milliUnits(quantity) > 0;
}
