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
  validateReplicaSet,
  validateSelectorUpdate,
} from "./validation/workload.ts";
import type { Kind } from "./kind.ts";
import { formatLabelSelector, selectorOf } from "./selector.ts";
import type { KubeObject } from "./kind.ts";
import { type LabelSelector, labelSelector, objectMeta } from "./meta.ts";
import { type PodTemplateSpec, podTemplateSpec } from "./pod_template.ts";
import {
  type Field,
  int32,
  int64,
  list,
  named,
  needed,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
} from "./schema/words.ts";

/** ReplicaSetSpec. */
export interface ReplicaSetSpec {
  replicas?: number;
  minReadySeconds?: number;
  selector: LabelSelector;
  template: PodTemplateSpec;
}

/** Schema of {@linkcode ReplicaSetSpec}. */
export const replicaSetSpec: Field<ReplicaSetSpec> = object<ReplicaSetSpec>(
  "io.k8s.api.apps.v1.ReplicaSetSpec",
  () => ({
    replicas: pointer(int32),
    minReadySeconds: optional(int32),
    selector: needed(pointer(labelSelector)),
    template: podTemplateSpec,
  }),
);

/** ReplicaSetCondition. */
export interface ReplicaSetCondition {
  type: string;
  status: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

/** Schema of {@linkcode ReplicaSetCondition}. */
export const replicaSetCondition: Field<ReplicaSetCondition> = object<
  ReplicaSetCondition
>(
  "io.k8s.api.apps.v1.ReplicaSetCondition",
  () => ({
    type: named("v1.ReplicaSetConditionType"),
    status: named("v1.ConditionStatus"),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** ReplicaSetStatus. */
export interface ReplicaSetStatus {
  replicas: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  terminatingReplicas?: number;
  observedGeneration?: number;
  conditions?: ReplicaSetCondition[];
}

/** Schema of {@linkcode ReplicaSetStatus}. */
export const replicaSetStatus: Field<ReplicaSetStatus> = object<
  ReplicaSetStatus
>(
  "io.k8s.api.apps.v1.ReplicaSetStatus",
  () => ({
    replicas: int32,
    fullyLabeledReplicas: optional(int32),
    readyReplicas: optional(int32),
    availableReplicas: optional(int32),
    terminatingReplicas: pointer(int32),
    observedGeneration: optional(int64),
    conditions: optional(
      list(replicaSetCondition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
  }),
);

/** ReplicaSet. */
export interface ReplicaSet extends KubeObject {
  spec: ReplicaSetSpec;
  status?: ReplicaSetStatus;
}

/** Schema of {@linkcode ReplicaSet}. */
export const replicaSet: Field<ReplicaSet> = object<ReplicaSet>(
  "io.k8s.api.apps.v1.ReplicaSet",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: replicaSetSpec,
    status: replicaSetStatus,
  }),
);

/** Keeps a number of equal Pods running. */
export const replicaSets: Kind<ReplicaSet> = defineKind({
  group: "apps",
  version: "v1",
  kind: "ReplicaSet",
  plural: "replicasets",
  namespaced: true,
  shortNames: ["rs"],
  categories: ["all"],
  subresources: ["status", "scale"],
  type: replicaSet,
  setDefaults({ spec }) {
    spec.replicas ??= 1;
    defaultPodSpec(spec.template.spec);
  },
  validate: validateReplicaSet,
  validateUpdate: validateSelectorUpdate,
  validateStatusUpdate: validateReplicaCounts,
  generationOf: ({ spec }) => spec,
  scale: {
    replicas: ({ spec }) => spec.replicas ?? 0,
    setReplicas: ({ spec }, replicas) => void (spec.replicas = replicas),
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => selectorOf(spec.selector).toString(),
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
    ...containerColumns<ReplicaSet>(({ spec }) =>
      spec.template.spec.containers
    ),
    column("Selector", ({ spec }) => formatLabelSelector(spec.selector), {
      wide: true,
      description: "Labels of the Pods that count",
    }),
  ],
});
