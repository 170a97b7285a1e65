/**
 * Informers that scheduler and controllers share when they run in one process: one copy of each object.
 *
 * @module
 */
import type { KubeObject } from "../api/kind.ts";
import type { Pod } from "../api/core/pod.ts";
import type { ResourceInformer } from "../client/informer.ts";
import { PODS, REPLICA_SETS } from "../client/resources.ts";
import type { ReplicaSet } from "../api/apps/replica_set.ts";
import type { Manager } from "./manager.ts";
import { OWNER_INDEXES, POD_INDEXES } from "./owners.ts";

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

/** Nobody here reads who wrote which field, and it is a third of many objects. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  delete object.metadata.managedFields;
  return object;
}
