import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  bool,
  type Field,
  list,
  needed,
  object,
  optional,
  str,
  typeMeta,
} from "../schema/words.ts";

/** What may be done to resources. */
export interface ResourceRule {
  /** What may be done; `*` is everything. */
  verbs: string[];
  /** Groups of the resources; `*` is all. */
  apiGroups?: string[];
  /** Plurals of the resources; `*` is all. */
  resources?: string[];
  /** Names of the objects; absent means any. */
  resourceNames?: string[];
}

/** Schema of {@linkcode ResourceRule}. */
export const resourceRule: Field<ResourceRule> = object<ResourceRule>(
  "io.k8s.api.authorization.v1.ResourceRule",
  () => ({
    verbs: list(str, { type: "atomic" }),
    apiGroups: optional(list(str, { type: "atomic" })),
    resources: optional(list(str, { type: "atomic" })),
    resourceNames: optional(list(str, { type: "atomic" })),
  }),
);

/** What may be done to paths that are no resources. */
export interface NonResourceRule {
  /** HTTP methods in lower case; `*` is all. */
  verbs: string[];
  /** The paths; a `*` may stand at the end. */
  nonResourceURLs?: string[];
}

/** Schema of {@linkcode NonResourceRule}. */
export const nonResourceRule: Field<NonResourceRule> = object<NonResourceRule>(
  "io.k8s.api.authorization.v1.NonResourceRule",
  () => ({
    verbs: list(str, { type: "atomic" }),
    nonResourceURLs: optional(list(str, { type: "atomic" })),
  }),
);

/** All that one may do. */
export interface SubjectRulesReviewStatus {
  /** What one may do to resources. */
  resourceRules: ResourceRule[];
  /** What one may do to paths. */
  nonResourceRules: NonResourceRule[];
  /** Whether there may be more. */
  incomplete: boolean;
  /** What went wrong while it was found out. */
  evaluationError?: string;
}

/** Schema of {@linkcode SubjectRulesReviewStatus}. */
export const subjectRulesReviewStatus: Field<SubjectRulesReviewStatus> = object<
  SubjectRulesReviewStatus
>(
  "io.k8s.api.authorization.v1.SubjectRulesReviewStatus",
  () => ({
    resourceRules: list(resourceRule, { type: "atomic" }),
    nonResourceRules: list(nonResourceRule, { type: "atomic" }),
    incomplete: bool,
    evaluationError: optional(str),
  }),
);

/** Where one wants to do something. */
export interface SelfSubjectRulesReviewSpec {
  /** The namespace. */
  namespace?: string;
}

/** Schema of {@linkcode SelfSubjectRulesReviewSpec}. */
export const selfSubjectRulesReviewSpec: Field<SelfSubjectRulesReviewSpec> =
  object<SelfSubjectRulesReviewSpec>(
    "io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec",
    () => ({
      namespace: optional(str),
    }),
  );

/** Asks for all that one may do in a namespace. */
export interface SelfSubjectRulesReview extends KubeObject {
  /** The namespace. */
  spec: SelfSubjectRulesReviewSpec;
  /** What one may do; filled in by the server. */
  status?: SubjectRulesReviewStatus;
}

/** Schema of {@linkcode SelfSubjectRulesReview}. */
export const selfSubjectRulesReview: Field<SelfSubjectRulesReview> = object<
  SelfSubjectRulesReview
>(
  "io.k8s.api.authorization.v1.SelfSubjectRulesReview",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(selfSubjectRulesReviewSpec),
    status: subjectRulesReviewStatus,
  }),
);

/** Asks for all that one may do; answered at once, not stored. */
export const selfSubjectRulesReviews: Kind<SelfSubjectRulesReview> = defineKind(
  {
    group: "authorization.k8s.io",
    version: "v1",
    kind: "SelfSubjectRulesReview",
    plural: "selfsubjectrulesreviews",
    namespaced: false,
    verbs: ["create"],
    stored: false,
    type: selfSubjectRulesReview,
  },
);
