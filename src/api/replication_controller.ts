import {
  ageColumn,
  column,
  containerColumns,
  nameColumn,
} from "./columns/common.ts";
import { defaultPodSpec } from "./defaults/pod_spec.ts";
import { defineKind } from "./define.ts";
import {
  validateReplicaCounts,
  validateReplicationController,
} from "./validation/workload.ts";
import type { Kind } from "./kind.ts";
import { formatLabels, selectorOfLabels } from "./selector.ts";
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

/** Keeps a number of Pods running (superseded by ReplicaSet). */
export const replicationControllers: Kind<ReplicationController> = defineKind({
  group: "",
  version: "v1",
  kind: "ReplicationController",
  plural: "replicationcontrollers",
  namespaced: true,
  shortNames: ["rc"],
  categories: ["all"],
  subresources: ["status", "scale"],
  type: replicationController,
  setDefaults({ metadata, spec }) {
    spec.replicas ??= 1;
    const labels = spec.template?.metadata?.labels;
    if (labels !== undefined) {
      spec.selector ??= { ...labels };
      metadata.labels ??= { ...labels };
    }
    if (spec.template !== undefined) defaultPodSpec(spec.template.spec);
  },
  validate: validateReplicationController,
  validateStatusUpdate: validateReplicaCounts,
  generationOf: ({ spec }) => spec,
  fieldSelectors: ["status.replicas"],
  selectableFields: ({ status }) => ({
    "status.replicas": String(status?.replicas ?? 0),
  }),
  scale: {
    replicas: ({ spec }) => spec.replicas ?? 0,
    setReplicas: ({ spec }, replicas) => void (spec.replicas = replicas),
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => selectorOfLabels(spec.selector).toString(),
  },
  columns: [
    nameColumn(),
    column("Desired", ({ spec }) => spec.replicas ?? 0, {
      type: "integer",
      description: "Pods asked for",
    }),
    column("Current", ({ status }) => status?.replicas ?? 0, {
      type: "integer",
      description: "Pods that exist",
    }),
    column("Ready", ({ status }) => status?.readyReplicas ?? 0, {
      type: "integer",
      description: "Pods that are ready",
    }),
    ageColumn(),
    ...containerColumns<ReplicationController>(({ spec }) =>
      spec.template?.spec.containers ?? []
    ),
    column("Selector", ({ spec }) => formatLabels(spec.selector), {
      wide: true,
      description: "Labels of the Pods that count",
    }),
  ],
});
