import type { KubeObject } from "./kind.ts";
import { objectMeta } from "./meta.ts";
import { type PodTemplateSpec, podTemplateSpec } from "./pod_template.ts";
import {
  atomic,
  type Field,
  int32,
  int64,
  list,
  map,
  named,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
} from "./schema/words.ts";

/** ReplicationControllerSpec. */
export interface ReplicationControllerSpec {
  replicas?: number;
  minReadySeconds?: number;
  selector?: Record<string, string>;
  template?: PodTemplateSpec;
}

/** Schema of {@linkcode ReplicationControllerSpec}. */
export const replicationControllerSpec: Field<ReplicationControllerSpec> =
  object<ReplicationControllerSpec>(
    "io.k8s.api.core.v1.ReplicationControllerSpec",
    () => ({
      replicas: pointer(int32),
      minReadySeconds: optional(int32),
      selector: optional(atomic(map(str))),
      template: pointer(podTemplateSpec),
    }),
  );

/** ReplicationControllerCondition. */
export interface ReplicationControllerCondition {
  type: string;
  status: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

/** Schema of {@linkcode ReplicationControllerCondition}. */
export const replicationControllerCondition: Field<
  ReplicationControllerCondition
> = object<ReplicationControllerCondition>(
  "io.k8s.api.core.v1.ReplicationControllerCondition",
  () => ({
    type: named("v1.ReplicationControllerConditionType"),
    status: named("v1.ConditionStatus"),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** ReplicationControllerStatus. */
export interface ReplicationControllerStatus {
  replicas: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  observedGeneration?: number;
  conditions?: ReplicationControllerCondition[];
}

/** Schema of {@linkcode ReplicationControllerStatus}. */
export const replicationControllerStatus: Field<ReplicationControllerStatus> =
  object<ReplicationControllerStatus>(
    "io.k8s.api.core.v1.ReplicationControllerStatus",
    () => ({
      replicas: int32,
      fullyLabeledReplicas: optional(int32),
      readyReplicas: optional(int32),
      availableReplicas: optional(int32),
      observedGeneration: optional(int64),
      conditions: optional(
        list(replicationControllerCondition, {
          type: "map",
          keys: ["type"],
          strategy: "merge",
          mergeKey: "type",
        }),
      ),
    }),
  );

/** ReplicationController. */
export interface ReplicationController extends KubeObject {
  spec: ReplicationControllerSpec;
  status?: ReplicationControllerStatus;
}

/** Schema of {@linkcode ReplicationController}. */
export const replicationController: Field<ReplicationController> = object<
  ReplicationController
>(
  "io.k8s.api.core.v1.ReplicationController",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: replicationControllerSpec,
    status: replicationControllerStatus,
  }),
);
