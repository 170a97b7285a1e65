import {
  ageColumn,
  column,
  containerColumns,
  nameColumn,
} from "../columns/common.ts";
import { defaultStatefulSet } from "../defaults/stateful_set.ts";
import { defineKind } from "../define.ts";
import { selectorOf } from "../selector.ts";
import {
  validateStatefulSet,
  validateStatefulSetStatus,
  validateStatefulSetUpdate,
} from "../validation/stateful_set.ts";
import { dnsLabel } from "../validation/names.ts";
import { warnOfStatefulSet } from "../warnings/stateful_set.ts";
import type { Kind } from "../kind.ts";
import {
  type PersistentVolumeClaim,
  persistentVolumeClaim,
} from "../core/persistent_volume_claim.ts";
import { type PodTemplateSpec, podTemplateSpec } from "../core/pod_template.ts";
import { type KubeObject } from "../kind.ts";
import { type LabelSelector, labelSelector, objectMeta } from "../meta.ts";
import {
  type Field,
  int32,
  int64,
  type IntOrString,
  intOrString,
  list,
  named,
  needed,
  notNeeded,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";

/** Which Pods are replaced, and how fast. */
export interface RollingUpdateStatefulSetStrategy {
  /** Only Pods from this number on are replaced. Default: 0. */
  partition?: number;
  /** How many Pods may be missing meanwhile, a number or percentage. Default: 1. */
  maxUnavailable?: IntOrString;
}

/** Schema of {@linkcode RollingUpdateStatefulSetStrategy}. */
export const rollingUpdateStatefulSetStrategy: Field<
  RollingUpdateStatefulSetStrategy
> = object<RollingUpdateStatefulSetStrategy>(
  "io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy",
  () => ({
    partition: pointer(int32),
    maxUnavailable: pointer(intOrString),
  }),
);

/** How old Pods are replaced by new ones. */
export interface StatefulSetUpdateStrategy {
  /** `RollingUpdate` or `OnDelete`. Default: RollingUpdate. */
  type?: string;
  /** Which ones, and how fast, for `RollingUpdate`. */
  rollingUpdate?: RollingUpdateStatefulSetStrategy;
}

/** Schema of {@linkcode StatefulSetUpdateStrategy}. */
export const statefulSetUpdateStrategy: Field<StatefulSetUpdateStrategy> =
  object<StatefulSetUpdateStrategy>(
    "io.k8s.api.apps.v1.StatefulSetUpdateStrategy",
    () => ({
      type: optional(named("v1.StatefulSetUpdateStrategyType")),
      rollingUpdate: pointer(rollingUpdateStatefulSetStrategy),
    }),
  );

/** What becomes of the claims made from `volumeClaimTemplates`. */
export interface StatefulSetPersistentVolumeClaimRetentionPolicy {
  /** When the set is deleted: `Retain` or `Delete`. Default: Retain. */
  whenDeleted?: string;
  /** When their Pod is scaled away: `Retain` or `Delete`. Default: Retain. */
  whenScaled?: string;
}

/** Schema of {@linkcode StatefulSetPersistentVolumeClaimRetentionPolicy}. */
export const statefulSetPersistentVolumeClaimRetentionPolicy: Field<
  StatefulSetPersistentVolumeClaimRetentionPolicy
> = object<StatefulSetPersistentVolumeClaimRetentionPolicy>(
  "io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy",
  () => ({
    whenDeleted: optional(named("v1.PersistentVolumeClaimRetentionPolicyType")),
    whenScaled: optional(named("v1.PersistentVolumeClaimRetentionPolicyType")),
  }),
);

/** How Pods are numbered. */
export interface StatefulSetOrdinals {
  /** The first number. Default: 0. */
  start: number;
}

/** Schema of {@linkcode StatefulSetOrdinals}. */
export const statefulSetOrdinals: Field<StatefulSetOrdinals> = object<
  StatefulSetOrdinals
>(
  "io.k8s.api.apps.v1.StatefulSetOrdinals",
  () => ({
    start: notNeeded(int32),
  }),
);

/** Which Pods there are, each with a name of its own. */
export interface StatefulSetSpec {
  /** How many Pods. Default: 1. */
  replicas?: number;
  /** Labels of the Pods that count; cannot change. */
  selector: LabelSelector;
  /** What Pods are made from. */
  template: PodTemplateSpec;
  /** Claims that each Pod has for itself. */
  volumeClaimTemplates?: PersistentVolumeClaim[];
  /** The Service that gives the Pods their names in DNS. */
  serviceName: string;
  /** `OrderedReady` (one after the other) or `Parallel`. Default: OrderedReady. */
  podManagementPolicy?: string;
  /** How old Pods are replaced. */
  updateStrategy: StatefulSetUpdateStrategy;
  /** How many former states are kept. Default: 10. */
  revisionHistoryLimit?: number;
  /** Seconds that a Pod must have been ready to count as available. Default: 0. */
  minReadySeconds?: number;
  /** What becomes of the claims. */
  persistentVolumeClaimRetentionPolicy?:
    StatefulSetPersistentVolumeClaimRetentionPolicy;
  /** How Pods are numbered. */
  ordinals?: StatefulSetOrdinals;
}

/** Schema of {@linkcode StatefulSetSpec}. */
export const statefulSetSpec: Field<StatefulSetSpec> = object<StatefulSetSpec>(
  "io.k8s.api.apps.v1.StatefulSetSpec",
  () => ({
    replicas: pointer(int32),
    selector: needed(pointer(labelSelector)),
    template: needed(podTemplateSpec),
    volumeClaimTemplates: optional(
      list(persistentVolumeClaim, { type: "atomic" }),
    ),
    serviceName: notNeeded(str),
    podManagementPolicy: optional(named("v1.PodManagementPolicyType")),
    updateStrategy: statefulSetUpdateStrategy,
    revisionHistoryLimit: pointer(int32),
    minReadySeconds: optional(int32),
    persistentVolumeClaimRetentionPolicy: pointer(
      statefulSetPersistentVolumeClaimRetentionPolicy,
    ),
    ordinals: pointer(statefulSetOrdinals),
  }),
);

/** One aspect of a stateful set's state. */
export interface StatefulSetCondition {
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

/** Schema of {@linkcode StatefulSetCondition}. */
export const statefulSetCondition: Field<StatefulSetCondition> = object<
  StatefulSetCondition
>(
  "io.k8s.api.apps.v1.StatefulSetCondition",
  () => ({
    type: named("v1.StatefulSetConditionType"),
    status: named("v1.ConditionStatus"),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** What a stateful set has. */
export interface StatefulSetStatus {
  /** The generation that this was found for. */
  observedGeneration?: number;
  /** Pods that there are. */
  replicas: number;
  /** Pods that are ready. */
  readyReplicas?: number;
  /** Pods of the state that is being left. */
  currentReplicas?: number;
  /** Pods of the state that is being reached. */
  updatedReplicas?: number;
  /** The state that is being left. */
  currentRevision?: string;
  /** The state that is being reached. */
  updateRevision?: string;
  /** How often the name of a new state was taken. */
  collisionCount?: number;
  /** Aspects of its state. */
  conditions?: StatefulSetCondition[];
  /** Pods that have been ready for long enough. */
  availableReplicas: number;
}

/** Schema of {@linkcode StatefulSetStatus}. */
export const statefulSetStatus: Field<StatefulSetStatus> = object<
  StatefulSetStatus
>(
  "io.k8s.api.apps.v1.StatefulSetStatus",
  () => ({
    observedGeneration: optional(int64),
    replicas: int32,
    readyReplicas: optional(int32),
    currentReplicas: optional(int32),
    updatedReplicas: optional(int32),
    currentRevision: optional(str),
    updateRevision: optional(str),
    collisionCount: pointer(int32),
    conditions: optional(
      list(statefulSetCondition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
    availableReplicas: notNeeded(int32),
  }),
);

/** Keeps Pods that each have a name and storage of their own. */
export interface StatefulSet extends KubeObject {
  /** Which Pods there are. */
  spec: StatefulSetSpec;
  /** What it has. */
  status?: StatefulSetStatus;
}

/** Schema of {@linkcode StatefulSet}. */
export const statefulSet: Field<StatefulSet> = object<StatefulSet>(
  "io.k8s.api.apps.v1.StatefulSet",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: statefulSetSpec,
    status: statefulSetStatus,
  }),
);

/** A field behind a feature that is off: it is dropped unless it was there before. */
function dropMaxUnavailable({ spec }: StatefulSet, previous?: StatefulSet) {
  const before = previous?.spec.updateStrategy.rollingUpdate?.maxUnavailable;
  const rolling = spec.updateStrategy.rollingUpdate;
  if (before === undefined && rolling !== undefined) {
    delete rolling.maxUnavailable;
  }
}

/** Keeps Pods that each have a name and storage of their own. */
export const statefulSets: Kind<StatefulSet> = defineKind({
  group: "apps",
  version: "v1",
  kind: "StatefulSet",
  plural: "statefulsets",
  namespaced: true,
  shortNames: ["sts"],
  categories: ["all"],
  subresources: ["status", "scale"],
  nameRule: dnsLabel,
  type: statefulSet,
  setDefaults: defaultStatefulSet,
  prepareForCreate(object) {
    object.status = { replicas: 0, availableReplicas: 0 };
    dropMaxUnavailable(object);
  },
  prepareForUpdate: dropMaxUnavailable,
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validateStatusUpdate: validateStatefulSetStatus,
  warnings: warnOfStatefulSet,
  generationOf: ({ spec }) => spec,
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
    ageColumn(),
    ...containerColumns<StatefulSet>(({ spec }) =>
      spec.template.spec.containers
    ),
  ],
});
