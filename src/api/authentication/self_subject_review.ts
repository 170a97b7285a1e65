import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { type Field, object, typeMeta } from "../schema/words.ts";
import { type UserInfo, userInfo } from "./user_info.ts";

/** Who asks. */
export interface SelfSubjectReviewStatus {
  /** The user. */
  userInfo?: UserInfo;
}

/** Schema of {@linkcode SelfSubjectReviewStatus}. */
export const selfSubjectReviewStatus: Field<SelfSubjectReviewStatus> = object<
  SelfSubjectReviewStatus
>(
  "io.k8s.api.authentication.v1.SelfSubjectReviewStatus",
  () => ({
    userInfo: userInfo,
  }),
);

/** Asks who one is. */
export interface SelfSubjectReview extends KubeObject {
  /** Who one is; filled in by the server. */
  status?: SelfSubjectReviewStatus;
}

/** Schema of {@linkcode SelfSubjectReview}. */
export const selfSubjectReview: Field<SelfSubjectReview> = object<
  SelfSubjectReview
>(
  "io.k8s.api.authentication.v1.SelfSubjectReview",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    status: selfSubjectReviewStatus,
  }),
);

/** Asks who one is; answered at once, not stored. */
export const selfSubjectReviews: Kind<SelfSubjectReview> = defineKind({
  group: "authentication.k8s.io",
  version: "v1",
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  namespaced: false,
  verbs: ["create"],
  stored: false,
  type: selfSubjectReview,
});
