/**
 * The {@linkcode Store} over a KV: hands each call to the part that knows.
 *
 * @module
 */
import type { Committed } from "./committed.ts";
import type { Committer } from "./committer.ts";
import type { Sequencer } from "./sequencer.ts";
import type {
  Key,
  ListOptions,
  Page,
  Revision,
  Row,
  Store,
  StoreStats,
  Transaction,
  Watcher,
  WatchOptions,
} from "./store.ts";

/** The parts of a store. */
export interface StoreParts {
  readonly committed: Committed;
  readonly committer: Committer;
  readonly sequencer: Sequencer;
  /** What ends with the store: committed state, KV, lock. */
  readonly resources: AsyncDisposableStack;
}

/** See the module. */
export class KvStore implements Store {
  readonly #parts: StoreParts;
  #closing: Promise<void> | undefined;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  get revision(): Revision {
    return this.#parts.committed.revision;
  }

  get(key: Key): Row | undefined {
    return this.#parts.committed.get(key);
  }

  list(prefix: Key, options?: ListOptions): Page {
    return this.#parts.committed.list(prefix, options);
  }

  transact<T>(
    keys: readonly Key[],
    fn: (transaction: Transaction) => T,
  ): Promise<T> {
    return this.#parts.sequencer.transact(keys, fn);
  }

  watch(prefix: Key, options: WatchOptions): Watcher {
    return this.#parts.committed.watch(prefix, options);
  }

  waitFor(revision: Revision, signal?: AbortSignal): Promise<void> {
    return this.#parts.committed.waitFor(revision, signal);
  }

  stats(): StoreStats {
    const { committed, committer, sequencer } = this.#parts;
    return {
      revision: committed.revision,
      oldestRevision: committer.head.log.after,
      commits: committer.commits,
      writes: sequencer.writes,
      ...committed.figures(),
    };
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await this.#parts.sequencer.close();
    await this.#parts.resources.disposeAsync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
