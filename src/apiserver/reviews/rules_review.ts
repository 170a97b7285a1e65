/**
 * SelfSubjectRulesReview: all that one may do in a namespace.
 *
 * @module
 */
import {
  type SelfSubjectRulesReview,
  selfSubjectRulesReviews,
  type SubjectRulesReviewStatus,
} from "../../api/authorization/self_subject_rules_review.ts";
import { badRequest } from "../../api/status.ts";
import type { UserRules } from "../auth/authorizer.ts";
import { aggregateText } from "../auth/go_text.ts";
import type { Handler } from "../call.ts";
import { review } from "./review.ts";

/** POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews. */
export const createSelfSubjectRulesReview: Handler = review<
  SelfSubjectRulesReview
>(
  selfSubjectRulesReviews,
  ({ api, user }, asked) => {
    const namespace = asked.spec.namespace ?? "";
    if (namespace === "") throw badRequest("no namespace on request");
    return { ...asked, status: statusOf(api.rules.rulesFor(user, namespace)) };
  },
);

function statusOf(
  { rules, errors, incomplete }: UserRules,
): SubjectRulesReviewStatus {
  const copy = (list: readonly string[] | undefined) => [...list ?? []];
  return {
    resourceRules: rules.filter(({ resources = [] }) => resources.length > 0)
      .map(({ verbs, apiGroups, resources, resourceNames = [] }) => ({
        verbs: copy(verbs),
        apiGroups: copy(apiGroups),
        resources: copy(resources),
        ...(resourceNames.length === 0
          ? {}
          : { resourceNames: copy(resourceNames) }),
      })),
    nonResourceRules: rules.filter(({ nonResourceURLs = [] }) =>
      nonResourceURLs.length > 0
    ).map(({ verbs, nonResourceURLs }) => ({
      verbs: copy(verbs),
      nonResourceURLs: copy(nonResourceURLs),
    })),
    incomplete,
    ...(errors.length === 0 ? {} : { evaluationError: aggregateText(errors) }),
  };
}
