/**
 * Replication controllers: replica sets with an older form of selector.
 *
 * @module
 */
import type { ReplicationController } from "../api/core/replication_controller.ts";
import { REPLICATION_CONTROLLERS } from "../client/resources.ts";
import type { ReplicaKind } from "./replica_reconciler.ts";

/** How replication controllers say what they want. */
export const REPLICATION_CONTROLLER_KIND: ReplicaKind<ReplicationController> = {
  name: "replication-controller",
  resource: REPLICATION_CONTROLLERS,
  countsTerminating: false,
  wish: ({ spec }) =>
    spec.template === undefined ? undefined : {
      replicas: spec.replicas ?? 1,
      // Without a selector the template's labels are meant; the API fills that in.
      selector: {
        matchLabels: spec.selector ?? spec.template.metadata?.labels ?? {},
      },
      template: spec.template,
      minReadySeconds: spec.minReadySeconds ?? 0,
    },
};
