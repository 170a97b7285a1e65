/**
 * A store that keeps everything in memory and forgets nothing, for tests of the API alone.
 *
 * @module
 */
import {
  FutureRevisionError,
  type Key,
  type ListOptions,
  type Page,
  type Row,
  type Store,
  type StoreEvent,
  type StoreStats,
  type Transaction,
  type Watcher,
  type WatchOptions,
} from "../../store/store.ts";

/** The store. A commit takes a microtask. */
export class MemoryStore implements Store {
  revision = 0;
  readonly #events: StoreEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #rows = new Map<Key, Row>();

  get(key: Key): Row | undefined {
    return this.#rows.get(key);
  }

  list(prefix: Key, options: ListOptions = {}): Page {
    const at = options.at ?? this.revision;
    if (at > this.revision) throw new FutureRevisionError("Future");
    const rows = new Map<Key, Row>();
    for (const event of this.#events) {
      if (event.revision > at) break;
      if (event.row === undefined) rows.delete(event.key);
      else rows.set(event.key, event.row);
    }
    const found = [...rows.values()]
      .filter(({ key }) => key.startsWith(prefix))
      .filter(({ key }) => options.after === undefined || key > options.after)
      .sort((a, b) => a.key < b.key ? -1 : 1);
    const limit = options.limit || found.length;
    return {
      rows: found.slice(0, limit),
      revision: at,
      remaining: Math.max(0, found.length - limit),
    };
  }

  async transact<T>(
    _keys: readonly Key[],
    fn: (transaction: Transaction) => T,
  ): Promise<T> {
    await Promise.resolve();
    const rows = new Map(this.#rows);
    const events: StoreEvent[] = [];
    let revision = this.revision;
    const note = (key: Key, row: Row | undefined) => {
      const previous = rows.get(key);
      if (row === undefined) rows.delete(key);
      else rows.set(key, row);
      events.push({
        revision,
        key,
        ...(row === undefined ? {} : { row }),
        ...(previous === undefined ? {} : { previous }),
      });
    };
    const result = fn({
      get: (key) => rows.get(key),
      put(key, encode) {
        revision++;
        const row = { ...encode(revision), key, revision };
        note(key, row);
        return row;
      },
      delete(key) {
        if (!rows.has(key)) throw new Error(`Cannot delete "${key}"`);
        revision++;
        note(key, undefined);
        return revision;
      },
    });
    this.#rows = rows;
    this.revision = revision;
    this.#events.push(...events);
    for (const wake of [...this.#waiting]) wake();
    return result;
  }

  watch(prefix: Key, options: WatchOptions): Watcher {
    let at = options.after;
    let closed = false;
    let wake: (() => void) | undefined;
    const matches = ({ key, row, previous }: StoreEvent) => {
      if (prefix.endsWith("/") ? !key.startsWith(prefix) : key !== prefix) {
        return false;
      }
      const { field } = options;
      return field === undefined ||
        [row, previous].some((side) =>
          side?.fields?.[field.name] === field.value
        );
    };
    const events = this.#events;
    const waiting = this.#waiting;
    // deno-lint-ignore no-this-alias
    const store = this;
    return {
      get revision() {
        return at;
      },
      async read() {
        while (!closed) {
          const found = events.filter((event) => event.revision > at)
            .filter(matches);
          at = Math.max(at, store.revision);
          if (found.length > 0) return found;
          await new Promise<void>((resolve) => {
            wake = resolve;
            waiting.add(resolve);
          });
          if (wake !== undefined) waiting.delete(wake);
        }
        return "closed";
      },
      close() {
        closed = true;
        wake?.();
      },
      [Symbol.dispose]() {
        this.close();
      },
    };
  }

  async waitFor(revision: number, signal?: AbortSignal): Promise<void> {
    while (this.revision < revision) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      signal?.addEventListener("abort", () => reject(signal.reason));
      await promise.finally(() => this.#waiting.delete(resolve));
    }
  }

  stats(): StoreStats {
    return {
      revision: this.revision,
      oldestRevision: 0,
      rows: this.#rows.size,
      watchers: 0,
      commits: 0,
      writes: this.revision,
      textBytes: 0,
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
