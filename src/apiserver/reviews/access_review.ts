/**
 * SubjectAccessReview and its kin: whether somebody may do something.
 *
 * @module
 */
import type { SubjectAccessReviewStatus } from "../../api/authorization/access_review_status.ts";
import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  NonResourceAttributes,
  ResourceAttributes,
} from "../../api/authorization/attributes.ts";
import {
  type LocalSubjectAccessReview,
  localSubjectAccessReviews,
} from "../../api/authorization/local_subject_access_review.ts";
import {
  type SelfSubjectAccessReview,
  selfSubjectAccessReviews,
} from "../../api/authorization/self_subject_access_review.ts";
import {
  type SubjectAccessReview,
  subjectAccessReviews,
  type SubjectAccessReviewSpec,
} from "../../api/authorization/subject_access_review.ts";
import {
  FieldSelector,
  type FieldTerm,
  parseFieldSelector,
  parseLabelSelector,
} from "../../api/selector.ts";
import type { User } from "../auth/user.ts";
import type { ApiServer, Handler } from "../call.ts";
import { review } from "./review.ts";

/** POST /apis/authorization.k8s.io/v1/subjectaccessreviews. */
export const createSubjectAccessReview: Handler = review<SubjectAccessReview>(
  subjectAccessReviews,
  ({ api }, asked) => ({
    ...asked,
    status: accessStatus(api, userOf(asked.spec), asked.spec),
  }),
);

/** POST /apis/authorization.k8s.io/v1/namespaces/{ns}/localsubjectaccessreviews. */
export const createLocalSubjectAccessReview: Handler = review<
  LocalSubjectAccessReview
>(
  localSubjectAccessReviews,
  ({ api }, asked) => ({
    ...asked,
    status: accessStatus(api, userOf(asked.spec), asked.spec),
  }),
);

/** POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews. */
export const createSelfSubjectAccessReview: Handler = review<
  SelfSubjectAccessReview
>(
  selfSubjectAccessReviews,
  ({ api, user }, asked) => ({
    ...asked,
    status: accessStatus(api, user, asked.spec),
  }),
);

function userOf(
  { user = "", groups = [], uid, extra }: SubjectAccessReviewSpec,
): User {
  return {
    name: user,
    groups,
    ...(uid ? { uid } : {}),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** The answer to one question. */
function accessStatus(
  api: ApiServer,
  user: User,
  { resourceAttributes, nonResourceAttributes }: {
    readonly resourceAttributes?: ResourceAttributes;
    readonly nonResourceAttributes?: NonResourceAttributes;
  },
): SubjectAccessReviewStatus {
  if (resourceAttributes === undefined) {
    const { path = "", verb = "" } = nonResourceAttributes ?? {};
    return statusOf(
      api.authorizer.authorize({ user, verb, path, fieldSelector: "" }),
    );
  }
  const { verb = "", namespace = "", name = "", subresource = "", ...rest } =
    resourceAttributes;
  const fields = readFields(rest.fieldSelector);
  const errors = [
    ...fields.wrong ? [ignored("fieldSelector", fields.selector !== "")] : [],
    ...readLabels(rest.labelSelector),
  ];
  const decision = api.authorizer.authorize({
    user,
    verb,
    path: "",
    fieldSelector: fields.selector,
    resource: {
      group: rest.group ?? "",
      version: rest.version || "*",
      plural: rest.resource ?? "",
      subresource,
      namespace,
      name,
    },
  });
  return {
    ...statusOf(decision),
    ...(errors.length === 0 ? {} : { evaluationError: errors.join("; ") }),
  };
}

function statusOf(
  decision: ReturnType<ApiServer["authorizer"]["authorize"]>,
): SubjectAccessReviewStatus {
  const reason = decision.allowed ? decision.why?.() ?? "" : decision.reason;
  return {
    allowed: decision.allowed,
    ...(reason === "" ? {} : { reason }),
  };
}

function ignored(what: string, partially: boolean): string {
  return `spec.resourceAttributes.${what} ${
    partially ? "partially " : ""
  }ignored due to parse error`;
}

/** A field selector as authorisers take it: what cannot be read does not count. */
function readFields(
  attributes: FieldSelectorAttributes | undefined,
): { readonly selector: string; readonly wrong: boolean } {
  const { rawSelector = "", requirements = [] } = attributes ?? {};
  if (rawSelector !== "") {
    try {
      const read = parseFieldSelector(rawSelector);
      return { selector: read.toString(), wrong: false };
    } catch {
      return { selector: "", wrong: true };
    }
  }
  const terms: FieldTerm[] = [];
  for (const { key, operator, values = [] } of requirements) {
    const [value] = values;
    if (values.length !== 1 || value === undefined) continue;
    if (operator === "In") terms.push({ field: key, operator: "=", value });
    if (operator === "NotIn") terms.push({ field: key, operator: "!=", value });
  }
  return {
    selector: new FieldSelector(terms).toString(),
    wrong: terms.length < requirements.length,
  };
}

/** What is wrong with a label selector. No authoriser here looks at labels. */
function readLabels(attributes: LabelSelectorAttributes | undefined): string[] {
  const { rawSelector = "", requirements = [] } = attributes ?? {};
  if (rawSelector !== "") {
    try {
      parseLabelSelector(rawSelector);
      return [];
    } catch {
      return [ignored("labelSelector", false)];
    }
  }
  const known = requirements.filter(({ operator }) =>
    ["In", "NotIn", "Exists", "DoesNotExist"].includes(operator)
  );
  return known.length === requirements.length
    ? []
    : [ignored("labelSelector", known.length > 0)];
}
