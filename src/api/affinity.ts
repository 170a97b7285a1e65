import { type LabelSelector, labelSelector } from "./meta.ts";
import {
  type Field,
  int32,
  list,
  named,
  needed,
  object,
  optional,
  pointer,
  str,
} from "./schema/words.ts";

/** NodeSelectorOperator. */
export type NodeSelectorOperator =
  | "In"
  | "NotIn"
  | "Exists"
  | "DoesNotExist"
  | "Gt"
  | "Lt";

/** NodeSelectorRequirement. */
export interface NodeSelectorRequirement {
  key: string;
  operator: NodeSelectorOperator;
  values?: string[];
}

/** Schema of {@linkcode NodeSelectorRequirement}. */
export const nodeSelectorRequirement: Field<NodeSelectorRequirement> = object<
  NodeSelectorRequirement
>(
  "io.k8s.api.core.v1.NodeSelectorRequirement",
  () => ({
    key: str,
    operator: named<NodeSelectorOperator>("v1.NodeSelectorOperator"),
    values: optional(list(str, { type: "atomic" })),
  }),
);

/** NodeSelectorTerm. */
export interface NodeSelectorTerm {
  matchExpressions?: NodeSelectorRequirement[];
  matchFields?: NodeSelectorRequirement[];
}

/** Schema of {@linkcode NodeSelectorTerm}. */
export const nodeSelectorTerm: Field<NodeSelectorTerm> = object<
  NodeSelectorTerm
>(
  "io.k8s.api.core.v1.NodeSelectorTerm",
  () => ({
    matchExpressions: optional(
      list(nodeSelectorRequirement, { type: "atomic" }),
    ),
    matchFields: optional(list(nodeSelectorRequirement, { type: "atomic" })),
  }),
  { atomic: true },
);

/** NodeSelector. */
export interface NodeSelector {
  nodeSelectorTerms: NodeSelectorTerm[];
}

/** Schema of {@linkcode NodeSelector}. */
export const nodeSelector: Field<NodeSelector> = object<NodeSelector>(
  "io.k8s.api.core.v1.NodeSelector",
  () => ({
    nodeSelectorTerms: list(nodeSelectorTerm, { type: "atomic" }),
  }),
  { atomic: true },
);

/** PreferredSchedulingTerm. */
export interface PreferredSchedulingTerm {
  weight: number;
  preference?: NodeSelectorTerm;
}

/** Schema of {@linkcode PreferredSchedulingTerm}. */
export const preferredSchedulingTerm: Field<PreferredSchedulingTerm> = object<
  PreferredSchedulingTerm
>(
  "io.k8s.api.core.v1.PreferredSchedulingTerm",
  () => ({
    weight: int32,
    preference: needed(nodeSelectorTerm),
  }),
);

/** NodeAffinity. */
export interface NodeAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector;
  preferredDuringSchedulingIgnoredDuringExecution?: PreferredSchedulingTerm[];
}

/** Schema of {@linkcode NodeAffinity}. */
export const nodeAffinity: Field<NodeAffinity> = object<NodeAffinity>(
  "io.k8s.api.core.v1.NodeAffinity",
  () => ({
    requiredDuringSchedulingIgnoredDuringExecution: pointer(nodeSelector),
    preferredDuringSchedulingIgnoredDuringExecution: optional(
      list(preferredSchedulingTerm, { type: "atomic" }),
    ),
  }),
);

/** PodAffinityTerm. */
export interface PodAffinityTerm {
  labelSelector?: LabelSelector;
  namespaces?: string[];
  topologyKey: string;
  namespaceSelector?: LabelSelector;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
}

/** Schema of {@linkcode PodAffinityTerm}. */
export const podAffinityTerm: Field<PodAffinityTerm> = object<PodAffinityTerm>(
  "io.k8s.api.core.v1.PodAffinityTerm",
  () => ({
    labelSelector: pointer(labelSelector),
    namespaces: optional(list(str, { type: "atomic" })),
    topologyKey: str,
    namespaceSelector: pointer(labelSelector),
    matchLabelKeys: optional(list(str, { type: "atomic" })),
    mismatchLabelKeys: optional(list(str, { type: "atomic" })),
  }),
);

/** WeightedPodAffinityTerm. */
export interface WeightedPodAffinityTerm {
  weight: number;
  podAffinityTerm?: PodAffinityTerm;
}

/** Schema of {@linkcode WeightedPodAffinityTerm}. */
export const weightedPodAffinityTerm: Field<WeightedPodAffinityTerm> = object<
  WeightedPodAffinityTerm
>(
  "io.k8s.api.core.v1.WeightedPodAffinityTerm",
  () => ({
    weight: int32,
    podAffinityTerm: needed(podAffinityTerm),
  }),
);

/** PodAffinity. */
export interface PodAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[];
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[];
}

/** Schema of {@linkcode PodAffinity}. */
export const podAffinity: Field<PodAffinity> = object<PodAffinity>(
  "io.k8s.api.core.v1.PodAffinity",
  () => ({
    requiredDuringSchedulingIgnoredDuringExecution: optional(
      list(podAffinityTerm, { type: "atomic" }),
    ),
    preferredDuringSchedulingIgnoredDuringExecution: optional(
      list(weightedPodAffinityTerm, { type: "atomic" }),
    ),
  }),
);

/** PodAntiAffinity. */
export interface PodAntiAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[];
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[];
}

/** Schema of {@linkcode PodAntiAffinity}. */
export const podAntiAffinity: Field<PodAntiAffinity> = object<PodAntiAffinity>(
  "io.k8s.api.core.v1.PodAntiAffinity",
  () => ({
    requiredDuringSchedulingIgnoredDuringExecution: optional(
      list(podAffinityTerm, { type: "atomic" }),
    ),
    preferredDuringSchedulingIgnoredDuringExecution: optional(
      list(weightedPodAffinityTerm, { type: "atomic" }),
    ),
  }),
);

/** Affinity. */
export interface Affinity {
  nodeAffinity?: NodeAffinity;
  podAffinity?: PodAffinity;
  podAntiAffinity?: PodAntiAffinity;
}

/** Schema of {@linkcode Affinity}. */
export const affinity: Field<Affinity> = object<Affinity>(
  "io.k8s.api.core.v1.Affinity",
  () => ({
    nodeAffinity: pointer(nodeAffinity),
    podAffinity: pointer(podAffinity),
    podAntiAffinity: pointer(podAntiAffinity),
  }),
);
