import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { type Field, needed, object, typeMeta } from "../schema/words.ts";
import { validateLocalSubjectAccessReview } from "../validation/access_review.ts";
import {
  type SubjectAccessReviewStatus,
  subjectAccessReviewStatus,
} from "./access_review_status.ts";
import {
  type SubjectAccessReviewSpec,
  subjectAccessReviewSpec,
} from "./subject_access_review.ts";

/** Asks whether somebody may do something in one namespace. */
export interface LocalSubjectAccessReview extends KubeObject {
  /** Who wants to do what; the namespace is that of the object. */
  spec: SubjectAccessReviewSpec;
  /** Whether it is allowed; filled in by the server. */
  status?: SubjectAccessReviewStatus;
}

/** Schema of {@linkcode LocalSubjectAccessReview}. */
export const localSubjectAccessReview: Field<LocalSubjectAccessReview> = object<
  LocalSubjectAccessReview
>(
  "io.k8s.api.authorization.v1.LocalSubjectAccessReview",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(subjectAccessReviewSpec),
    status: subjectAccessReviewStatus,
  }),
);

/** Asks whether somebody may do something in a namespace; answered at once, not stored. */
export const localSubjectAccessReviews: Kind<LocalSubjectAccessReview> =
  defineKind({
    group: "authorization.k8s.io",
    version: "v1",
    kind: "LocalSubjectAccessReview",
    plural: "localsubjectaccessreviews",
    namespaced: true,
    verbs: ["create"],
    stored: false,
    type: localSubjectAccessReview,
    validate: validateLocalSubjectAccessReview,
  });
