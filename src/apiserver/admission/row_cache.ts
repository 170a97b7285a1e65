/**
 * {@linkcode RowCache}: objects of a few rows that many writes look at.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import type { Key, Row, Store } from "../../store/store.ts";

/**
 * Reads rows as objects, each version once. Rows never change, so what was read of one stays right, and goes with it. What a write looks at is the
 * store's committed state, always: there is nothing here that could lag behind.
 */
export class RowCache<T extends KubeObject> {
  readonly #store: Store;
  readonly #objects = new WeakMap<Row, T>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The object of a row; not to be changed. */
  read(row: Row): T {
    let object = this.#objects.get(row);
    if (object === undefined) {
      object = JSON.parse(row.text) as T;
      this.#objects.set(row, object);
    }
    return object;
  }

  /** The object of a key. */
  get(key: Key): T | undefined {
    const row = this.#store.get(key);
    return row === undefined ? undefined : this.read(row);
  }

  /** The objects below a prefix, by name. */
  list(prefix: Key): readonly T[] {
    const { rows } = this.#store.list(prefix);
    return rows.length === 0 ? NONE : rows.map((row) => this.read(row));
  }
}

const NONE: readonly never[] = [];
