/**
 * Which webhooks are to be asked about a write.
 *
 * @module
 */
import type { RuleWithOperations } from "../../api/admissionregistration/rule.ts";
import type { MutatingWebhook } from "../../api/admissionregistration/mutating_webhook_configuration.ts";
import type { AnyKind, Registry } from "../../api/registry.ts";
import { type Selector, selectorOf } from "../../api/selector.ts";
import { constantCondition } from "../../api/validation/webhook.ts";
import type { AdmissionTarget } from "../admission/admission.ts";

/** A webhook of a configuration, ready to be matched. */
export interface Hook {
  /** Name of the configuration. */
  readonly configuration: string;
  readonly webhook: MutatingWebhook;
  readonly namespaces: Selector;
  readonly objects: Selector;
}

/** Makes a hook; undefined for one that its own conditions rule out. */
export function hookOf(
  configuration: string,
  webhook: MutatingWebhook,
): Hook | undefined {
  const conditions = webhook.matchConditions ?? [];
  // Other conditions are refused when a configuration is made.
  if (conditions.some((one) => constantCondition(one.expression) === false)) {
    return undefined;
  }
  return {
    configuration,
    webhook,
    namespaces: selectorOf(webhook.namespaceSelector ?? {}),
    objects: selectorOf(webhook.objectSelector ?? {}),
  };
}

const EXEMPT_GROUP = "admissionregistration.k8s.io";

/** Whether writes of a kind are never shown to webhooks: they could lock everybody out. */
export function isExempt(kind: AnyKind): boolean {
  return kind.group === EXEMPT_GROUP;
}

/** The kind that a hook is asked about, in the version that its rules name; undefined when it is not asked. */
export function kindFor(
  { webhook }: Hook,
  target: AdmissionTarget,
  registry: Registry,
): AnyKind | undefined {
  const rules = webhook.rules ?? [];
  if (rules.some((rule) => matchesRule(rule, target, target.kind))) {
    return target.kind;
  }
  if (webhook.matchPolicy === "Exact") return undefined;
  for (const rule of rules) {
    const other = registry.all.find((kind) =>
      kind.storagePrefix === target.kind.storagePrefix &&
      kind !== target.kind && matchesRule(rule, target, kind)
    );
    if (other !== undefined) return other;
  }
  return undefined;
}

function has(items: readonly string[] | undefined, wanted: string): boolean {
  return items !== undefined &&
    (items.includes("*") || items.includes(wanted));
}

function matchesRule(
  rule: RuleWithOperations,
  { operation, namespace, subresource }: AdmissionTarget,
  kind: AnyKind,
): boolean {
  return has(rule.operations, operation) && has(rule.apiGroups, kind.group) &&
    has(rule.apiVersions, kind.version) &&
    matchesScope(rule, isNamespace(kind) || namespace === "") &&
    (rule.resources ?? []).some((text) => {
      const slash = text.indexOf("/");
      const resource = slash < 0 ? text : text.slice(0, slash);
      const sub = slash < 0 ? "" : text.slice(slash + 1);
      return (resource === "*" || resource === kind.plural) &&
        (sub === "*" || sub === subresource);
    });
}

function matchesScope(
  { scope }: RuleWithOperations,
  cluster: boolean,
): boolean {
  if (scope === undefined || scope === "*") return true;
  return scope === (cluster ? "Cluster" : "Namespaced");
}

/** Namespaces themselves are matched by their own labels. */
export function isNamespace({ group, plural }: AnyKind): boolean {
  return group === "" && plural === "namespaces";
}
