/**
 * What a pod's control group is told, as kubelet reckons it.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import {
  podLimits,
  podRequests,
  qosClass,
} from "../../../src/api/core/pod_resources.ts";
import { milliUnits, wholeUnits } from "../../../src/api/quantity.ts";
import type { ResourceList } from "../../../src/api/schema/words.ts";
import { pageSizeName } from "./cgroup_layout.ts";
import { CPU_PERIOD, quotaOf, sharesOf } from "./cpu_values.ts";
import type { GroupValues } from "./group_values.ts";

const HUGE_PAGES = "hugepages-";

/**
 * Shares by what the pod requests; a limit only where all of its containers have one, or the pod as a whole: else one without would be held to the others'.
 * Huge pages are what was requested, and none of the sizes that were not.
 *
 * @param options `pidsLimit`: most processes and threads of a pod
 */
export function podValues(pod: Pod, options: {
  readonly hugePages: readonly string[];
  readonly pidsLimit?: number | undefined;
}): GroupValues {
  const requests = podRequests(pod);
  const quality = qosClass(pod);
  const shares = quality === "BestEffort" ? 0 : milliCpu(requests);
  const limits = podLimits(pod);
  const isLimited = (name: string) =>
    quality !== "BestEffort" && isDeclared(pod, name);
  return {
    cpuShares: sharesOf(shares),
    ...(isLimited("cpu") &&
      { cpuQuota: quotaOf(milliCpu(limits)), cpuPeriod: CPU_PERIOD }),
    ...(isLimited("memory") &&
      { memoryLimitBytes: wholeUnits(limits.memory ?? "0") }),
    ...(options.pidsLimit !== undefined && { pidsLimit: options.pidsLimit }),
    hugePages: new Map([
      ...options.hugePages.map((size) => [size, 0] as const),
      ...hugePageLimits(requests),
    ]),
  };
}

/** Bytes by size of page. */
export function hugePageLimits(list: ResourceList): Map<string, number> {
  const limits = new Map<string, number>();
  for (const [name, amount] of Object.entries(list)) {
    if (!name.startsWith(HUGE_PAGES)) continue;
    const size = pageSizeName(wholeUnits(name.slice(HUGE_PAGES.length)));
    limits.set(size, (limits.get(size) ?? 0) + wholeUnits(amount));
  }
  return limits;
}

/** What a list says of the CPU, in thousandths. */
export function milliCpu({ cpu }: ResourceList): number {
  return cpu === undefined ? 0 : milliUnits(cpu);
}

function isDeclared({ spec }: Pod, name: string): boolean {
  const positive = (list: ResourceList | undefined) =>
    list?.[name] !== undefined && milliUnits(list[name]) > 0;
  return positive(spec.resources?.limits) ||
    [...spec.containers, ...spec.initContainers ?? []].every(({ resources }) =>
      positive(resources?.limits)
    );
}
