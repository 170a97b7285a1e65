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
import { type UserInfo, userInfo } from "./user_info.ts";

/** A token to look at. */
export interface TokenReviewSpec {
  /** The bearer token. */
  token?: string;
  /** Who it may be meant for; the server itself when absent. */
  audiences?: string[];
}

/** Schema of {@linkcode TokenReviewSpec}. */
export const tokenReviewSpec: Field<TokenReviewSpec> = object<TokenReviewSpec>(
  "io.k8s.api.authentication.v1.TokenReviewSpec",
  () => ({
    token: needed(optional(str)),
    audiences: optional(list(str, { type: "atomic" })),
  }),
);

/** Whose token it is. */
export interface TokenReviewStatus {
  /** Whether it belongs to a user. */
  authenticated?: boolean;
  /** The user. */
  user?: UserInfo;
  /** Those of the asked audiences that the token is for. */
  audiences?: string[];
  /** Why the token could not be checked. */
  error?: string;
}

/** Schema of {@linkcode TokenReviewStatus}. */
export const tokenReviewStatus: Field<TokenReviewStatus> = object<
  TokenReviewStatus
>(
  "io.k8s.api.authentication.v1.TokenReviewStatus",
  () => ({
    authenticated: optional(bool),
    user: userInfo,
    audiences: optional(list(str, { type: "atomic" })),
    error: optional(str),
  }),
);

/** Asks whose a token is. */
export interface TokenReview extends KubeObject {
  /** The token. */
  spec: TokenReviewSpec;
  /** Whose it is; filled in by the server. */
  status?: TokenReviewStatus;
}

/** Schema of {@linkcode TokenReview}. */
export const tokenReview: Field<TokenReview> = object<TokenReview>(
  "io.k8s.api.authentication.v1.TokenReview",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: needed(tokenReviewSpec),
    status: tokenReviewStatus,
  }),
);

/** Asks whose a token is; answered at once, not stored. */
export const tokenReviews: Kind<TokenReview> = defineKind({
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenReview",
  plural: "tokenreviews",
  namespaced: false,
  verbs: ["create"],
  stored: false,
  type: tokenReview,
});
