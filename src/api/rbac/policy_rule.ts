import { type Field, list, object, optional, str } from "../schema/words.ts";

/** What may be done, and to what: either resources or paths. */
export interface PolicyRule {
  /** What may be done: `get`, `list`, `watch`, `create` …; `*` is everything. */
  verbs: string[];
  /** Groups of the resources; "" is the core group, `*` all groups. */
  apiGroups?: string[];
  /** Plurals of the resources, with a slash for subresources (`pods/log`); `*` is all. */
  resources?: string[];
  /** Names of the objects; absent means any. */
  resourceNames?: string[];
  /** Paths that are no resources, for example `/healthz`; a `*` may stand at the end. */
  nonResourceURLs?: string[];
}

/** Schema of {@linkcode PolicyRule}. */
export const policyRule: Field<PolicyRule> = object<PolicyRule>(
  "io.k8s.api.rbac.v1.PolicyRule",
  () => ({
    verbs: list(str, { type: "atomic" }),
    apiGroups: optional(list(str, { type: "atomic" })),
    resources: optional(list(str, { type: "atomic" })),
    resourceNames: optional(list(str, { type: "atomic" })),
    nonResourceURLs: optional(list(str, { type: "atomic" })),
  }),
);
