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
  validateReplicationController,
} from "../validation/workload.ts";
import type { Kind } from "../kind.ts";
import { formatLabels, selectorOfLabels } from "../selector.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { type PodTemplateSpec, podTemplateSpec } from "./pod_template.ts";
import {
  atomic,
  defaulted,
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
} from "../schema/words.ts";

/** What a replication controller keeps. */
export interface ReplicationControllerSpec {
  /** How many Pods. Default: 1. */
  replicas?: number;
  /** Seconds that a Pod must have been ready to count as available. Default: 0. */
  minReadySeconds?: number;
  /** Labels of the Pods that count. Default: those of the template. */
  selector?: Record<string, string>;
  /** What Pods are made from. */
  template?: PodTemplateSpec;
}

/** Schema of {@linkcode ReplicationControllerSpec}. */
export const replicationControllerSpec: Field<ReplicationControllerSpec> =
  object<ReplicationControllerSpec>(
    "io.k8s.api.core.v1.ReplicationControllerSpec",
    () => ({
      replicas: defaulted(pointer(int32), 1),
      minReadySeconds: defaulted(optional(int32), 0),
      selector: optional(atomic(map(str))),
      template: pointer(podTemplateSpec),
    }),
  );

/** One aspect of a replication controller's state. */
export interface ReplicationControllerCondition {
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

/** What a replication controller has. */
export interface ReplicationControllerStatus {
  /** Pods that there are. */
  replicas: number;
  /** Pods that have all labels of the template. */
  fullyLabeledReplicas?: number;
  /** Pods that are ready. */
  readyReplicas?: number;
  /** Pods that have been ready for long enough. */
  availableReplicas?: number;
  /** The generation that this was found for. */
  observedGeneration?: number;
  /** Aspects of its state. */
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

/** Keeps a number of Pods; superseded by ReplicaSet. */
export interface ReplicationController extends KubeObject {
  /** What it keeps. */
  spec: ReplicationControllerSpec;
  /** What it has. */
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
  warnings: warnOfTemplate,
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
