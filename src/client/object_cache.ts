/**
 * The objects that an informer holds, with their indexes.
 *
 * @module
 */
import type { KubeObject } from "../api/kind.ts";

/** Files an object under any number of values. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** Objects by key, and by the values of indexes. Objects are shared with all readers and never changed. */
export class ObjectCache<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<
    string,
    { valuesOf: IndexFunction<T>; keys: Map<string, Set<string>> }
  >();
  /** The answer of `list`, until something changes: lists are read far more often than objects change. */
  #list: readonly T[] | undefined;

  /** Nothing runs until it is asked to. */
  constructor(indexes: Readonly<Record<string, IndexFunction<T>>> = {}) {
    for (const [name, valuesOf] of Object.entries(indexes)) {
      this.#indexes.set(name, { valuesOf, keys: new Map() });
    }
  }

  /** How many objects there are. */
  get size(): number {
    return this.#objects.size;
  }

  /** The object of a key. */
  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** All objects; the same array until something changes. */
  list(): readonly T[] {
    return this.#list ??= Object.freeze([...this.#objects.values()]);
  }

  /** The keys of all objects. */
  keys(): Iterable<string> {
    return this.#objects.keys();
  }

  /** The objects filed under a value. @throws {RangeError} when there is no such index */
  byIndex(index: string, value: string): readonly T[] {
    const found = this.#indexes.get(index);
    if (found === undefined) {
      throw new RangeError(`Cannot look up by index "${index}": not declared`);
    }
    const keys = found.keys.get(value);
    if (keys === undefined) return [];
    const objects: T[] = [];
    for (const key of keys) objects.push(this.#objects.get(key)!);
    return objects;
  }

  /** Puts an object in the place of the one before, which is the answer. */
  set(key: string, object: T): T | undefined {
    const previous = this.#objects.get(key);
    if (previous !== undefined) this.#unfile(key, previous);
    this.#objects.set(key, object);
    this.#list = undefined;
    for (const { valuesOf, keys } of this.#indexes.values()) {
      for (const value of valuesOf(object)) {
        const filed = keys.get(value);
        if (filed === undefined) keys.set(value, new Set([key]));
        else filed.add(key);
      }
    }
    return previous;
  }

  /** Takes an object out; it is the answer. */
  delete(key: string): T | undefined {
    const previous = this.#objects.get(key);
    if (previous === undefined) return undefined;
    this.#unfile(key, previous);
    this.#objects.delete(key);
    this.#list = undefined;
    return previous;
  }

  #unfile(key: string, object: T): void {
    for (const { valuesOf, keys } of this.#indexes.values()) {
      for (const value of valuesOf(object)) {
        const filed = keys.get(value);
        if (filed === undefined) continue;
        filed.delete(key);
        if (filed.size === 0) keys.delete(value);
      }
    }
  }
}
