import { type LabelSelector, labelSelector } from "./meta.ts";
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
} from "./schema/words.ts";

/** TaintEffect. */
export type TaintEffect = "NoSchedule" | "PreferNoSchedule" | "NoExecute";

/** TolerationOperator. */
export type TolerationOperator = "Exists" | "Equal" | "Lt" | "Gt";

/** UnsatisfiableConstraintAction. */
export type UnsatisfiableConstraintAction = "DoNotSchedule" | "ScheduleAnyway";

/** NodeInclusionPolicy. */
export type NodeInclusionPolicy = "Ignore" | "Honor";

/** Taint. */
export interface Taint {
  key: string;
  value?: string;
  effect: TaintEffect;
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

/** Toleration. */
export interface Toleration {
  key?: string;
  operator?: TolerationOperator;
  value?: string;
  effect?: TaintEffect;
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

/** TopologySpreadConstraint. */
export interface TopologySpreadConstraint {
  maxSkew: number;
  topologyKey: string;
  whenUnsatisfiable: UnsatisfiableConstraintAction;
  labelSelector?: LabelSelector;
  minDomains?: number;
  nodeAffinityPolicy?: NodeInclusionPolicy;
  nodeTaintsPolicy?: NodeInclusionPolicy;
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
