import { daemonSetColumns } from "../columns/daemon_set.ts";
import { defaultPodSpec } from "../defaults/pod_spec.ts";
import { defineKind } from "../define.ts";
import { sameJson } from "../equal.ts";
import {
  validateDaemonSet,
  validateDaemonSetStatus,
  validateDaemonSetUpdate,
} from "../validation/daemon_set.ts";
import { warnOfDaemonSet } from "../warnings/pod.ts";
import type { Kind } from "../kind.ts";
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
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";

/** How fast Pods are replaced. */
export interface RollingUpdateDaemonSet {
  /** How many Pods may be missing meanwhile, a number or percentage. Default: 1. */
  maxUnavailable?: IntOrString;
  /** On how many nodes a new Pod may run beside the old one, a number or percentage. Default: 0. */
  maxSurge?: IntOrString;
}

/** Schema of {@linkcode RollingUpdateDaemonSet}. */
export const rollingUpdateDaemonSet: Field<RollingUpdateDaemonSet> = object<
  RollingUpdateDaemonSet
>(
  "io.k8s.api.apps.v1.RollingUpdateDaemonSet",
  () => ({
    maxUnavailable: pointer(intOrString),
    maxSurge: pointer(intOrString),
  }),
);

/** How old Pods are replaced by new ones. */
export interface DaemonSetUpdateStrategy {
  /** `RollingUpdate` or `OnDelete`. Default: RollingUpdate. */
  type?: string;
  /** How fast, for `RollingUpdate`. */
  rollingUpdate?: RollingUpdateDaemonSet;
}

/** Schema of {@linkcode DaemonSetUpdateStrategy}. */
export const daemonSetUpdateStrategy: Field<DaemonSetUpdateStrategy> = object<
  DaemonSetUpdateStrategy
>(
  "io.k8s.api.apps.v1.DaemonSetUpdateStrategy",
  () => ({
    type: optional(named("v1.DaemonSetUpdateStrategyType")),
    rollingUpdate: pointer(rollingUpdateDaemonSet),
  }),
);

/** What runs on every node. */
export interface DaemonSetSpec {
  /** Labels of the Pods that count; cannot change. */
  selector: LabelSelector;
  /** What Pods are made from; its node selector chooses the nodes. */
  template: PodTemplateSpec;
  /** How old Pods are replaced. */
  updateStrategy: DaemonSetUpdateStrategy;
  /** Seconds that a Pod must have been ready to count as available. Default: 0. */
  minReadySeconds?: number;
  /** How many former states are kept. Default: 10. */
  revisionHistoryLimit?: number;
}

/** Schema of {@linkcode DaemonSetSpec}. */
export const daemonSetSpec: Field<DaemonSetSpec> = object<DaemonSetSpec>(
  "io.k8s.api.apps.v1.DaemonSetSpec",
  () => ({
    selector: needed(pointer(labelSelector)),
    template: needed(podTemplateSpec),
    updateStrategy: daemonSetUpdateStrategy,
    minReadySeconds: optional(int32),
    revisionHistoryLimit: pointer(int32),
  }),
);

/** One aspect of a daemon set's state. */
export interface DaemonSetCondition {
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

/** Schema of {@linkcode DaemonSetCondition}. */
export const daemonSetCondition: Field<DaemonSetCondition> = object<
  DaemonSetCondition
>(
  "io.k8s.api.apps.v1.DaemonSetCondition",
  () => ({
    type: named("v1.DaemonSetConditionType"),
    status: named("v1.ConditionStatus"),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** What a daemon set has. */
export interface DaemonSetStatus {
  /** Nodes that run a Pod and should. */
  currentNumberScheduled: number;
  /** Nodes that run a Pod and should not. */
  numberMisscheduled: number;
  /** Nodes that should run a Pod. */
  desiredNumberScheduled: number;
  /** Nodes whose Pod is ready. */
  numberReady: number;
  /** The generation that this was found for. */
  observedGeneration?: number;
  /** Nodes whose Pod is of the newest template. */
  updatedNumberScheduled?: number;
  /** Nodes whose Pod has been ready for long enough. */
  numberAvailable?: number;
  /** Nodes that should have an available Pod and have none. */
  numberUnavailable?: number;
  /** How often the name of a new state was taken. */
  collisionCount?: number;
  /** Aspects of its state. */
  conditions?: DaemonSetCondition[];
}

/** Schema of {@linkcode DaemonSetStatus}. */
export const daemonSetStatus: Field<DaemonSetStatus> = object<DaemonSetStatus>(
  "io.k8s.api.apps.v1.DaemonSetStatus",
  () => ({
    currentNumberScheduled: int32,
    numberMisscheduled: int32,
    desiredNumberScheduled: int32,
    numberReady: int32,
    observedGeneration: optional(int64),
    updatedNumberScheduled: optional(int32),
    numberAvailable: optional(int32),
    numberUnavailable: optional(int32),
    collisionCount: pointer(int32),
    conditions: optional(
      list(daemonSetCondition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
  }),
);

/** Keeps one Pod on every node that fits. */
export interface DaemonSet extends KubeObject {
  /** What runs on every node. */
  spec: DaemonSetSpec;
  /** What it has. */
  status?: DaemonSetStatus;
}

/** Schema of {@linkcode DaemonSet}. */
export const daemonSet: Field<DaemonSet> = object<DaemonSet>(
  "io.k8s.api.apps.v1.DaemonSet",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: daemonSetSpec,
    status: daemonSetStatus,
  }),
);

/** Counts the templates; of an old version of the API, but still told. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

function setTemplateGeneration(set: DaemonSet, value: string): void {
  set.metadata.annotations = {
    ...set.metadata.annotations,
    [TEMPLATE_GENERATION]: value,
  };
}

/** Keeps one Pod on every node that fits. */
export const daemonSets: Kind<DaemonSet> = defineKind({
  group: "apps",
  version: "v1",
  kind: "DaemonSet",
  plural: "daemonsets",
  namespaced: true,
  shortNames: ["ds"],
  categories: ["all"],
  subresources: ["status"],
  type: daemonSet,
  setDefaults({ spec }) {
    const strategy = spec.updateStrategy;
    strategy.type ??= "RollingUpdate";
    if (strategy.type === "RollingUpdate") {
      const rolling = strategy.rollingUpdate ??= {};
      rolling.maxUnavailable ??= 1;
      rolling.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    defaultPodSpec(spec.template.spec);
  },
  prepareForCreate(object) {
    object.status = {
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    };
    const sent = Number(object.metadata.annotations?.[TEMPLATE_GENERATION]);
    setTemplateGeneration(object, String(sent >= 1 ? Math.trunc(sent) : 1));
  },
  prepareForUpdate(next, previous) {
    const before = Number(
      previous.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0,
    );
    const same = sameJson(next.spec.template, previous.spec.template);
    setTemplateGeneration(next, String(same ? before : before + 1));
  },
  validate: validateDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  validateStatusUpdate: validateDaemonSetStatus,
  warnings: warnOfDaemonSet,
  generationOf: ({ spec }) => spec,
  columns: daemonSetColumns,
});
