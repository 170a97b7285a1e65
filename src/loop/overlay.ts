/**
 * {@linkcode Overlay}: an informer's objects, with what we know better.
 *
 * @module
 */
import type { KubeObject } from "../api/kind.ts";
import type { ResourceInformer } from "../client/informer.ts";
import { keyOf } from "../client/paths.ts";

/** Above this number of entries those that the informer has caught up with are let go of. */
const SWEEP_ABOVE = 64;

interface Held<T> {
  readonly object: T;
  /** Whether it is only what we mean to write. */
  readonly assumed: boolean;
}

/**
 * What we have written counts from the answer on, and what we have decided from the decision on, until the informer tells of something newer. So two
 * decisions never rest on the same old picture.
 */
export class Overlay<T extends KubeObject> {
  readonly #informer: ResourceInformer<T>;
  readonly #held = new Map<string, Held<T>>();

  /** Nothing is held yet. */
  constructor(informer: ResourceInformer<T>) {
    this.#informer = informer;
  }

  /** How many objects are held that the informer may not have. */
  get size(): number {
    return this.#held.size;
  }

  /** The newest version known; undefined when there is no such object. */
  get(key: string): T | undefined {
    const held = this.#held.get(key);
    const seen = this.#informer.get(key);
    if (held === undefined) return seen;
    if (!this.#isSuperseded(held, seen)) return held.object;
    this.#held.delete(key);
    return seen;
  }

  /** The newest versions of objects of the informer. */
  newest(objects: readonly T[]): readonly T[] {
    if (this.#held.size === 0) return objects;
    return objects.map((object) => this.get(keyOf(object)) ?? object);
  }

  /** An answer of the API: what we have written. */
  written(object: T): T {
    return this.#hold(object, false);
  }

  /** What we are going to write, on top of the version that we know. */
  assume(object: T): T {
    return this.#hold(object, true);
  }

  /** What was assumed will not be written. */
  forget(key: string): void {
    if (this.#held.get(key)?.assumed) this.#held.delete(key);
  }

  #hold(object: T, assumed: boolean): T {
    if (this.#held.size >= SWEEP_ABOVE) {
      for (const key of [...this.#held.keys()]) this.get(key);
    }
    this.#held.set(keyOf(object), { object, assumed });
    return object;
  }

  #isSuperseded(
    { object, assumed }: Held<T>,
    seen: T | undefined,
  ): boolean {
    const version = versionOf(object.metadata.resourceVersion);
    if (seen === undefined) {
      // Not seen yet, or gone since.
      return versionOf(this.#informer.resourceVersion) >= version;
    }
    const seenVersion = versionOf(seen.metadata.resourceVersion);
    return assumed ? seenVersion > version : seenVersion >= version;
  }
}

function versionOf(text: string | undefined): number {
  return Number(text ?? 0);
}
