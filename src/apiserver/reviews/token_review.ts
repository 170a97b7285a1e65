/**
 * TokenReview and SelfSubjectReview: whose a token is, and who one is.
 *
 * @module
 */
import {
  type SelfSubjectReview,
  selfSubjectReviews,
} from "../../api/authentication/self_subject_review.ts";
import {
  type TokenReview,
  tokenReviews,
  type TokenReviewStatus,
} from "../../api/authentication/token_review.ts";
import type { UserInfo } from "../../api/authentication/user_info.ts";
import { badRequest } from "../../api/status.ts";
import { formatTime } from "../../api/time.ts";
import { API_AUDIENCES } from "../auth/authenticator.ts";
import { TokenRefused } from "../auth/service_account/bound_objects.ts";
import type { User } from "../auth/user.ts";
import type { ApiServer, Handler } from "../call.ts";
import { review } from "./review.ts";

/** POST /apis/authentication.k8s.io/v1/tokenreviews. */
export const createTokenReview: Handler = review<TokenReview>(
  tokenReviews,
  ({ api }, asked) => {
    if (!asked.spec.token) {
      throw badRequest("token is required for TokenReview in authentication");
    }
    return { ...asked, status: tokenStatus(api, asked.spec) };
  },
);

function tokenStatus(
  api: ApiServer,
  { token = "", audiences = [] }: TokenReview["spec"],
): TokenReviewStatus {
  try {
    const known = api.authenticator.review(
      token,
      audiences.length === 0 ? API_AUDIENCES : audiences,
    );
    return {
      authenticated: true,
      user: userInfoOf(known.user),
      audiences: [...known.audiences],
    };
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    return { user: {}, error: error.message };
  }
}

/** POST /apis/authentication.k8s.io/v1/selfsubjectreviews. */
export const createSelfSubjectReview: Handler = review<SelfSubjectReview>(
  selfSubjectReviews,
  ({ api, user }, { apiVersion = "", kind = "" }) => ({
    kind,
    apiVersion,
    metadata: { creationTimestamp: formatTime(api.host.clock.now()) },
    status: { userInfo: userInfoOf(user) },
  }),
);

function userInfoOf({ name, uid, groups, extra = {} }: User): UserInfo {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    ...(groups.length === 0 ? {} : { groups: [...groups] }),
    ...(Object.keys(extra).length === 0 ? {} : {
      extra: Object.fromEntries(
        Object.entries(extra).map(([key, values]) => [key, [...values]]),
      ),
    }),
  };
}
