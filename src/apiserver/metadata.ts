/**
 * The metadata that the server itself keeps: identity, times, generated names, and what an update may not change.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { KubeObject } from "../api/kind.ts";
import type { ObjectMeta } from "../api/meta.ts";
import { formatTime } from "../api/time.ts";

/** Generated names keep at most this much of their prefix, as in Kubernetes (63 less the random part). */
const GENERATE_NAME_PREFIX_LENGTH = 58;
const GENERATED_LENGTH = 5;
/** Kubernetes' alphabet for generated names: no vowels and no look-alikes, so no words come out. */
const GENERATE_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** A name from `metadata.generateName`. */
export function generateName(prefix: string, host: Host): string {
  let suffix = "";
  while (suffix.length < GENERATED_LENGTH) {
    for (const byte of host.random.bytes(GENERATED_LENGTH)) {
      // Bytes beyond the last whole multiple of the alphabet would favour its first letters.
      if (byte >= 243 || suffix.length === GENERATED_LENGTH) continue;
      suffix += GENERATE_ALPHABET[byte % GENERATE_ALPHABET.length];
    }
  }
  return prefix.slice(0, GENERATE_NAME_PREFIX_LENGTH) + suffix;
}

/** Gives a new object its identity, in place, and drops what only the server may set. */
export function prepareMetadataForCreate(meta: ObjectMeta, host: Host): void {
  delete meta.resourceVersion;
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.selfLink;
  delete meta.generation;
  meta.uid = host.random.uuid();
  meta.creationTimestamp = formatTime(host.clock.now());
}

/** Restores in place what an update leaves out, before the kind's own strategy runs. */
export function prepareMetadataForUpdate(
  next: ObjectMeta,
  previous: ObjectMeta,
): void {
  delete next.selfLink;
  restore(next, previous, "managedFields");
  // A null time is how Go clients send an unset one.
  if (!next.uid) restore(next, previous, "uid");
  if (!next.creationTimestamp) restore(next, previous, "creationTimestamp");
  if (!next.deletionTimestamp) restore(next, previous, "deletionTimestamp");
  if (next.deletionGracePeriodSeconds === undefined) {
    restore(next, previous, "deletionGracePeriodSeconds");
  }
  restore(next, previous, "generation");
}

function restore<K extends keyof ObjectMeta>(
  next: ObjectMeta,
  previous: ObjectMeta,
  field: K,
): void {
  const value = previous[field];
  if (value === undefined) delete next[field];
  else next[field] = value;
}

/** The object with a resource version, as text. */
export function encodeObject(object: KubeObject, revision: number): string {
  object.metadata.resourceVersion = String(revision);
  return JSON.stringify(object);
}
