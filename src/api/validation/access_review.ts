/**
 * The rules of access reviews. They follow `pkg/apis/authorization/validation` of Kubernetes.
 *
 * @module
 */
import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  NonResourceAttributes,
  ResourceAttributes,
} from "../authorization/attributes.ts";
import type { FieldSelectorRequirement } from "../authorization/field_selector.ts";
import type { LocalSubjectAccessReview } from "../authorization/local_subject_access_review.ts";
import type { SelfSubjectAccessReview } from "../authorization/self_subject_access_review.ts";
import type { SubjectAccessReview } from "../authorization/subject_access_review.ts";
import { forbiddenField, invalidValue, required } from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type { LabelSelectorRequirement, ObjectMeta } from "../meta.ts";
import { isLabelValue, isQualifiedName } from "./names.ts";
import { each } from "./values.ts";

function validateOperator(
  { operator, values = [] }: FieldSelectorRequirement,
  field: string,
): FieldError[] {
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0 ? [] : [
        required(
          `${field}.values`,
          "must be specified when `operator` is 'In' or 'NotIn'",
        ),
      ];
    case "Exists":
    case "DoesNotExist":
      return values.length === 0 ? [] : [
        forbiddenField(
          `${field}.values`,
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
      ];
  }
  // An authorizer that does not know an operator looks at the request as if it were not limited.
  return [];
}

function validateFieldRequirement(
  requirement: FieldSelectorRequirement,
  field: string,
): FieldError[] {
  return [
    ...(requirement.key === ""
      ? [required(`${field}.key`, "must be specified")]
      : []),
    ...validateOperator(requirement, field),
  ];
}

function validateLabelRequirement(
  requirement: LabelSelectorRequirement,
  field: string,
): FieldError[] {
  const { key, values = [] } = requirement;
  return [
    ...validateOperator(requirement, field),
    ...each(`${field}.key`, key, isQualifiedName(key)),
    ...values.flatMap((value, i) =>
      each(`${field}.values[${i}]`, value, isLabelValue(value))
    ),
  ];
}

function validateSelector<R>(
  selector:
    | { readonly rawSelector?: string; readonly requirements?: readonly R[] }
    | undefined,
  field: string,
  rule: (requirement: R, field: string) => FieldError[],
): FieldError[] {
  if (selector === undefined) return [];
  const { rawSelector = "", requirements = [] } = selector;
  const found: FieldError[] = [];
  if (rawSelector !== "" && requirements.length > 0) {
    found.push(
      invalidValue(
        `${field}.rawSelector`,
        rawSelector,
        "may not specified at the same time as requirements",
      ),
    );
  }
  if (rawSelector === "" && requirements.length === 0) {
    found.push(
      required(
        `${field}.requirements`,
        `when ${field} is specified, requirements or rawSelector is required`,
      ),
    );
  }
  requirements.forEach((requirement, i) => {
    found.push(...rule(requirement, `${field}.requirements[${i}]`));
  });
  return found;
}

interface Asked {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: NonResourceAttributes;
}

/** Kubernetes shows its internal form, whose fields are upper-case. */
function shown(
  { path = "", verb = "" }: NonResourceAttributes,
): Record<string, string> {
  return { Path: path, Verb: verb };
}

function validateOneOf(spec: Asked): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    return [
      invalidValue(
        "spec.nonResourceAttributes",
        shown(nonResourceAttributes),
        "cannot be specified in combination with resourceAttributes",
      ),
    ];
  }
  return resourceAttributes ?? nonResourceAttributes ? [] : [
    invalidValue(
      "spec.resourceAttributes",
      undefined,
      "exactly one of nonResourceAttributes or resourceAttributes must be specified",
    ),
  ];
}

function validateAttributes(
  { resourceAttributes }: Asked,
): FieldError[] {
  if (resourceAttributes === undefined) return [];
  const { fieldSelector, labelSelector } = resourceAttributes;
  const fields: FieldSelectorAttributes | undefined = fieldSelector;
  const labels: LabelSelectorAttributes | undefined = labelSelector;
  const field = "spec.resourceAttributes";
  return [
    ...validateSelector(
      fields,
      `${field}.fieldSelector`,
      validateFieldRequirement,
    ),
    ...validateSelector(
      labels,
      `${field}.labelSelector`,
      validateLabelRequirement,
    ),
  ];
}

function validateSubject(
  { user = "", groups = [] }: SubjectAccessReview["spec"],
): FieldError[] {
  return user !== "" || groups.length > 0 ? [] : [
    invalidValue(
      "spec.user",
      user,
      "at least one of user or group must be specified",
    ),
  ];
}

function validateNoMeta(
  metadata: ObjectMeta,
  why: string,
  allowed: readonly string[] = [],
): FieldError[] {
  const { managedFields: _, ...given } = metadata;
  return Object.keys(given).every((key) => allowed.includes(key))
    ? []
    : [invalidValue("metadata", metadata, why)];
}

/** The rules of a SubjectAccessReview. */
export function validateSubjectAccessReview(
  { metadata, spec }: SubjectAccessReview,
): FieldError[] {
  return [
    ...validateOneOf(spec),
    ...validateSubject(spec),
    ...validateAttributes(spec),
    ...validateNoMeta(metadata, "must be empty"),
  ];
}

/** The rules of a SelfSubjectAccessReview. */
export function validateSelfSubjectAccessReview(
  { metadata, spec }: SelfSubjectAccessReview,
): FieldError[] {
  return [
    ...validateOneOf(spec),
    ...validateAttributes(spec),
    ...validateNoMeta(metadata, "must be empty"),
  ];
}

/** The rules of a LocalSubjectAccessReview; its namespace is that of the path by now. */
export function validateLocalSubjectAccessReview(
  { metadata, spec }: LocalSubjectAccessReview,
): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const asked = resourceAttributes?.namespace ?? "";
  return [
    ...validateOneOf(spec),
    ...validateSubject(spec),
    ...validateAttributes(spec),
    ...validateNoMeta(metadata, "must be empty except for namespace", [
      "namespace",
    ]),
    ...(resourceAttributes === undefined || asked === metadata.namespace
      ? []
      : [
        invalidValue(
          "spec.resourceAttributes.namespace",
          asked,
          "must match metadata.namespace",
        ),
      ]),
    ...(nonResourceAttributes === undefined ? [] : [
      invalidValue(
        "spec.nonResourceAttributes",
        shown(nonResourceAttributes),
        "disallowed on this kind of request",
      ),
    ]),
  ];
}
