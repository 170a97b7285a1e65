/**
 * What a quota counts of one kind of object.
 *
 * @module
 */
import type { ScopedResourceSelectorRequirement } from "../core/resource_quota.ts";
import type { KubeObject } from "../kind.ts";
import type { ResourceList } from "../schema/words.ts";

/** A change that a quota may refuse. */
export interface QuotaRequest<T extends KubeObject> {
  /** What is done. */
  readonly operation: "CREATE" | "UPDATE";
  /** "" for the object itself. */
  readonly subresource: string;
  /** The wanted object. */
  readonly next: T;
  /** Absent for creates. */
  readonly previous?: T;
}

/** Counts the objects of one kind. */
export interface Evaluator<T extends KubeObject = KubeObject> {
  /** Whether a quota's resource, for example `requests.cpu`, counts something of this kind. */
  counts(resource: string): boolean;
  /** What an object uses of all that can be counted. @param now for objects that count until a certain time */
  usage(object: T, now: number): ResourceList;
  /** Whether an object is within a quota's scope. */
  inScope(object: T, scope: ScopedResourceSelectorRequirement): boolean;
  /** Whether a change can be refused; all others are only counted. */
  limits(request: QuotaRequest<T>): boolean;
  /** Whether two states of an object surely count the same; a look that is cheaper than to count both. */
  isSame?(next: T, previous: T, now: number): boolean;
  /** What a quota for these resources misses in the object, for example `must specify cpu for: main`. */
  missing?(object: T, resources: readonly string[]): string | undefined;
}
