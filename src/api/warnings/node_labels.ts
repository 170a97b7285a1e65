/**
 * What a client is warned of when it chooses nodes by labels that are going away.
 *
 * @module
 */
import type { RuntimeClass } from "../node/runtime_class.ts";
import type { CSIStorageCapacity } from "../storage/csi_storage_capacity.ts";
import type { StorageClass } from "../storage/storage_class.ts";
import { OLD_LABELS } from "./pod.ts";

function warn(field: string, label: string): string[] {
  const text = OLD_LABELS[label];
  return text === undefined ? [] : [`${field}: ${text}`];
}

/** Warnings about a StorageClass. */
export function warnOfStorageClass(
  { allowedTopologies = [] }: StorageClass,
): string[] {
  return allowedTopologies.flatMap(({ matchLabelExpressions = [] }, i) =>
    matchLabelExpressions.flatMap(({ key }, j) =>
      warn(`allowedTopologies[${i}].matchLabelExpressions[${j}].key`, key)
    )
  );
}

/** Warnings about a CSIStorageCapacity. */
export function warnOfStorageCapacity(
  { nodeTopology = {} }: CSIStorageCapacity,
): string[] {
  const { matchExpressions = [], matchLabels = {} } = nodeTopology;
  return [
    ...matchExpressions.flatMap(({ key }, i) => {
      const text = OLD_LABELS[key];
      const field = `nodeTopology.matchExpressions[${i}].key`;
      return text === undefined ? [] : [`${field}: ${key} is ${text}`];
    }),
    ...Object.keys(matchLabels).flatMap((label) =>
      warn(`nodeTopology.matchLabels.${label}`, label)
    ),
  ];
}

/** Warnings about a RuntimeClass. */
export function warnOfRuntimeClass({ scheduling }: RuntimeClass): string[] {
  return Object.keys(scheduling?.nodeSelector ?? {}).flatMap((label) =>
    warn("scheduling.nodeSelector", label)
  );
}
