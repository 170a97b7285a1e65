/**
 * Replica sets: as many pods as asked for.
 *
 * @module
 */
import type { ReplicaSet } from "../api/apps/replica_set.ts";
import { REPLICA_SETS } from "../client/resources.ts";
import type { ReplicaKind } from "./replica_reconciler.ts";

/** How replica sets say what they want. */
export const REPLICA_SET_KIND: ReplicaKind<ReplicaSet> = {
  name: "replica-set",
  resource: REPLICA_SETS,
  countsTerminating: true,
  wish: ({ spec }) => ({
    replicas: spec.replicas ?? 1,
    selector: spec.selector,
    template: spec.template,
    minReadySeconds: spec.minReadySeconds ?? 0,
  }),
};
