/**
 * Which replica set is a deployment's newest, and what it is called.
 *
 * @module
 */
import type { Deployment } from "../api/apps/deployment.ts";
import { sameJson } from "../api/equal.ts";
import type { PodTemplateSpec } from "../api/core/pod_template.ts";
import type { ReplicaSet } from "../api/apps/replica_set.ts";
import { compareAge } from "./deployment_math.ts";

/** Label by which the pods of one template are told from those of another. */
export const TEMPLATE_HASH = "pod-template-hash";
/** Annotation: the how manieth template this is. */
export const REVISION = "deployment.kubernetes.io/revision";
/** Annotation: the numbers that a template had before it was rolled back to. */
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
/** Longest revision history, in characters. */
const HISTORY_LIMIT = 2_000;
/** Longest name that leaves room for the pods' own suffix. */
const NAME_LIMIT = 253 - 10;
/** Letters of generated names: no vowels, so that no words come out. */
const SAFE_LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** Annotations of a deployment that are not for its replica sets. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
  "deprecated.deployment.rollback.to",
]);

/** The replica set with the deployment's template; the oldest should there be several. */
export function findNewSet(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): ReplicaSet | undefined {
  return [...sets].sort(compareAge).find((set) =>
    sameTemplate(set.spec.template, deployment.spec.template)
  );
}

/** Whether two templates make the same pods; the hash label does not count. */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return sameJson(comparable(a), comparable(b));
}

/** A name for a template: FNV-1a of its JSON and of how many collisions there were, in safe letters. */
export function templateHash(
  template: PodTemplateSpec,
  collisionCount: number | undefined,
): string {
  let hash = 0x811c9dc5;
  const text = canonicalJson(template) +
    (collisionCount === undefined ? "" : `#${collisionCount}`);
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return [...String(hash)].map((digit) =>
    SAFE_LETTERS[digit.charCodeAt(0) % SAFE_LETTERS.length]
  ).join("");
}

/** `web-7c5ddbdf54`. */
export function replicaSetName(deployment: string, hash: string): string {
  return `${deployment.slice(0, NAME_LIMIT - hash.length - 1)}-${hash}`;
}

/** The number of a replica set; 0 when it has none. */
export function revisionOf({ metadata }: ReplicaSet): number {
  const text = metadata.annotations?.[REVISION] ?? "";
  return /^\d+$/.test(text) ? Number(text) : 0;
}

/** The highest number. */
export function maxRevision(sets: readonly ReplicaSet[]): number {
  return sets.reduce((max, set) => Math.max(max, revisionOf(set)), 0);
}

/**
 * The annotations of the new replica set: the deployment's, and its revision. A set that is rolled back to keeps the numbers that it had in its
 * history.
 */
export function annotationsFor(
  deployment: Deployment,
  held: Readonly<Record<string, string>>,
  revision: number,
): Record<string, string> {
  const annotations = { ...held };
  for (
    const [key, value] of Object.entries(deployment.metadata.annotations ?? {})
  ) {
    if (!OWN_ANNOTATIONS.has(key)) annotations[key] = value;
  }
  const before = held[REVISION];
  if (Number(before ?? 0) >= revision) return annotations;
  annotations[REVISION] = String(revision);
  if (before !== undefined) {
    const history = (held[REVISION_HISTORY] ?? "").split(",").filter((part) =>
      part !== ""
    );
    history.push(before);
    while (history.join(",").length > HISTORY_LIMIT) history.shift();
    annotations[REVISION_HISTORY] = history.join(",");
  }
  return annotations;
}

/** What counts in a template: not the hash label, and nothing that is empty. */
function comparable({ metadata, spec }: PodTemplateSpec): unknown {
  const labels = { ...metadata?.labels };
  delete labels[TEMPLATE_HASH];
  return withoutEmpty({ metadata: { ...metadata, labels }, spec });
}

/** Drops null, {} and [], which Kubernetes' types do not tell from absence. */
function withoutEmpty(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value ?? undefined;
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : value.map(withoutEmpty);
  }
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, withoutEmpty(inner)] as const)
    .filter(([, inner]) => inner !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** JSON with sorted keys. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, inner) =>
      inner !== null && typeof inner === "object" && !Array.isArray(inner)
        ? Object.fromEntries(
          Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1),
        )
        : inner,
  );
}
