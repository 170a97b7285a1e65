/**
 * Where the volumes of claims come from.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type {
  HostPathVolumeSource,
  Volume,
} from "../../src/api/core/volume.ts";

/** The PersistentVolume behind a pod's claim, as far as it lies on this node. */
export interface ClaimedVolume {
  /** The PersistentVolume's name, which kubelet's messages have. */
  readonly name: string;
  /** A folder of this node that is the volume; it must be there. */
  readonly local?: { readonly path: string };
  /** Or a path of this node with a type, as hostPath has it. */
  readonly hostPath?: HostPathVolumeSource;
  /** Whether the claim, or its use by the pod, says so. */
  readonly readOnly: boolean;
}

/** Looks claims up. */
export interface ClaimSource {
  /**
   * The volume of a pod's `persistentVolumeClaim` or `ephemeral` volume.
   *
   * @throws {Error} whose message is the whole text of kubelet's FailedMount event: the claim is missing or not bound, its volume cannot be mounted here
   */
  claimedVolume(pod: Pod, volume: Volume): Promise<ClaimedVolume>;
}
