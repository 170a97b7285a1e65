/**
 * PartialObjectMetadata: objects without spec and status.
 *
 * @module
 */
import type { KubeObject } from "../api/kind.ts";

/** The metadata of an object alone, as JSON. */
export function partialMetadata(object: KubeObject): string {
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${
    JSON.stringify(object.metadata)
  }}`;
}
