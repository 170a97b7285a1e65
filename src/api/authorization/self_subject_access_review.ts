import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  type Field,
  needed,
  object,
  pointer,
  typeMeta,
} from "../schema/words.ts";
import { validateSelfSubjectAccessReview } from "../validation/access_review.ts";
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

/** What one wants to do; either to a resource or to a path. */
export interface SelfSubjectAccessReviewSpec {
  /** What is asked of a resource. */
  resourceAttributes?: ResourceAttributes;
  /** What is asked of a path. */
  nonResourceAttributes?: NonResourceAttributes;
}

/** Schema of {@linkcode SelfSubjectAccessReviewSpec}. */
export const selfSubjectAccessReviewSpec: Field<SelfSubjectAccessReviewSpec> =
  object<SelfSubjectAccessReviewSpec>(
    "io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec",
    () => ({
      resourceAttributes: pointer(resourceAttributes),
      nonResourceAttributes: pointer(nonResourceAttributes),
    }),
  );

/** Asks whether one may do something. */
export interface SelfSubjectAccessReview extends KubeObject {
  /** What one wants to do. */
  spec: SelfSubjectAccessReviewSpec;
  /** Whether it is allowed; filled in by the server. */
  status?: SubjectAccessReviewStatus;
}

/** Schema of {@linkcode SelfSubjectAccessReview}. */
export const selfSubjectAccessReview: Field<SelfSubjectAccessReview> = object<
  SelfSubjectAccessReview
>(
  "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(selfSubjectAccessReviewSpec),
    status: subjectAccessReviewStatus,
  }),
);

/** Asks whether one may do something; answered at once, not stored. */
export const selfSubjectAccessReviews: Kind<SelfSubjectAccessReview> =
  defineKind({
    group: "authorization.k8s.io",
    version: "v1",
    kind: "SelfSubjectAccessReview",
    plural: "selfsubjectaccessreviews",
    namespaced: false,
    verbs: ["create"],
    stored: false,
    type: selfSubjectAccessReview,
    validate: validateSelfSubjectAccessReview,
  });
