import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  list,
  map,
  needed,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import { validateSubjectAccessReview } from "../validation/access_review.ts";
import {
  type SubjectAccessReviewStatus,
  subjectAccessReviewStatus,
} from "./access_review_status.ts";
import {
  type NonResourceAttributes,
  nonResourceAttributes,
  type ResourceAttributes,
  resourceAttributes,
} from "./attributes.ts";

/** Who wants to do what; either to a resource or to a path. */
export interface SubjectAccessReviewSpec {
  /** What is asked of a resource. */
  resourceAttributes?: ResourceAttributes;
  /** What is asked of a path. */
  nonResourceAttributes?: NonResourceAttributes;
  /** Name of the user. */
  user?: string;
  /** Groups of the user. */
  groups?: string[];
  /** What else is known of the user. */
  extra?: Record<string, string[]>;
  /** UID of the user. */
  uid?: string;
}

/** Schema of {@linkcode SubjectAccessReviewSpec}. */
export const subjectAccessReviewSpec: Field<SubjectAccessReviewSpec> = object<
  SubjectAccessReviewSpec
>(
  "io.k8s.api.authorization.v1.SubjectAccessReviewSpec",
  () => ({
    resourceAttributes: pointer(resourceAttributes),
    nonResourceAttributes: pointer(nonResourceAttributes),
    user: optional(str),
    groups: optional(list(str, { type: "atomic" })),
    extra: optional(map(list(str))),
    uid: optional(str),
  }),
);

/** Asks whether somebody may do something. */
export interface SubjectAccessReview extends KubeObject {
  /** Who wants to do what. */
  spec: SubjectAccessReviewSpec;
  /** Whether it is allowed; filled in by the server. */
  status?: SubjectAccessReviewStatus;
}

/** Schema of {@linkcode SubjectAccessReview}. */
export const subjectAccessReview: Field<SubjectAccessReview> = object<
  SubjectAccessReview
>(
  "io.k8s.api.authorization.v1.SubjectAccessReview",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(subjectAccessReviewSpec),
    status: subjectAccessReviewStatus,
  }),
);

/** Asks whether somebody may do something; answered at once, not stored. */
export const subjectAccessReviews: Kind<SubjectAccessReview> = defineKind({
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  namespaced: false,
  verbs: ["create"],
  stored: false,
  type: subjectAccessReview,
  validate: validateSubjectAccessReview,
});
