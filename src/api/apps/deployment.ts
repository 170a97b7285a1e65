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
  validateDeployment,
  validateReplicaCounts,
  validateSelectorUpdate,
} from "../validation/workload.ts";
import type { Kind } from "../kind.ts";
import { formatLabelSelector, selectorOf } from "../selector.ts";
import type { KubeObject } from "../kind.ts";
import { type LabelSelector, labelSelector, objectMeta } from "../meta.ts";
import { type PodTemplateSpec, podTemplateSpec } from "../core/pod_template.ts";
import {
  bool,
  type Field,
  int32,
  int64,
  type IntOrString,
  intOrString,
  list,
  named,
  needed,
  object,
  optional,
  patched,
  pointer,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";

/** How old Pods are replaced. */
export type DeploymentStrategyType = "Recreate" | "RollingUpdate";

/** How fast Pods are replaced. */
export interface RollingUpdateDeployment {
  /** How many Pods may be missing, a number or percentage. Default: 25%. */
  maxUnavailable?: IntOrString;
  /** How many Pods there may be too many, a number or percentage. Default: 25%. */
  maxSurge?: IntOrString;
}

/** Schema of {@linkcode RollingUpdateDeployment}. */
export const rollingUpdateDeployment: Field<RollingUpdateDeployment> = object<
  RollingUpdateDeployment
>(
  "io.k8s.api.apps.v1.RollingUpdateDeployment",
  () => ({
    maxUnavailable: pointer(intOrString),
    maxSurge: pointer(intOrString),
  }),
);

/** How old Pods are replaced by new ones. */
export interface DeploymentStrategy {
  /** `RollingUpdate` or `Recreate`. Default: RollingUpdate. */
  type?: DeploymentStrategyType;
  /** How fast, for `RollingUpdate`. */
  rollingUpdate?: RollingUpdateDeployment;
}

/** Schema of {@linkcode DeploymentStrategy}. */
export const deploymentStrategy: Field<DeploymentStrategy> = object<
  DeploymentStrategy
>(
  "io.k8s.api.apps.v1.DeploymentStrategy",
  () => ({
    type: optional(named<DeploymentStrategyType>("v1.DeploymentStrategyType")),
    rollingUpdate: pointer(rollingUpdateDeployment),
  }),
);

/** What a deployment keeps, and how it changes. */
export interface DeploymentSpec {
  /** How many Pods. Default: 1. */
  replicas?: number;
  /** Labels of the Pods that count; cannot change. */
  selector: LabelSelector;
  /** What Pods are made from. */
  template: PodTemplateSpec;
  /** How old Pods are replaced. */
  strategy?: DeploymentStrategy;
  /** Seconds that a Pod must have been ready to count as available. Default: 0. */
  minReadySeconds?: number;
  /** How many old replica sets are kept. Default: 10. */
  revisionHistoryLimit?: number;
  /** Whether changes of the template wait. */
  paused?: boolean;
  /** Seconds without progress after which the condition says so. Default: 600. */
  progressDeadlineSeconds?: number;
}

/** Schema of {@linkcode DeploymentSpec}. */
export const deploymentSpec: Field<DeploymentSpec> = object<DeploymentSpec>(
  "io.k8s.api.apps.v1.DeploymentSpec",
  () => ({
    replicas: pointer(int32),
    selector: needed(pointer(labelSelector)),
    template: needed(podTemplateSpec),
    strategy: patched(deploymentStrategy, { strategy: "retainKeys" }),
    minReadySeconds: optional(int32),
    revisionHistoryLimit: pointer(int32),
    paused: optional(bool),
    progressDeadlineSeconds: pointer(int32),
  }),
);

/** One aspect of a deployment's state. */
export interface DeploymentCondition {
  /** Name of the aspect: `Available`, `Progressing` or `ReplicaFailure`. */
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** When it was last looked at. */
  lastUpdateTime?: string;
  /** When the status last changed. */
  lastTransitionTime?: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
  message?: string;
}

/** Schema of {@linkcode DeploymentCondition}. */
export const deploymentCondition: Field<DeploymentCondition> = object<
  DeploymentCondition
>(
  "io.k8s.api.apps.v1.DeploymentCondition",
  () => ({
    type: named("v1.DeploymentConditionType"),
    status: named("v1.ConditionStatus"),
    lastUpdateTime: optional(time),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** What a deployment has. */
export interface DeploymentStatus {
  /** The generation that this was found for. */
  observedGeneration?: number;
  /** Pods that there are and do not end. */
  replicas?: number;
  /** Pods of the newest template. */
  updatedReplicas?: number;
  /** Pods that are ready. */
  readyReplicas?: number;
  /** Pods that have been ready for long enough. */
  availableReplicas?: number;
  /** Pods that are missing. */
  unavailableReplicas?: number;
  /** Pods that are ending. */
  terminatingReplicas?: number;
  /** Aspects of its state. */
  conditions?: DeploymentCondition[];
  /** How often the name of a new replica set was taken. */
  collisionCount?: number;
}

/** Schema of {@linkcode DeploymentStatus}. */
export const deploymentStatus: Field<DeploymentStatus> = object<
  DeploymentStatus
>(
  "io.k8s.api.apps.v1.DeploymentStatus",
  () => ({
    observedGeneration: optional(int64),
    replicas: optional(int32),
    updatedReplicas: optional(int32),
    readyReplicas: optional(int32),
    availableReplicas: optional(int32),
    unavailableReplicas: optional(int32),
    terminatingReplicas: pointer(int32),
    conditions: optional(
      list(deploymentCondition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
    collisionCount: pointer(int32),
  }),
);

/** Keeps Pods, and rolls them from one template to the next. */
export interface Deployment extends KubeObject {
  /** What it keeps, and how it changes. */
  spec: DeploymentSpec;
  /** What it has. */
  status?: DeploymentStatus;
}

/** Schema of {@linkcode Deployment}. */
export const deployment: Field<Deployment> = object<Deployment>(
  "io.k8s.api.apps.v1.Deployment",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: deploymentSpec,
    status: deploymentStatus,
  }),
);

/** Rolls Pods from one template to the next. */
export const deployments: Kind<Deployment> = defineKind({
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
  shortNames: ["deploy"],
  categories: ["all"],
  subresources: ["status", "scale"],
  type: deployment,
  setDefaults({ spec }) {
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    const strategy = spec.strategy ??= {};
    strategy.type ??= "RollingUpdate";
    if (strategy.type === "RollingUpdate") {
      const rolling = strategy.rollingUpdate ??= {};
      rolling.maxUnavailable ??= "25%";
      rolling.maxSurge ??= "25%";
    }
    defaultPodSpec(spec.template.spec);
  },
  prepareForStatusUpdate(next, previous) {
    if (previous.metadata.labels === undefined) delete next.metadata.labels;
    else next.metadata.labels = previous.metadata.labels;
  },
  validate: validateDeployment,
  validateUpdate: validateSelectorUpdate,
  validateStatusUpdate: validateReplicaCounts,
  warnings: warnOfTemplate,
  generationOf: ({ spec, metadata }) => [spec, metadata.annotations],
  scale: {
    replicas: ({ spec }) => spec.replicas ?? 0,
    setReplicas: ({ spec }, replicas) => void (spec.replicas = replicas),
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) => selectorOf(spec.selector).toString(),
  },
  columns: [
    nameColumn(),
    column(
      "Ready",
      ({ spec, status }) =>
        `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
      { description: "Pods that are ready, of those asked for" },
    ),
    column("Up-to-date", ({ status }) => status?.updatedReplicas ?? 0, {
      description: "Pods of the newest template",
    }),
    column("Available", ({ status }) => status?.availableReplicas ?? 0, {
      description: "Pods that have been ready for long enough",
    }),
    ageColumn(),
    ...containerColumns<Deployment>(({ spec }) =>
      spec.template.spec.containers
    ),
    column("Selector", ({ spec }) => formatLabelSelector(spec.selector), {
      wide: true,
      description: "Labels of the Pods that count",
    }),
  ],
});
