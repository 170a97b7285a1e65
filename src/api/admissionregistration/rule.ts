import {
  type Field,
  list,
  named,
  object,
  optional,
  pointer,
  str,
} from "../schema/words.ts";

/** Which requests, by what they ask of what. */
export interface RuleWithOperations {
  /** `CREATE`, `UPDATE`, `DELETE`, `CONNECT`; `*` is all. */
  operations?: string[];
  /** Groups of the resources; `*` is all. */
  apiGroups?: string[];
  /** Versions of the groups; `*` is all. */
  apiVersions?: string[];
  /** Plurals of the resources, with a slash for subresources; a lone `*` is all but subresources. */
  resources?: string[];
  /** `Cluster`, `Namespaced` or `*`. Default: *. */
  scope?: string;
}

/** Schema of {@linkcode RuleWithOperations}. */
export const ruleWithOperations: Field<RuleWithOperations> = object<
  RuleWithOperations
>(
  "io.k8s.api.admissionregistration.v1.RuleWithOperations",
  () => ({
    operations: optional(list(named("v1.OperationType"), { type: "atomic" })),
    apiGroups: optional(list(str, { type: "atomic" })),
    apiVersions: optional(list(str, { type: "atomic" })),
    resources: optional(list(str, { type: "atomic" })),
    scope: pointer(named("v1.ScopeType")),
  }),
);

/** Which requests, by what they ask of what, and of which object. */
export interface NamedRuleWithOperations {
  /** Names of the objects; absent means any. */
  resourceNames?: string[];
  /** `CREATE`, `UPDATE`, `DELETE`, `CONNECT`; `*` is all. */
  operations?: string[];
  /** Groups of the resources; `*` is all. */
  apiGroups?: string[];
  /** Versions of the groups; `*` is all. */
  apiVersions?: string[];
  /** Plurals of the resources, with a slash for subresources; a lone `*` is all but subresources. */
  resources?: string[];
  /** `Cluster`, `Namespaced` or `*`. Default: *. */
  scope?: string;
}

/** Schema of {@linkcode NamedRuleWithOperations}. */
export const namedRuleWithOperations: Field<NamedRuleWithOperations> = object<
  NamedRuleWithOperations
>(
  "io.k8s.api.admissionregistration.v1.NamedRuleWithOperations",
  () => ({
    resourceNames: optional(list(str, { type: "atomic" })),
    operations: optional(list(named("v1.OperationType"), { type: "atomic" })),
    apiGroups: optional(list(str, { type: "atomic" })),
    apiVersions: optional(list(str, { type: "atomic" })),
    resources: optional(list(str, { type: "atomic" })),
    scope: pointer(named("v1.ScopeType")),
  }),
  { atomic: true },
);

/** A condition in CEL that a request must meet. */
export interface MatchCondition {
  /** Its name, unique among the conditions. */
  name: string;
  /** The expression; it says whether the request counts. */
  expression: string;
}

/** Schema of {@linkcode MatchCondition}. */
export const matchCondition: Field<MatchCondition> = object<MatchCondition>(
  "io.k8s.api.admissionregistration.v1.MatchCondition",
  () => ({
    name: str,
    expression: str,
  }),
);
