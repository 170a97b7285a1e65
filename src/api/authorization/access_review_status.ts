import { bool, type Field, object, optional, str } from "../schema/words.ts";

/** Whether somebody may do something. */
export interface SubjectAccessReviewStatus {
  /** Whether it is allowed. */
  allowed: boolean;
  /** Whether it is refused for good; otherwise nobody has said that it is allowed. */
  denied?: boolean;
  /** Why. */
  reason?: string;
  /** What went wrong while it was found out; there may be an answer all the same. */
  evaluationError?: string;
}

/** Schema of {@linkcode SubjectAccessReviewStatus}. */
export const subjectAccessReviewStatus: Field<SubjectAccessReviewStatus> =
  object<SubjectAccessReviewStatus>(
    "io.k8s.api.authorization.v1.SubjectAccessReviewStatus",
    () => ({
      allowed: bool,
      denied: optional(bool),
      reason: optional(str),
      evaluationError: optional(str),
    }),
  );
