/**
 * Rules about which pods may be near one another.
 *
 * @module
 */
import type { PodAffinityTerm } from "../../api/core/affinity.ts";
import type { Pod } from "../../api/core/pod.ts";
import { matchesSelector } from "../../loop/label_selector.ts";
import type { NodeInfo } from "../node_info.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Filter } from "./filter.ts";

/** A term of a pod, ready to be met with other pods. */
interface Term {
  readonly owner: Pod;
  readonly term: PodAffinityTerm;
}

/**
 * Required pod affinity and anti-affinity, of the pod and of those that run already. (Namespace selectors are met only when empty, which means
 * all namespaces: the scheduler does not watch namespaces.)
 */
export const interPodAffinity: Filter = {
  name: "InterPodAffinity",
  prepare: ({ pod }, snapshot) => {
    const affinity = termsOf(pod, "podAffinity");
    const anti = termsOf(pod, "podAntiAffinity");
    const near = affinity.map((term) => domainsOf(term, snapshot));
    const far = anti.map((term) => domainsOf(term, snapshot));
    const existing = existingAntiAffinity(pod, snapshot);
    if (near.length + far.length + existing.length === 0) return undefined;
    // The first of a group that wants to be together has nobody to join: it may go anywhere.
    const isFirst = near.length > 0 &&
      near.every(({ values }) => values.size === 0) &&
      affinity.every((term) => meets(term, pod));
    return (node) => {
      const inDomain = (domains: Domains) => {
        const value = node.labels[domains.key];
        return value !== undefined && domains.values.has(value);
      };
      const joins = near.every((domains) =>
        node.labels[domains.key] !== undefined &&
        (isFirst || inDomain(domains))
      );
      if (!joins) {
        return {
          reasons: ["node(s) didn't match pod affinity rules"],
          unresolvable: true,
          dependsOnPods: true,
        };
      }
      if (far.some(inDomain)) {
        return {
          reasons: ["node(s) didn't match pod anti-affinity rules"],
          dependsOnPods: true,
        };
      }
      if (existing.some(inDomain)) {
        return {
          reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
          dependsOnPods: true,
        };
      }
      return undefined;
    };
  },
};

/** Values of a topology label. */
interface Domains {
  readonly key: string;
  readonly values: ReadonlySet<string>;
}

function termsOf(pod: Pod, side: "podAffinity" | "podAntiAffinity"): Term[] {
  const terms = pod.spec.affinity?.[side]
    ?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.map((term) => ({ owner: pod, term }));
}

/** Where pods run that meet a term. */
function domainsOf(term: Term, snapshot: Snapshot): Domains {
  const key = term.term.topologyKey;
  const values = new Set<string>();
  for (const node of snapshot.nodes) {
    const value = node.labels[key];
    if (value === undefined || values.has(value)) continue;
    for (const { pod } of node.pods.values()) {
      if (meets(term, pod)) {
        values.add(value);
        break;
      }
    }
  }
  return { key, values };
}

/** Where pods run that do not want this one near. */
function existingAntiAffinity(pod: Pod, snapshot: Snapshot): Domains[] {
  const domains: Domains[] = [];
  const add = (node: NodeInfo, key: string) => {
    const value = node.labels[key];
    if (value !== undefined) domains.push({ key, values: new Set([value]) });
  };
  for (const node of snapshot.nodes) {
    for (const other of node.podsWithAntiAffinity.values()) {
      for (const term of termsOf(other.pod, "podAntiAffinity")) {
        if (meets(term, pod)) add(node, term.term.topologyKey);
      }
    }
  }
  return domains;
}

function meets({ owner, term }: Term, pod: Pod): boolean {
  return inNamespaces(term, { owner, pod }) &&
    matchesSelector(term.labelSelector, pod.metadata.labels) &&
    sameLabels(term.matchLabelKeys, { owner, pod }, true) &&
    sameLabels(term.mismatchLabelKeys, { owner, pod }, false);
}

function inNamespaces(
  { namespaces = [], namespaceSelector }: PodAffinityTerm,
  { owner, pod }: { owner: Pod; pod: Pod },
): boolean {
  const namespace = pod.metadata.namespace ?? "";
  if (
    namespaceSelector !== undefined && matchesSelector(namespaceSelector, {})
  ) {
    return true;
  }
  return namespaces.length === 0 && namespaceSelector === undefined
    ? namespace === owner.metadata.namespace
    : namespaces.includes(namespace);
}

function sameLabels(
  keys: readonly string[] | undefined,
  { owner, pod }: { owner: Pod; pod: Pod },
  wanted: boolean,
): boolean {
  return (keys ?? []).every((key) => {
    const value = owner.metadata.labels?.[key];
    return value === undefined ||
      (pod.metadata.labels?.[key] === value) === wanted;
  });
}
