/**
 * The versions of a kind, for managers that wrote in another one than the request's.
 *
 * @module
 */
import type { JsonObject } from "../patch/json_value.ts";
import type { Shape } from "../shape.ts";
import type { Ignored } from "./compare.ts";

/** Fields of `metadata` that belong to nobody. */
export const UNOWNED_METADATA: readonly string[] = [
  "creationTimestamp",
  "generation",
  "managedFields",
  "name",
  "namespace",
  "resourceVersion",
  "selfLink",
  "uid",
];

/** One version of a kind, as seen from the request's. */
export interface Version {
  /** As `apiVersion` writes it. */
  readonly apiVersion: string;
  /** How its objects are merged and owned. */
  readonly shape: Shape;
  /** What nobody owns. */
  readonly ignored: Ignored;
  /** Whether the type may be another one than when managers were written down, as those of custom kinds. */
  readonly changes: boolean;
  /** An object of the request's version in this one. */
  from(object: JsonObject): JsonObject;
  /** And back. */
  to(object: JsonObject): JsonObject;
}

/** The versions of a kind. */
export interface Versions {
  /** The request's own. */
  readonly own: Version;
  /** Any of them; undefined when it is not served any more. */
  find(apiVersion: string): Version | undefined;
}
