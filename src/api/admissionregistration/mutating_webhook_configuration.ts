import { ageColumn, column, nameColumn } from "../columns/common.ts";
import { defaultWebhooks } from "../defaults/webhook.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { type LabelSelector, labelSelector, objectMeta } from "../meta.ts";
import {
  type Field,
  int32,
  list,
  named,
  needed,
  object,
  optional,
  pointer,
  str,
  typeMeta,
} from "../schema/words.ts";
import { validateWebhooks } from "../validation/webhook.ts";
import {
  type MatchCondition,
  matchCondition,
  type RuleWithOperations,
  ruleWithOperations,
} from "./rule.ts";
import {
  type WebhookClientConfig,
  webhookClientConfig,
} from "./webhook_client_config.ts";

/** Somebody who may change objects before they are written. */
export interface MutatingWebhook {
  /** Its name, a domain with three parts at least. */
  name: string;
  /** How it is called. */
  clientConfig: WebhookClientConfig;
  /** Which requests it is asked about. */
  rules?: RuleWithOperations[];
  /** Whether a request goes on when the webhook cannot be asked: `Ignore` or `Fail`. Default: Fail. */
  failurePolicy?: string;
  /** Whether the rules mean other versions of a resource too: `Exact` or `Equivalent`. Default: Equivalent. */
  matchPolicy?: string;
  /** Labels of namespaces that it is asked about. */
  namespaceSelector?: LabelSelector;
  /** Labels of objects that it is asked about. */
  objectSelector?: LabelSelector;
  /** Whether it changes anything elsewhere: `None` or `NoneOnDryRun`. */
  sideEffects?: string;
  /** How long it may take, from 1 to 30. Default: 10. */
  timeoutSeconds?: number;
  /** Versions of AdmissionReview that it understands, best first. */
  admissionReviewVersions: string[];
  /** Whether it is asked again when others changed the object after it: `Never` or `IfNeeded`. Default: Never. */
  reinvocationPolicy?: string;
  /** Conditions that a request must meet. */
  matchConditions?: MatchCondition[];
}

/** Schema of {@linkcode MutatingWebhook}. */
export const mutatingWebhook: Field<MutatingWebhook> = object<MutatingWebhook>(
  "io.k8s.api.admissionregistration.v1.MutatingWebhook",
  () => ({
    name: str,
    clientConfig: needed(webhookClientConfig),
    rules: optional(list(ruleWithOperations, { type: "atomic" })),
    failurePolicy: pointer(named("v1.FailurePolicyType")),
    matchPolicy: pointer(named("v1.MatchPolicyType")),
    namespaceSelector: pointer(labelSelector),
    objectSelector: pointer(labelSelector),
    sideEffects: needed(pointer(named("v1.SideEffectClass"))),
    timeoutSeconds: pointer(int32),
    admissionReviewVersions: list(str, { type: "atomic" }),
    reinvocationPolicy: pointer(named("v1.ReinvocationPolicyType")),
    matchConditions: optional(
      list(matchCondition, {
        type: "map",
        keys: ["name"],
        strategy: "merge",
        mergeKey: "name",
      }),
    ),
  }),
);

/** Webhooks that may change objects before they are written. */
export interface MutatingWebhookConfiguration extends KubeObject {
  /** The webhooks. */
  webhooks?: MutatingWebhook[];
}

/** Schema of {@linkcode MutatingWebhookConfiguration}. */
export const mutatingWebhookConfiguration: Field<MutatingWebhookConfiguration> =
  object<MutatingWebhookConfiguration>(
    "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration",
    () => ({
      ...typeMeta,
      metadata: objectMeta,
      webhooks: optional(
        list(mutatingWebhook, {
          type: "map",
          keys: ["name"],
          strategy: "merge",
          mergeKey: "name",
        }),
      ),
    }),
  );

/** Webhooks that may change objects before they are written. */
export const mutatingWebhookConfigurations: Kind<MutatingWebhookConfiguration> =
  defineKind({
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "MutatingWebhookConfiguration",
    plural: "mutatingwebhookconfigurations",
    namespaced: false,
    needsRevision: true,
    categories: ["api-extensions"],
    type: mutatingWebhookConfiguration,
    setDefaults({ webhooks = [] }) {
      defaultWebhooks(webhooks);
      for (const webhook of webhooks) webhook.reinvocationPolicy ??= "Never";
    },
    generationOf: ({ webhooks }) => webhooks,
    validate: validateWebhooks,
    columns: [
      nameColumn(),
      column("Webhooks", ({ webhooks = [] }) => webhooks.length, {
        type: "integer",
        description: "How many webhooks it has",
      }),
      ageColumn(),
    ],
  });
