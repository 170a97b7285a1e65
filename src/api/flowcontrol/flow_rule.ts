import {
  bool,
  type Field,
  list,
  notNeeded,
  object,
  optional,
  str,
} from "../schema/words.ts";
import { type Subject, subject } from "./flow_subject.ts";

/** What is asked of resources. */
export interface ResourcePolicyRule {
  /** The verbs; `*` is all. */
  verbs: string[];
  /** Groups of the resources; `*` is all. */
  apiGroups: string[];
  /** Plurals of the resources; `*` is all. */
  resources: string[];
  /** Whether requests count that are in no namespace. */
  clusterScope?: boolean;
  /** Namespaces of requests that count; `*` is all. */
  namespaces: string[];
}

/** Schema of {@linkcode ResourcePolicyRule}. */
export const resourcePolicyRule: Field<ResourcePolicyRule> = object<
  ResourcePolicyRule
>(
  "io.k8s.api.flowcontrol.v1.ResourcePolicyRule",
  () => ({
    verbs: list(str, { type: "set" }),
    apiGroups: list(str, { type: "set" }),
    resources: list(str, { type: "set" }),
    clusterScope: optional(bool),
    namespaces: notNeeded(list(str, { type: "set" })),
  }),
);

/** What is asked of paths that are no resources. */
export interface NonResourcePolicyRule {
  /** HTTP methods in lower case; `*` is all. */
  verbs: string[];
  /** The paths; a `*` may stand at the end. */
  nonResourceURLs: string[];
}

/** Schema of {@linkcode NonResourcePolicyRule}. */
export const nonResourcePolicyRule: Field<NonResourcePolicyRule> = object<
  NonResourcePolicyRule
>(
  "io.k8s.api.flowcontrol.v1.NonResourcePolicyRule",
  () => ({
    verbs: list(str, { type: "set" }),
    nonResourceURLs: list(str, { type: "set" }),
  }),
);

/** Requests, by who asks for what. */
export interface PolicyRulesWithSubjects {
  /** Who asks. */
  subjects: Subject[];
  /** What is asked of resources. */
  resourceRules?: ResourcePolicyRule[];
  /** What is asked of paths. */
  nonResourceRules?: NonResourcePolicyRule[];
}

/** Schema of {@linkcode PolicyRulesWithSubjects}. */
export const policyRulesWithSubjects: Field<PolicyRulesWithSubjects> = object<
  PolicyRulesWithSubjects
>(
  "io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects",
  () => ({
    subjects: list(subject, { type: "atomic" }),
    resourceRules: optional(list(resourcePolicyRule, { type: "atomic" })),
    nonResourceRules: optional(list(nonResourcePolicyRule, { type: "atomic" })),
  }),
);
