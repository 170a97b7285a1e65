/**
 * Who uses a PersistentVolumeClaim: pods that have a node. A claim that is being deleted stays for as long.
 *
 * @module
 */
import type { PersistentVolumeClaim } from "../api/core/persistent_volume_claim.ts";
import type { Pod } from "../api/core/pod.ts";
import type { Change, Client } from "../client/client.ts";
import type { ResourceInformer } from "../client/informer.ts";
import { PODS } from "../client/resources.ts";
import { BY_NAMESPACE, controllerOf } from "../loop/owners.ts";

/** What keeps a claim. */
export const PVC_FINALIZER = "kubernetes.io/pvc-protection";

/** Where pods are looked for. */
export interface ClaimUsers {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All pods, by namespace. */
  readonly pods: ResourceInformer<Pod>;
}

/** Whether a pod uses a claim. When our copy says no, the API is asked: the copy may be behind, and a claim that is gone is gone. */
export async function isClaimUsed(
  claim: PersistentVolumeClaim,
  { client, pods }: ClaimUsers,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace = "" } = claim.metadata;
  const uses = (pod: Pod) => usesClaim(pod, claim);
  if (pods.byIndex(BY_NAMESPACE, namespace).some(uses)) return true;
  const { items } = await client.list(PODS, { namespace, signal });
  return items.some(uses);
}

/** The claims that a pod which went, or is over, has used. */
export function claimsOfPod({ object, previous }: Change<Pod>): string[] {
  const pod = previous ?? object;
  if (pod === undefined) return [];
  if (object !== undefined && !isShutDown(object)) return [];
  const { namespace } = pod.metadata;
  return (pod.spec.volumes ?? []).flatMap((volume) => {
    const name = volume.ephemeral === undefined
      ? volume.persistentVolumeClaim?.claimName
      : `${pod.metadata.name}-${volume.name}`;
    return name === undefined ? [] : [`${namespace}/${name}`];
  });
}

function usesClaim(pod: Pod, claim: PersistentVolumeClaim): boolean {
  // A node starts no pod with a claim that is being deleted.
  if (!pod.spec.nodeName) return false;
  const { name } = claim.metadata;
  return (pod.spec.volumes ?? []).some((volume) =>
    volume.persistentVolumeClaim?.claimName === name ||
    volume.ephemeral !== undefined && !isShutDown(pod) &&
      `${pod.metadata.name}-${volume.name}` === name &&
      controllerOf(claim)?.uid === pod.metadata.uid
  );
}

/** Whether the node is done with a pod. */
function isShutDown({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined &&
    metadata.deletionGracePeriodSeconds === 0;
}
