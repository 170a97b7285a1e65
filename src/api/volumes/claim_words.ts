/**
 * The words in which claims, volumes and classes refer to each other.
 *
 * @module
 */
import { meetsNodeSelector } from "../core/node_selector.ts";
import type { PersistentVolume } from "../core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../core/persistent_volume_claim.ts";
import type { Pod } from "../core/pod.ts";
import type { ObjectReference } from "../core/reference.ts";
import type { Volume } from "../core/volume.ts";
import type { StorageClass } from "../storage/storage_class.ts";

/** On a claim: it has got its volume once. From then on a volume that is missing is lost. */
export const BIND_COMPLETED = "pv.kubernetes.io/bind-completed";
/** On a claim or volume: the other one was chosen for it, not by its owner. */
export const BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";
/** On a claim: the node that the scheduler has chosen for its first pod. A volume is to be made there. */
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";
/** On a claim: who is to make its volume. The second is the older name. */
export const STORAGE_PROVISIONER = [
  "volume.kubernetes.io/storage-provisioner",
  "volume.beta.kubernetes.io/storage-provisioner",
] as const;
/** On a volume: who has made it. */
export const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";
/** What a class says that makes no volumes. */
export const NO_PROVISIONER = "kubernetes.io/no-provisioner";
/** Keeps a volume until who has made it has removed what it stands for. */
export const PROVISIONER_FINALIZER =
  "external-provisioner.volume.kubernetes.io/finalizer";
/** Where classes were named before there was a field. */
const CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

/** The class that a claim or volume is of; empty for none. */
export function classOf(
  { metadata, spec }: PersistentVolumeClaim | PersistentVolume,
): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ??
    spec.storageClassName ?? "";
}

/** `Filesystem` or `Block`. */
export function volumeModeOf(
  { spec }: PersistentVolume | PersistentVolumeClaim,
): string {
  return spec.volumeMode ?? "Filesystem";
}

/** Whether a claim says anything about its class, be it that it wants none. */
export function namesClass({ metadata, spec }: PersistentVolumeClaim): boolean {
  return metadata.annotations?.[CLASS_ANNOTATION] !== undefined ||
    spec.storageClassName !== undefined;
}

/** Whether claims of a class get their volume only when a pod that uses them has a node. */
export function waitsForConsumer(one: StorageClass | undefined): boolean {
  return one?.volumeBindingMode === "WaitForFirstConsumer";
}

/** Whether a volume is kept for, or bound to, this claim. */
export function isKeptFor(
  { spec: { claimRef } }: PersistentVolume,
  { metadata }: PersistentVolumeClaim,
): boolean {
  return claimRef !== undefined && claimRef.name === metadata.name &&
    claimRef.namespace === metadata.namespace &&
    (!claimRef.uid || claimRef.uid === metadata.uid);
}

/** Whether a claim has its volume for good. */
export function isFullyBound(
  { metadata, spec }: PersistentVolumeClaim,
): boolean {
  return !!spec.volumeName &&
    metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** `namespace/name` of the claim that a volume is bound to, or kept for. */
export function claimKeyOf(
  { spec: { claimRef } }: PersistentVolume,
): string | undefined {
  return claimRef && `${claimRef.namespace}/${claimRef.name}`;
}

/** A reference to a claim, as a volume holds it. */
export function referenceToClaim(
  { metadata }: PersistentVolumeClaim,
): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    kind: "PersistentVolumeClaim",
    apiVersion: "v1",
    ...namespace !== undefined && { namespace },
    ...name !== undefined && { name },
    ...uid !== undefined && { uid },
    ...resourceVersion !== undefined && { resourceVersion },
  };
}

/** The name of the claim behind a volume of a pod; undefined when there is none. */
export function claimNameOf(pod: Pod, volume: Volume): string | undefined {
  return volume.ephemeral === undefined
    ? volume.persistentVolumeClaim?.claimName
    : `${pod.metadata.name}-${volume.name}`;
}

/** `namespace/name` of all claims that a pod uses. */
export function claimKeysOf(pod: Pod): string[] {
  const keys: string[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    const name = claimNameOf(pod, volume);
    if (name !== undefined) keys.push(`${pod.metadata.namespace}/${name}`);
  }
  return keys;
}

/** What is wrong with a claim that was to be made for a volume of this pod; undefined when nothing is. */
export function strangeEphemeralClaim(
  pod: Pod,
  { metadata }: PersistentVolumeClaim,
): string | undefined {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner !== undefined && owner.uid === pod.metadata.uid) return undefined;
  const { namespace, name } = pod.metadata;
  return `PVC ${metadata.namespace}/${metadata.name} was not created for pod ${namespace}/${name} (pod is not owner)`;
}

/** Whether a volume can be reached from a node with these labels. */
export function isReachable(
  { spec: { nodeAffinity } }: PersistentVolume,
  labels: Readonly<Record<string, string>>,
): boolean {
  const required = nodeAffinity?.required;
  return required === undefined ||
    meetsNodeSelector(required, { name: "", labels });
}
