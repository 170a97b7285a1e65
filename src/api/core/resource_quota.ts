import { quotaColumns } from "../columns/resource_quota.ts";
import { defaultResources } from "../defaults/container.ts";
import { defineKind } from "../define.ts";
import {
  validateResourceQuota,
  validateResourceQuotaStatus,
  validateResourceQuotaUpdate,
} from "../validation/resource_quota.ts";
import { warnOfResourceQuota } from "../warnings/resource_quota.ts";
import type { Kind } from "../kind.ts";
import { type KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  list,
  named,
  object,
  optional,
  pointer,
  type ResourceList,
  resourceList,
  str,
  typeMeta,
} from "../schema/words.ts";

/** One condition on the things that a quota counts. */
export interface ScopedResourceSelectorRequirement {
  /** What is looked at, for example `PriorityClass`. */
  scopeName: string;
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`. */
  operator: string;
  /** Values to compare with; for `In` and `NotIn` only. */
  values?: string[];
}

/** Schema of {@linkcode ScopedResourceSelectorRequirement}. */
export const scopedResourceSelectorRequirement: Field<
  ScopedResourceSelectorRequirement
> = object<ScopedResourceSelectorRequirement>(
  "io.k8s.api.core.v1.ScopedResourceSelectorRequirement",
  () => ({
    scopeName: named("v1.ResourceQuotaScope"),
    operator: named("v1.ScopeSelectorOperator"),
    values: optional(list(str, { type: "atomic" })),
  }),
);

/** Which things a quota counts; all conditions must hold. */
export interface ScopeSelector {
  /** The conditions. */
  matchExpressions?: ScopedResourceSelectorRequirement[];
}

/** Schema of {@linkcode ScopeSelector}. */
export const scopeSelector: Field<ScopeSelector> = object<ScopeSelector>(
  "io.k8s.api.core.v1.ScopeSelector",
  () => ({
    matchExpressions: optional(
      list(scopedResourceSelectorRequirement, { type: "atomic" }),
    ),
  }),
  { atomic: true },
);

/** Sums that a namespace must not exceed. */
export interface ResourceQuotaSpec {
  /** The most of each resource or count of objects. */
  hard?: ResourceList;
  /** Which things are counted; all must hold. Default: all things. */
  scopes?: string[];
  /** Like `scopes`, with values. */
  scopeSelector?: ScopeSelector;
}

/** Schema of {@linkcode ResourceQuotaSpec}. */
export const resourceQuotaSpec: Field<ResourceQuotaSpec> = object<
  ResourceQuotaSpec
>(
  "io.k8s.api.core.v1.ResourceQuotaSpec",
  () => ({
    hard: optional(resourceList),
    scopes: optional(list(named("v1.ResourceQuotaScope"), { type: "atomic" })),
    scopeSelector: pointer(scopeSelector),
  }),
);

/** Sums that were found. */
export interface ResourceQuotaStatus {
  /** The bounds that they were held to. */
  hard?: ResourceList;
  /** What is used of each. */
  used?: ResourceList;
}

/** Schema of {@linkcode ResourceQuotaStatus}. */
export const resourceQuotaStatus: Field<ResourceQuotaStatus> = object<
  ResourceQuotaStatus
>(
  "io.k8s.api.core.v1.ResourceQuotaStatus",
  () => ({
    hard: optional(resourceList),
    used: optional(resourceList),
  }),
);

/** Sums that all things of a namespace together must not exceed. */
export interface ResourceQuota extends KubeObject {
  /** The sums. */
  spec: ResourceQuotaSpec;
  /** What is used. */
  status?: ResourceQuotaStatus;
}

/** Schema of {@linkcode ResourceQuota}. */
export const resourceQuota: Field<ResourceQuota> = object<ResourceQuota>(
  "io.k8s.api.core.v1.ResourceQuota",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: resourceQuotaSpec,
    status: resourceQuotaStatus,
  }),
);

/** Sums that a namespace must not exceed. */
export const resourceQuotas: Kind<ResourceQuota> = defineKind({
  group: "",
  version: "v1",
  kind: "ResourceQuota",
  plural: "resourcequotas",
  namespaced: true,
  shortNames: ["quota"],
  subresources: ["status"],
  type: resourceQuota,
  setDefaults({ spec, status }) {
    for (const sums of [spec.hard, status?.hard, status?.used]) {
      defaultResources(sums);
    }
  },
  validate: validateResourceQuota,
  validateUpdate: validateResourceQuotaUpdate,
  validateStatusUpdate: validateResourceQuotaStatus,
  warnings: warnOfResourceQuota,
  columns: quotaColumns,
});
