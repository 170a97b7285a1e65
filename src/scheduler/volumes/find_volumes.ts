/**
 * What a pod's claims would get on a node.
 *
 * @module
 */
import type { PersistentVolume } from "../../api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import { compareQuantities } from "../../api/quantity.ts";
import type { StorageClass } from "../../api/storage/storage_class.ts";
import {
  classOf,
  isReachable,
  NO_PROVISIONER,
  SELECTED_NODE,
} from "../../api/volumes/claim_words.ts";
import {
  LOCAL_PATH_PROVISIONER,
  LOCAL_STORAGE_ANNOTATION,
} from "../../api/volumes/local_path.ts";
import { findVolume, requestOf } from "../../api/volumes/match_volume.ts";
import type { NodeInfo } from "../node_info.ts";
import type { PodClaims } from "./pod_claims.ts";
import type { VolumeView } from "./volume_view.ts";

/** What is to be written once the pod has been given the node. */
export interface VolumePlan {
  /** Volumes that are there, with the claims that get them. */
  readonly bindings: readonly {
    readonly volume: PersistentVolume;
    readonly claim: PersistentVolumeClaim;
  }[];
  /** Claims for which a volume is to be made on the node. */
  readonly provisions: readonly PersistentVolumeClaim[];
}

const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity";
const NO_VOLUMES = "node(s) didn't find available persistent volumes to bind";
const NO_VOLUME =
  "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

/** A plan, or Kubernetes' reasons why this node will not do. */
export function findVolumes(
  { bound, delayed }: PodClaims,
  node: NodeInfo,
  view: VolumeView,
): VolumePlan | { readonly reasons: readonly string[] } {
  const reasons: string[] = [];
  const conflict = boundConflict(bound, node, view);
  if (conflict !== undefined) reasons.push(conflict);
  const plan = planDelayed(delayed, node, view);
  if (plan === undefined) reasons.push(NO_VOLUMES);
  // Kubernetes tells of a missing volume last.
  return plan === undefined || reasons.length > 0
    ? { reasons: reasons.sort(byRank) }
    : plan;
}

function byRank(a: string, b: string): number {
  return Number(a === NO_VOLUME) - Number(b === NO_VOLUME);
}

function boundConflict(
  bound: readonly PersistentVolumeClaim[],
  node: NodeInfo,
  view: VolumeView,
): string | undefined {
  for (const claim of bound) {
    const volume = view.volumes.get(claim.spec.volumeName!);
    if (volume === undefined) return NO_VOLUME;
    if (!isReachable(volume, node.labels)) return NODE_CONFLICT;
  }
  return undefined;
}

function planDelayed(
  delayed: readonly PersistentVolumeClaim[],
  node: NodeInfo,
  view: VolumeView,
): VolumePlan | undefined {
  const bindings: { volume: PersistentVolume; claim: PersistentVolumeClaim }[] =
    [];
  const provisions: PersistentVolumeClaim[] = [];
  const taken = new Set<string>();
  for (const claim of bySize(delayed)) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined && selected !== node.name) return undefined;
    const volume = selected === undefined
      ? findVolume(claim, view.volumesOf(classOf(claim)), {
        node: node.labels,
        taken,
      })
      : undefined;
    if (volume !== undefined) {
      taken.add(volume.metadata.name ?? "");
      bindings.push({ volume, claim });
    } else if (canProvision(view.storageClass(classOf(claim)), node)) {
      provisions.push(claim);
    } else return undefined;
  }
  return { bindings, provisions };
}

/** The smallest first: they leave the large volumes to those that need them. */
function bySize(
  claims: readonly PersistentVolumeClaim[],
): readonly PersistentVolumeClaim[] {
  return claims.length < 2
    ? claims
    : [...claims].sort((a, b) => compareQuantities(requestOf(a), requestOf(b)));
}

function canProvision(
  one: StorageClass | undefined,
  { labels, node }: NodeInfo,
): boolean {
  if (one === undefined || !one.provisioner) return false;
  if (one.provisioner === NO_PROVISIONER) return false;
  // What our own provisioner would refuse is not tried: the claim would come back for ever.
  if (
    one.provisioner === LOCAL_PATH_PROVISIONER &&
    node?.metadata.annotations?.[LOCAL_STORAGE_ANNOTATION] === undefined
  ) return false;
  const { allowedTopologies = [] } = one;
  return allowedTopologies.length === 0 ||
    allowedTopologies.some(({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.length > 0 &&
      matchLabelExpressions.every(({ key, values }) =>
        labels[key] !== undefined && values.includes(labels[key])
      )
    );
}
