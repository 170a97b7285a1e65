/**
 * Informers that scheduler and controllers share when they run in one process: one copy of each object.
 *
 * @module
 */
import type { KubeObject } from "../api/kind.ts";
import type { PersistentVolume } from "../api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../api/core/persistent_volume_claim.ts";
import type { Pod } from "../api/core/pod.ts";
import type { StorageClass } from "../api/storage/storage_class.ts";
import {
  claimKeyOf,
  classOf,
  isFullyBound,
} from "../api/volumes/claim_words.ts";
import type { ResourceInformer } from "../client/informer.ts";
import {
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  PODS,
  REPLICA_SETS,
  STORAGE_CLASSES,
} from "../client/resources.ts";
import type { ReplicaSet } from "../api/apps/replica_set.ts";
import type { Manager } from "./manager.ts";
import { BY_CLAIM, OWNER_INDEXES, POD_INDEXES } from "./owners.ts";

/** Index of volumes by their class, empty for none. */
export const BY_CLASS = "class";
/** Index of the claims that have no volume yet, by their class. */
export const WAITING = "waiting";
/** Index of claims by the volume that they name. */
export const BY_VOLUME = "volume";

/** All pods, with `POD_INDEXES`. */
export function podInformer(manager: Manager): ResourceInformer<Pod> {
  return manager.informer(PODS, {
    indexes: POD_INDEXES,
    transform: withoutManagedFields,
  });
}

/** All replica sets, with `OWNER_INDEXES`. */
export function replicaSetInformer(
  manager: Manager,
): ResourceInformer<ReplicaSet> {
  return manager.informer(REPLICA_SETS, {
    indexes: OWNER_INDEXES,
    transform: withoutManagedFields,
  });
}

/** All claims, with the indexes {@linkcode WAITING} and {@linkcode BY_VOLUME}. */
export function claimInformer(
  manager: Manager,
): ResourceInformer<PersistentVolumeClaim> {
  return manager.informer(PERSISTENT_VOLUME_CLAIMS, {
    indexes: {
      [WAITING]: (claim) => isFullyBound(claim) ? [] : [classOf(claim)],
      [BY_VOLUME]: ({ spec }) => spec.volumeName ? [spec.volumeName] : [],
    },
    transform: withoutManagedFields,
  });
}

/** All volumes, with the indexes {@linkcode BY_CLASS} and `BY_CLAIM`. */
export function volumeInformer(
  manager: Manager,
): ResourceInformer<PersistentVolume> {
  return manager.informer(PERSISTENT_VOLUMES, {
    indexes: {
      [BY_CLASS]: (volume) => [classOf(volume)],
      [BY_CLAIM]: (volume) => {
        const key = claimKeyOf(volume);
        return key === undefined ? [] : [key];
      },
    },
    transform: withoutManagedFields,
  });
}

/** All classes of storage. */
export function storageClassInformer(
  manager: Manager,
): ResourceInformer<StorageClass> {
  return manager.informer(STORAGE_CLASSES, { transform: withoutManagedFields });
}

/** Nobody here reads who wrote which field, and it is a third of many objects. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  delete object.metadata.managedFields;
  return object;
}
