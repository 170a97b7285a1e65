/**
 * The rules of webhooks for admission. They follow `pkg/apis/admissionregistration/validation` of Kubernetes.
 *
 * @module
 */
import type { MutatingWebhook } from "../admissionregistration/mutating_webhook_configuration.ts";
import type { MatchCondition } from "../admissionregistration/rule.ts";
import type { ValidatingWebhook } from "../admissionregistration/validating_webhook_configuration.ts";
import {
  duplicate,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { validateLabelSelector } from "../selector.ts";
import { isDns1035Label, isDnsSubdomain, isQualifiedName } from "./names.ts";
import { oneOfIfSet, repeatedPlaces, requiredBy } from "./values.ts";
import { validateWebhookClient } from "./webhook_client.ts";
import { validateWebhookRule } from "./webhook_rule.ts";

type Webhook = ValidatingWebhook & Pick<MutatingWebhook, "reinvocationPolicy">;

const REVIEW_VERSIONS = ["v1", "v1beta1"];
const SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const MAX_CONDITIONS = 64;

/** A domain with three parts at least. */
function validateName(field: string, name: string): FieldError[] {
  if (name === "") return [required(field)];
  const wrong = isDnsSubdomain(name);
  if (wrong.length > 0) return [invalidValue(field, name, wrong.join(","))];
  return name.split(".").length >= 3 ? [] : [
    invalidValue(
      field,
      name,
      "should be a domain with at least three segments separated by dots",
    ),
  ];
}

function validateReviewVersions(
  versions: readonly string[],
  field: string,
): FieldError[] {
  const known = REVIEW_VERSIONS.join(", ");
  if (versions.length === 0) {
    return [required(field, `must specify one of ${known}`)];
  }
  const repeated = repeatedPlaces(versions);
  const found = versions.flatMap((version, i) => {
    const at = `${field}[${i}]`;
    return repeated.has(i)
      ? [invalidValue(at, version, "duplicate version")]
      : isDns1035Label(version).map((why) => invalidValue(at, version, why));
  });
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version))) {
    found.push(
      invalidValue(field, versions, `must include at least one of ${known}`),
    );
  }
  return found;
}

/** Whether a condition says the same of every request, so that it can be told without CEL. */
export function constantCondition(expression: string): boolean | undefined {
  const text = expression.trim();
  return text === "true" ? true : text === "false" ? false : undefined;
}

function validateConditions(
  conditions: readonly MatchCondition[],
  field: string,
): FieldError[] {
  const found = conditions.length > MAX_CONDITIONS
    ? [tooMany(field, conditions.length, MAX_CONDITIONS)]
    : [];
  conditions.forEach(({ name, expression }, i) => {
    const at = `${field}[${i}]`;
    if (expression.trim() === "") found.push(required(`${at}.expression`));
    else if (constantCondition(expression) === undefined) {
      // One that were stored and not looked at would call a webhook that is not meant.
      found.push(
        invalidValue(
          `${at}.expression`,
          expression,
          "CEL expressions are not evaluated by this server yet",
        ),
      );
    }
    found.push(...requiredBy(`${at}.name`, name, isQualifiedName));
    if (conditions.slice(0, i).some((c) => c.name === name) && name !== "") {
      found.push(duplicate(`${at}.name`, name));
    }
  });
  return found;
}

function validateSideEffects(
  value: string | undefined,
  field: string,
): FieldError[] {
  if (value === undefined) {
    return [required(field, `must specify one of ${SIDE_EFFECTS.join(", ")}`)];
  }
  return SIDE_EFFECTS.includes(value)
    ? []
    : [notSupported(field, value, SIDE_EFFECTS)];
}

function validateWebhook(webhook: Webhook, field: string): FieldError[] {
  const { rules = [], timeoutSeconds: timeout = 10 } = webhook;
  return [
    ...validateName(`${field}.name`, webhook.name),
    ...rules.flatMap((rule, i) =>
      validateWebhookRule(rule, `${field}.rules[${i}]`)
    ),
    ...oneOfIfSet(`${field}.failurePolicy`, webhook.failurePolicy, [
      "Fail",
      "Ignore",
    ]),
    ...oneOfIfSet(`${field}.matchPolicy`, webhook.matchPolicy, [
      "Equivalent",
      "Exact",
    ]),
    ...validateSideEffects(webhook.sideEffects, `${field}.sideEffects`),
    ...(timeout >= 1 && timeout <= 30 ? [] : [
      invalidValue(
        `${field}.timeoutSeconds`,
        timeout,
        "the timeout value must be between 1 and 30 seconds",
      ),
    ]),
    ...validateLabelSelector(
      webhook.namespaceSelector,
      `${field}.namespaceSelector`,
    ),
    ...validateLabelSelector(webhook.objectSelector, `${field}.objectSelector`),
    ...oneOfIfSet(`${field}.reinvocationPolicy`, webhook.reinvocationPolicy, [
      "IfNeeded",
      "Never",
    ]),
    ...validateWebhookClient(`${field}.clientConfig`, webhook.clientConfig),
    ...validateConditions(
      webhook.matchConditions ?? [],
      `${field}.matchConditions`,
    ),
    ...validateReviewVersions(
      webhook.admissionReviewVersions,
      `${field}.admissionReviewVersions`,
    ),
  ];
}

/** The rules of a configuration of webhooks of either kind, beside those of its metadata. */
export function validateWebhooks(
  { webhooks = [] }: { readonly webhooks?: readonly Webhook[] },
): FieldError[] {
  const repeated = repeatedPlaces(webhooks.map(({ name }) => name));
  return webhooks.flatMap((webhook, i) => {
    const field = `webhooks[${i}]`;
    const { name } = webhook;
    return [
      ...validateWebhook(webhook, field),
      ...(repeated.has(i) && name !== ""
        ? [duplicate(`${field}.name`, name)]
        : []),
    ];
  });
}
