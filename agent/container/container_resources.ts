/**
 * What the kernel is told of a container's resources, by kubelet's formulas.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import {
  containerRequests,
  qosClass,
} from "../../src/api/core/pod_resources.ts";
import { isSidecar } from "../../src/api/core/pod_summary.ts";
import { wholeUnits } from "../../src/api/quantity.ts";
import type { ResourceList } from "../../src/api/schema/words.ts";
import {
  CPU_PERIOD,
  quotaOf,
  sharesOf,
} from "../runtime/cgroups/cpu_values.ts";
import { hugePageLimits, milliCpu } from "../runtime/cgroups/pod_values.ts";
import type { CgroupLayout } from "../runtime/cgroups/cgroup_layout.ts";
import type { ContainerConfig } from "../runtime/runtime.ts";
import { isNodeCritical } from "./critical_pod.ts";

/** The scores of the kernel's out-of-memory killer: -1000 is never, 1000 first. */
const GUARANTEED_SCORE = -997;
const BEST_EFFORT_SCORE = 1000;

/** What the machine has. */
export interface MachineFacts {
  readonly memoryBytes: number;
  /** How its control groups are arranged; absent where there are none for us. */
  readonly cgroups?: Pick<CgroupLayout, "version" | "hugePages" | "limitsSwap">;
}

/** Shares, quota, limits and the score. A container without a limit of its own has the pod's. */
export function containerResources(
  pod: Pod,
  container: Container,
  machine: MachineFacts,
): ContainerConfig["resources"] {
  const { limits = {}, requests = {} } = container.resources ?? {};
  const shared = pod.spec.resources?.limits ?? {};
  const cpuLimit = milliCpu(limits) || milliCpu(shared);
  const cpuRequest = requests.cpu === undefined ? cpuLimit : milliCpu(requests);
  const memoryLimit = memory(limits) || memory(shared);
  const { cgroups } = machine;
  return {
    cpuShares: sharesOf(cpuRequest),
    ...(cpuLimit > 0 && {
      cpuPeriod: CPU_PERIOD,
      cpuQuota: quotaOf(cpuLimit),
    }),
    ...(memoryLimit > 0 && { memoryLimitBytes: memoryLimit }),
    oomScoreAdj: oomScore(pod, container, machine.memoryBytes),
    ...(cgroups && cgroups.hugePages.length > 0 && {
      hugePageLimits: hugePages({ ...shared, ...limits }, cgroups.hugePages),
    }),
    ...(cgroups?.version === 1 && cgroups.limitsSwap && memoryLimit > 0 &&
      { memorySwapLimitBytes: memoryLimit }),
    ...(cgroups?.version === 2 && { unified: unifiedValues(cgroups) }),
  };
}

/** As kubelet's defaults have it: what runs out of memory ends as a whole, and containers do not swap. */
function unifiedValues(
  { limitsSwap }: { readonly limitsSwap: boolean },
): Record<string, string> {
  return {
    "memory.oom.group": "1",
    ...(limitsSwap && { "memory.swap.max": "0" }),
  };
}

/** None of the sizes that are not asked for. */
function hugePages(
  limits: ResourceList,
  sizes: readonly string[],
): { pageSize: string; limitBytes: number }[] {
  const wanted = hugePageLimits(limits);
  return sizes.map((pageSize) => ({
    pageSize,
    limitBytes: wanted.get(pageSize) ?? 0,
  }));
}

/** Burstable containers come between the others: the more of the machine's memory one has asked for, the later. */
function oomScore(
  pod: Pod,
  container: Container,
  capacityBytes: number,
): number {
  if (isNodeCritical(pod)) return GUARANTEED_SCORE;
  const quality = qosClass(pod);
  if (quality === "Guaranteed") return GUARANTEED_SCORE;
  if (quality === "BestEffort") return BEST_EFFORT_SCORE;
  const extra = unassignedBytes(pod);
  const scoreFor = (bytes: number) =>
    1000 - Math.floor(1000 * (bytes + extra) / Math.max(1, capacityBytes));
  let score = scoreFor(memory(container.resources?.requests ?? {}));
  if (isSidecar(container) && pod.spec.initContainers?.includes(container)) {
    // A sidecar goes no sooner than the containers that it serves.
    const least = Math.min(
      ...pod.spec.containers.map(({ resources }) =>
        memory(resources?.requests ?? {})
      ),
    );
    score = Math.min(score, scoreFor(least));
  }
  return Math.min(
    BEST_EFFORT_SCORE - 1,
    Math.max(1000 + GUARANTEED_SCORE, score),
  );
}

/** Each container's part of what the pod as a whole requests beyond its containers. */
function unassignedBytes({ spec }: Pod): number {
  const whole = memory(spec.resources?.requests ?? {});
  if (whole === 0) return 0;
  const count = spec.containers.length + (spec.initContainers?.length ?? 0);
  return Math.floor((whole - memory(containerRequests(spec))) / count);
}

function memory({ memory }: ResourceList): number {
  return memory === undefined ? 0 : wholeUnits(memory);
}
