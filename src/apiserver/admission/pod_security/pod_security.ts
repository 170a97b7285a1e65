/**
 * PodSecurity: pods are as their namespace's labels want them, or are refused, warned of, or noted in the audit log.
 *
 * @module
 */
import type { Namespace } from "../../../api/core/namespace.ts";
import type { Pod } from "../../../api/core/pod.ts";
import { sameJson } from "../../../api/equal.ts";
import { invalid } from "../../../api/status.ts";
import type { Store } from "../../../store/store.ts";
import { namespaceKey } from "../../keys.ts";
import {
  type AdmissionAttributes,
  type AdmissionPlugin,
  refusal,
} from "../admission.ts";
import { type AnyContainer, containersOf, type PodLike } from "./check.ts";
import { detailsText, evaluate } from "./evaluate.ts";
import { warningsOfPods } from "./namespace_pods.ts";
import {
  isStricter,
  LABEL_PREFIX,
  levelText,
  type LevelVersion,
  policyOf,
  sameLevel,
} from "./policy.ts";
import { hasTemplate, templateOf } from "./templates.ts";

/** Nothing of these can make a pod mightier. */
const HARMLESS_SUBRESOURCES: ReadonlySet<string> = new Set([
  "exec",
  "attach",
  "binding",
  "eviction",
  "log",
  "portforward",
  "proxy",
  "status",
]);

/** Makes the plugin. */
export function podSecurity(store: Store): AdmissionPlugin {
  const labelsOf = (namespace: string) =>
    store.get(namespaceKey(namespace))?.labels;
  return {
    name: "PodSecurity",
    validate(attributes) {
      const { operation, kind, subresource } = attributes;
      if (operation === "DELETE") return;
      const prefix = kind.storagePrefix;
      if (prefix === "pods") {
        if (HARMLESS_SUBRESOURCES.has(subresource)) return;
        validatePod(attributes, labelsOf(attributes.namespace));
      } else if (subresource !== "") return;
      else if (prefix === "namespaces") validateNamespace(attributes, store);
      else if (hasTemplate(prefix)) {
        validateTemplate(attributes, labelsOf(attributes.namespace));
      }
    },
  };
}

type Labels = Readonly<Record<string, string>> | undefined;

function validatePod(attributes: AdmissionAttributes, labels: Labels): void {
  const { policy, errors } = policyOf(labels);
  const { annotations } = attributes;
  const open = [policy.enforce, policy.audit, policy.warn].every(({ level }) =>
    level === "privileged"
  );
  if (open && errors.length === 0) {
    annotations?.set(`${LABEL_PREFIX}enforce-policy`, "privileged:latest");
    return;
  }
  const pod = attributes.object as Pod;
  const previous = attributes.previous as Pod | undefined;
  if (previous !== undefined && !isSignificant(pod, previous)) return;
  annotations?.set(
    `${LABEL_PREFIX}enforce-policy`,
    levelText(policy.enforce),
  );
  const findings = lazily(pod);
  tellAudit(attributes, policy.audit, findings);
  const found = findings(policy.enforce);
  if (found !== "") {
    throw refusal(
      attributes,
      `violates PodSecurity "${levelText(policy.enforce)}": ${found}`,
    );
  }
  tellClient(attributes, policy.warn, findings);
}

/** Workloads are never refused: their pods are. */
function validateTemplate(
  attributes: AdmissionAttributes,
  labels: Labels,
): void {
  const { policy } = policyOf(labels);
  const { audit, warn } = policy;
  if (audit.level === "privileged" && warn.level === "privileged") return;
  const template = templateOf(
    attributes.object!,
    attributes.kind.storagePrefix,
  );
  if (template === undefined) return;
  const findings = lazily(template);
  tellAudit(attributes, audit, findings);
  tellClient(attributes, warn, findings);
}

type Findings = (level: LevelVersion) => string;

/** Evaluates each level at most once. */
function lazily(pod: PodLike): Findings {
  const known = new Map<string, string>();
  return (level) => {
    const name = levelText(level);
    let text = known.get(name);
    if (text === undefined) {
      text = detailsText(evaluate(level, pod));
      known.set(name, text);
    }
    return text;
  };
}

function tellClient(
  { warnings }: AdmissionAttributes,
  level: LevelVersion,
  findings: Findings,
): void {
  const text = wouldViolate(level, findings);
  if (text !== undefined) warnings?.push(text);
}

function tellAudit(
  { annotations }: AdmissionAttributes,
  level: LevelVersion,
  findings: Findings,
): void {
  if (annotations === undefined) return;
  const text = wouldViolate(level, findings);
  if (text !== undefined) {
    annotations.set(`${LABEL_PREFIX}audit-violations`, text);
  }
}

function wouldViolate(
  level: LevelVersion,
  findings: Findings,
): string | undefined {
  const found = findings(level);
  return found === ""
    ? undefined
    : `would violate PodSecurity "${levelText(level)}": ${found}`;
}

function validateNamespace(
  attributes: AdmissionAttributes,
  store: Store,
): void {
  const { metadata } = attributes.object as Namespace;
  const next = policyOf(metadata.labels);
  const before = attributes.previous &&
    policyOf(attributes.previous.metadata.labels);
  // Labels that were wrong already do not keep anybody from changing something else.
  if (next.errors.length > 0 && !sameJson(next.errors, before?.errors)) {
    throw invalid(attributes.kind, attributes.name, next.errors);
  }
  if (before === undefined) return;
  const [enforce, old] = [next.policy.enforce, before.policy.enforce];
  if (sameLevel(enforce, old) || enforce.level === "privileged") return;
  if (enforce.minor === old.minor && !isStricter(enforce.level, old.level)) {
    return;
  }
  attributes.warnings?.push(
    ...warningsOfPods(store, { namespace: attributes.name, enforce }),
  );
}

/** Of what these checks look at, an update can change images and add containers. */
function isSignificant(next: Pod, previous: Pod): boolean {
  const imagesOf = (containers: readonly AnyContainer[] | undefined) =>
    (containers ?? []).map(({ image }) => image ?? "");
  if (
    !sameJson(
      imagesOf(next.spec.containers),
      imagesOf(previous.spec.containers),
    )
  ) return true;
  if (
    !sameJson(
      imagesOf(next.spec.initContainers),
      imagesOf(previous.spec.initContainers),
    )
  ) return true;
  const before = new Map(
    containersOf(previous.spec).map(({ name, image }) => [name, image ?? ""]),
  );
  return (next.spec.ephemeralContainers ?? []).some(({ name, image = "" }) =>
    before.get(name) !== image
  );
}
