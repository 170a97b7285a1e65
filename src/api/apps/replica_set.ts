import {
  ageColumn,
  column,
  containerColumns,
  nameColumn,
} from "../columns/common.ts";
import { defaultPodSpec } from "../defaults/pod_spec.ts";
import { defineKind } from "../define.ts";
import { warnOfTemplate } from "../warnings/pod.ts";
import {
  validateReplicaCounts,
  validateReplicaSet,
  validateSelectorUpdate,
} from "../validation/workload.ts";
import type { Kind } from "../kind.ts";
import { formatLabelSelector, selectorOf } from "../selector.ts";
import type { KubeObject } from "../kind.ts";
import { type LabelSelector, labelSelector, objectMeta } from "../meta.ts";
import { type PodTemplateSpec, podTemplateSpec } from "../core/pod_template.ts";
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
} from "../schema/words.ts";

/** What a replica set keeps. */
export interface ReplicaSetSpec {
  /** How many Pods. Default: 1. */
  replicas?: number;
  /** Seconds that a Pod must have been ready to count as available. Default: 0. */
  minReadySeconds?: number;
  /** Labels of the Pods that count; cannot change. */
  selector: LabelSelector;
  /** What Pods are made from. */
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

/** One aspect of a replica set's state. */
export interface ReplicaSetCondition {
  /** Name of the aspect. */
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** When the status last changed. */
  lastTransitionTime?: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
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

/** What a replica set has. */
export interface ReplicaSetStatus {
  /** Pods that there are and do not end. */
  replicas: number;
  /** Pods that have all labels of the template. */
  fullyLabeledReplicas?: number;
  /** Pods that are ready. */
  readyReplicas?: number;
  /** Pods that have been ready for long enough. */
  availableReplicas?: number;
  /** Pods that are ending. */
  terminatingReplicas?: number;
  /** The generation that this was found for. */
  observedGeneration?: number;
  /** Aspects of its state. */
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

/** Keeps a number of Pods. */
export interface ReplicaSet extends KubeObject {
  /** What it keeps. */
  spec: ReplicaSetSpec;
  /** What it has. */
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
  warnings: warnOfTemplate,
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
