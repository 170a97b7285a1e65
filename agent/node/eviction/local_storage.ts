/**
 * Pods that take more of the node's disk than they may.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import { podLimits } from "../../../src/api/core/pod_resources.ts";
import type { Quantity } from "../../../src/api/schema/words.ts";
import { canonicalQuantity, wholeUnits } from "../../../src/api/quantity.ts";
import type { PodStats } from "../../stats/summary.ts";

const STORAGE = "ephemeral-storage";

/** Whether anything limits what the pod takes. Others need not be measured. */
export function hasStorageLimit({ spec }: Pod): boolean {
  const { containers, initContainers = [], volumes = [] } = spec;
  return volumes.some(({ emptyDir }) => isLimit(emptyDir?.sizeLimit)) ||
    isLimit(spec.resources?.limits?.[STORAGE]) ||
    [...containers, ...initContainers].some(({ resources }) =>
      isLimit(resources?.limits?.[STORAGE])
    );
}

/** Why a pod has to go, in kubelet's words; undefined when it keeps to its limits. */
export function storageExcess(
  pod: Pod,
  stats: PodStats,
  { hasImageFs }: { readonly hasImageFs: boolean },
): string | undefined {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const limit = emptyDir?.sizeLimit;
    const used = stats.volume?.find((one) => one.name === name)?.usedBytes ?? 0;
    if (isLimit(limit) && used > wholeUnits(limit!)) {
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${
        canonicalQuantity(limit!)
      }". `;
    }
  }
  const podLimit = podLimits(pod)[STORAGE];
  const podUsed = stats[STORAGE]?.usedBytes ?? 0;
  if (podLimit !== undefined && podUsed > wholeUnits(podLimit)) {
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${
      canonicalQuantity(podLimit)
    }. `;
  }
  for (const { name, logs, rootfs } of stats.containers) {
    const limit = pod.spec.containers.find((one) => one.name === name)
      ?.resources?.limits?.[STORAGE];
    const used = (logs?.usedBytes ?? 0) +
      (hasImageFs ? 0 : rootfs?.usedBytes ?? 0);
    if (isLimit(limit) && used > wholeUnits(limit!)) {
      return `Container ${name} exceeded its local ephemeral storage limit "${
        canonicalQuantity(limit!)
      }". `;
    }
  }
  return undefined;
}

function isLimit(quantity: Quantity | undefined): boolean {
  return quantity !== undefined && wholeUnits(quantity) > 0;
}
