import { type LabelSelector, labelSelector } from "../meta.ts";
import {
  type Field,
  int32,
  int64,
  list,
  named,
  object,
  optional,
  pointer,
  str,
  time,
} from "../schema/words.ts";

/** What a taint does to Pods that do not tolerate it. */
export type TaintEffect = "NoSchedule" | "PreferNoSchedule" | "NoExecute";

/** How a toleration compares with a taint. */
export type TolerationOperator = "Exists" | "Equal" | "Lt" | "Gt";

/** What happens when a constraint cannot be kept. */
export type UnsatisfiableConstraintAction = "DoNotSchedule" | "ScheduleAnyway";

/** Whether something counts when nodes are looked at. */
export type NodeInclusionPolicy = "Ignore" | "Honor";

/** Keeps Pods away from a node that do not tolerate it. */
export interface Taint {
  /** Its key. */
  key: string;
  /** Its value. */
  value?: string;
  /** What it does. */
  effect: TaintEffect;
  /** When it was added, for `NoExecute`. */
  timeAdded?: string;
}

/** Schema of {@linkcode Taint}. */
export const taint: Field<Taint> = object<Taint>(
  "io.k8s.api.core.v1.Taint",
  () => ({
    key: str,
    value: optional(str),
    effect: named<TaintEffect>("v1.TaintEffect"),
    timeAdded: pointer(time),
  }),
);

/** Lets a Pod stay with a taint. */
export interface Toleration {
  /** The taint's key; absent with `Exists` is all taints. */
  key?: string;
  /** `Exists` or `Equal`. Default: Equal. */
  operator?: TolerationOperator;
  /** The taint's value, for `Equal`. */
  value?: string;
  /** The taint's effect; absent is all effects. */
  effect?: TaintEffect;
  /** For how long, for `NoExecute`; absent is for ever. */
  tolerationSeconds?: number;
}

/** Schema of {@linkcode Toleration}. */
export const toleration: Field<Toleration> = object<Toleration>(
  "io.k8s.api.core.v1.Toleration",
  () => ({
    key: optional(str),
    operator: optional(named<TolerationOperator>("v1.TolerationOperator")),
    value: optional(str),
    effect: optional(named<TaintEffect>("v1.TaintEffect")),
    tolerationSeconds: pointer(int64),
  }),
);

/** How evenly Pods are spread. */
export interface TopologySpreadConstraint {
  /** By how much parts may differ. */
  maxSkew: number;
  /** What a part is: nodes with the same value of this label. */
  topologyKey: string;
  /** What happens when that cannot be kept. */
  whenUnsatisfiable: UnsatisfiableConstraintAction;
  /** Which Pods are counted. */
  labelSelector?: LabelSelector;
  /** How many parts there must be at least. */
  minDomains?: number;
  /** Whether the Pod's node affinity counts. Default: Honor. */
  nodeAffinityPolicy?: NodeInclusionPolicy;
  /** Whether taints count. Default: Ignore. */
  nodeTaintsPolicy?: NodeInclusionPolicy;
  /** Labels whose values are taken from the Pod itself. */
  matchLabelKeys?: string[];
}

/** Schema of {@linkcode TopologySpreadConstraint}. */
export const topologySpreadConstraint: Field<TopologySpreadConstraint> = object<
  TopologySpreadConstraint
>(
  "io.k8s.api.core.v1.TopologySpreadConstraint",
  () => ({
    maxSkew: int32,
    topologyKey: str,
    whenUnsatisfiable: named<UnsatisfiableConstraintAction>(
      "v1.UnsatisfiableConstraintAction",
    ),
    labelSelector: pointer(labelSelector),
    minDomains: pointer(int32),
    nodeAffinityPolicy: pointer(
      named<NodeInclusionPolicy>("v1.NodeInclusionPolicy"),
    ),
    nodeTaintsPolicy: pointer(
      named<NodeInclusionPolicy>("v1.NodeInclusionPolicy"),
    ),
    matchLabelKeys: optional(list(str, { type: "atomic" })),
  }),
);
