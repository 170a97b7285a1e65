import { type Field, list, object, optional, str } from "../schema/words.ts";

/** One condition on one label of a node. */
export interface TopologySelectorLabelRequirement {
  /** The label's key. */
  key: string;
  /** Values, of which the label must have one. */
  values: string[];
}

/** Schema of {@linkcode TopologySelectorLabelRequirement}. */
export const topologySelectorLabelRequirement: Field<
  TopologySelectorLabelRequirement
> = object<TopologySelectorLabelRequirement>(
  "io.k8s.api.core.v1.TopologySelectorLabelRequirement",
  () => ({
    key: str,
    values: list(str, { type: "atomic" }),
  }),
);

/** A part of the cluster, by labels of its nodes; all conditions must hold. */
export interface TopologySelectorTerm {
  /** The conditions. */
  matchLabelExpressions?: TopologySelectorLabelRequirement[];
}

/** Schema of {@linkcode TopologySelectorTerm}. */
export const topologySelectorTerm: Field<TopologySelectorTerm> = object<
  TopologySelectorTerm
>(
  "io.k8s.api.core.v1.TopologySelectorTerm",
  () => ({
    matchLabelExpressions: optional(
      list(topologySelectorLabelRequirement, { type: "atomic" }),
    ),
  }),
  { atomic: true },
);
