/**
 * Metadata under a change of status.
 *
 * @module
 */
import type { KubeObject } from "./kind.ts";

const PARTS = [
  "labels",
  "annotations",
  "finalizers",
  "ownerReferences",
] as const;

/** Undoes what a writer of the status changed of the metadata, for the kinds where it may not. */
export function keepMetadata(next: KubeObject, previous: KubeObject): void {
  const target: Record<string, unknown> = { ...next.metadata };
  for (const part of PARTS) {
    const kept = previous.metadata[part];
    if (kept === undefined) delete target[part];
    else target[part] = kept;
  }
  next.metadata = target;
}
