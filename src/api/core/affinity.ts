import { type LabelSelector, labelSelector } from "../meta.ts";
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
} from "../schema/words.ts";

/** How a value of a node is compared. */
export type NodeSelectorOperator =
  | "In"
  | "NotIn"
  | "Exists"
  | "DoesNotExist"
  | "Gt"
  | "Lt";

/** One condition on a node. */
export interface NodeSelectorRequirement {
  /** A label's key, or a field's name. */
  key: string;
  /** How it is compared. */
  operator: NodeSelectorOperator;
  /** Values to compare with; one number for `Gt` and `Lt`. */
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

/** Conditions that must all hold. */
export interface NodeSelectorTerm {
  /** Conditions on labels. */
  matchExpressions?: NodeSelectorRequirement[];
  /** Conditions on fields; only `metadata.name`. */
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

/** Selects nodes; one term must hold. */
export interface NodeSelector {
  /** The terms. */
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

/** Nodes that are better. */
export interface PreferredSchedulingTerm {
  /** How much better, 1 to 100. */
  weight: number;
  /** Which nodes. */
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

/** Which nodes a Pod may run on. */
export interface NodeAffinity {
  /** Nodes that it must be put on; later changes do not matter. */
  requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector;
  /** Nodes that are better. */
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

/** Pods to be near to or far from. */
export interface PodAffinityTerm {
  /** Which Pods. */
  labelSelector?: LabelSelector;
  /** In which namespaces. Default: the Pod's own. */
  namespaces?: string[];
  /** What near means: nodes with the same value of this label. */
  topologyKey: string;
  /** In which namespaces, by label. */
  namespaceSelector?: LabelSelector;
  /** Labels whose values are taken from the Pod itself. */
  matchLabelKeys?: string[];
  /** Labels whose values must differ from the Pod's own. */
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

/** Pods that it is better to be near to or far from. */
export interface WeightedPodAffinityTerm {
  /** How much better, 1 to 100. */
  weight: number;
  /** Which Pods. */
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

/** Pods to be near to. */
export interface PodAffinity {
  /** Pods that must be near when it is put on a node. */
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[];
  /** Pods that it is better to be near to. */
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

/** Pods to be far from. */
export interface PodAntiAffinity {
  /** Pods that must not be near when it is put on a node. */
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[];
  /** Pods that it is better to be far from. */
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

/** Where a Pod may and should run. */
export interface Affinity {
  /** By node. */
  nodeAffinity?: NodeAffinity;
  /** Near which Pods. */
  podAffinity?: PodAffinity;
  /** Far from which Pods. */
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
