/**
 * Defaults of StatefulSets.
 *
 * @module
 */
import type { StatefulSet } from "../apps/stateful_set.ts";
import { defaultPersistentVolumeClaim } from "./persistent_volume.ts";
import { defaultPodSpec } from "./pod_spec.ts";

/** Fills in what a StatefulSet leaves open. */
export function defaultStatefulSet({ spec }: StatefulSet): void {
  spec.podManagementPolicy ??= "OrderedReady";
  const strategy = spec.updateStrategy;
  if (strategy.type === undefined) {
    strategy.type = "RollingUpdate";
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type === "RollingUpdate" && strategy.rollingUpdate) {
    strategy.rollingUpdate.partition ??= 0;
  }
  const policy = spec.persistentVolumeClaimRetentionPolicy ??= {};
  policy.whenDeleted ??= "Retain";
  policy.whenScaled ??= "Retain";
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = "v1";
    claim.kind = "PersistentVolumeClaim";
    defaultPersistentVolumeClaim(claim);
  }
  defaultPodSpec(spec.template.spec);
}
