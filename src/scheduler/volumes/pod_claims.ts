/**
 * The claims of a pod, by what has still to be done for them.
 *
 * @module
 */
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import type { Pod } from "../../api/core/pod.ts";
import {
  claimNameOf,
  classOf,
  isFullyBound,
  strangeEphemeralClaim,
  waitsForConsumer,
} from "../../api/volumes/claim_words.ts";
import type { VolumeView } from "./volume_view.ts";

/** The claims of a pod that could be placed. */
export interface PodClaims {
  /** Those that have a volume. */
  readonly bound: readonly PersistentVolumeClaim[];
  /** Those that get one with this pod. */
  readonly delayed: readonly PersistentVolumeClaim[];
}

/** What stands against a pod on all nodes, in Kubernetes' words. */
export interface ClaimProblem {
  /** The words. */
  readonly problem: string;
}

/** Whether a pod uses claims at all. */
export function usesClaims({ spec }: Pod): boolean {
  return spec.volumes?.some(({ persistentVolumeClaim, ephemeral }) =>
    persistentVolumeClaim !== undefined || ephemeral !== undefined
  ) ?? false;
}

/** Looks a pod's claims up and sorts them. */
export function podClaims(
  pod: Pod,
  view: VolumeView,
): PodClaims | ClaimProblem {
  const bound: PersistentVolumeClaim[] = [];
  const delayed: PersistentVolumeClaim[] = [];
  let waits = false;
  for (const volume of pod.spec.volumes ?? []) {
    const name = claimNameOf(pod, volume);
    if (name === undefined) continue;
    const claim = view.claims.get(`${pod.metadata.namespace}/${name}`);
    const ephemeral = volume.ephemeral !== undefined;
    if (claim === undefined) {
      return {
        problem: ephemeral
          ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
          : `persistentvolumeclaim "${name}" not found`,
      };
    }
    const problem = problemOf(claim) ??
      (ephemeral ? strangeEphemeralClaim(pod, claim) : undefined);
    if (problem !== undefined) return { problem };
    // A pod may have the same claim under two names; it gets one volume.
    if (bound.includes(claim) || delayed.includes(claim)) continue;
    if (isFullyBound(claim)) bound.push(claim);
    else if (
      !claim.spec.volumeName &&
      waitsForConsumer(view.storageClass(classOf(claim)))
    ) delayed.push(claim);
    else waits = true;
  }
  return waits
    ? { problem: "pod has unbound immediate PersistentVolumeClaims" }
    : { bound, delayed };
}

function problemOf(
  { metadata, spec, status }: PersistentVolumeClaim,
): string | undefined {
  if (status?.phase === "Lost") {
    return `persistentvolumeclaim "${metadata.name}" bound to non-existent persistentvolume "${
      spec.volumeName ?? ""
    }"`;
  }
  return metadata.deletionTimestamp === undefined
    ? undefined
    : `persistentvolumeclaim "${metadata.name}" is being deleted`;
}
