/**
 * {@linkcode Expectations}: what a controller did that its cache does not show yet.
 *
 * @module
 */
import type { KubeObject } from "../api/kind.ts";
import { keyOf } from "../client/paths.ts";

/** The part of an informer that tells how far a cache is. */
export interface CacheView<T extends KubeObject> {
  /** The last version seen. */
  readonly resourceVersion: string | undefined;
  /** The object of a key as the cache has it. */
  get(key: string): T | undefined;
}

/**
 * Creations and deletions per owner that were answered by the API. While the cache lags behind one of them, counting what it
 * shows would create too many or delete the wrong ones, so the owner must wait.
 *
 * (Kubernetes counts events and gives up after five minutes. Revisions and uids tell exactly, and need no giving up.)
 */
export class Expectations<T extends KubeObject> {
  readonly #cache: CacheView<T>;
  readonly #pending = new Map<string, {
    /** Created objects by uid. */
    created: Map<string, T>;
    /** Keys of deleted objects by uid. */
    deleted: Map<string, string>;
  }>();

  /** Nothing runs until it is asked to. */
  constructor(cache: CacheView<T>) {
    this.#cache = cache;
  }

  /** The API answered a create with this object. */
  created(owner: string, object: T): void {
    this.#of(owner).created.set(object.metadata.uid ?? "", object);
  }

  /** The API took a delete of this object. */
  deleted(owner: string, object: T): void {
    this.#of(owner).deleted.set(object.metadata.uid ?? "", keyOf(object));
  }

  /** Whether the cache shows all that was done for an owner. */
  satisfied(owner: string): boolean {
    const pending = this.#pending.get(owner);
    if (pending === undefined) return true;
    const { created, deleted } = pending;
    for (const [uid, object] of created) {
      if (this.#shows(object)) created.delete(uid);
    }
    for (const [uid, key] of deleted) {
      const held = this.#cache.get(key);
      if (
        held?.metadata.uid !== uid ||
        held.metadata.deletionTimestamp !== undefined
      ) deleted.delete(uid);
    }
    if (created.size > 0 || deleted.size > 0) return false;
    this.#pending.delete(owner);
    return true;
  }

  /** The owner is gone. */
  forget(owner: string): void {
    this.#pending.delete(owner);
  }

  /** Either the object itself, or a later revision: then it came and went. */
  #shows(object: T): boolean {
    return this.#cache.get(keyOf(object))?.metadata.uid ===
        object.metadata.uid ||
      atLeast(
        this.#cache.resourceVersion,
        object.metadata.resourceVersion ?? "",
      );
  }

  #of(owner: string) {
    let pending = this.#pending.get(owner);
    if (pending === undefined) {
      pending = { created: new Map(), deleted: new Map() };
      this.#pending.set(owner, pending);
    }
    return pending;
  }
}

/** Whether a resource version is not older than another. They are decimal numbers of any length (KEP-5504). */
export function atLeast(version: string | undefined, other: string): boolean {
  if (version === undefined) return false;
  return version.length === other.length
    ? version >= other
    : version.length > other.length;
}
