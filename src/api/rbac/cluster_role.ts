import { createdAtColumn, nameColumn } from "../columns/common.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { type LabelSelector, labelSelector, objectMeta } from "../meta.ts";
import {
  type Field,
  list,
  notNeeded,
  object,
  optional,
  pointer,
  typeMeta,
} from "../schema/words.ts";
import { pathSegment } from "../validation/names.ts";
import { validateClusterRole } from "../validation/rbac.ts";
import { type PolicyRule, policyRule } from "./policy_rule.ts";

/** Which roles a role is put together from. */
export interface AggregationRule {
  /** Labels of these roles; those that any selector meets count. */
  clusterRoleSelectors?: LabelSelector[];
}

/** Schema of {@linkcode AggregationRule}. */
export const aggregationRule: Field<AggregationRule> = object<AggregationRule>(
  "io.k8s.api.rbac.v1.AggregationRule",
  () => ({
    clusterRoleSelectors: optional(list(labelSelector, { type: "atomic" })),
  }),
);

/** Permissions in the whole cluster, or in any namespace where it is bound. */
export interface ClusterRole extends KubeObject {
  /** What may be done. */
  rules: PolicyRule[];
  /** Which roles it is put together from; `rules` is then kept by the server. */
  aggregationRule?: AggregationRule;
}

/** Schema of {@linkcode ClusterRole}. */
export const clusterRole: Field<ClusterRole> = object<ClusterRole>(
  "io.k8s.api.rbac.v1.ClusterRole",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    rules: notNeeded(list(policyRule, { type: "atomic" })),
    aggregationRule: pointer(aggregationRule),
  }),
);

/** Permissions in the whole cluster. */
export const clusterRoles: Kind<ClusterRole> = defineKind({
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  namespaced: false,
  type: clusterRole,
  nameRule: pathSegment,
  validate: validateClusterRole,
  columns: [nameColumn(), createdAtColumn()],
});
