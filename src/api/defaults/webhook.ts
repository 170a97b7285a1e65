/**
 * Defaults of webhooks for admission.
 *
 * @module
 */
import type { ValidatingWebhook } from "../admissionregistration/validating_webhook_configuration.ts";

const HTTPS_PORT = 443;
const TIMEOUT_SECONDS = 10;

/** Fills in what webhooks of either kind do not say. */
export function defaultWebhooks(
  webhooks: readonly ValidatingWebhook[],
): void {
  for (const webhook of webhooks) {
    webhook.failurePolicy ??= "Fail";
    webhook.matchPolicy ??= "Equivalent";
    webhook.namespaceSelector ??= {};
    webhook.objectSelector ??= {};
    webhook.timeoutSeconds ??= TIMEOUT_SECONDS;
    for (const rule of webhook.rules ?? []) rule.scope ??= "*";
    const { service } = webhook.clientConfig;
    if (service !== undefined) service.port ??= HTTPS_PORT;
  }
}
