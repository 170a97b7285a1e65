/**
 * The small part of Deno KV that the store uses, in memory and deterministic: for simulation, tests and the browser.
 *
 * It keeps Deno KV's rules: atomic commits with checks of versionstamps, order of keys, limits of sizes. It has no queue, as KV Connect has none.
 *
 * @module
 */
import type { Kv } from "../base/host.ts";
import { OrderedIndex } from "./index.ts";
import { checkCommit, copyOf, type Mutation } from "./kv_limits.ts";
import { orderedKey } from "./kv_order.ts";
import { MemoryKvList } from "./memory_kv_list.ts";

/** A stored entry; `key` is the ordered form of `kvKey`. */
export interface MemoryEntry {
  readonly key: string;
  readonly kvKey: Deno.KvKey;
  readonly value: unknown;
  readonly versionstamp: string;
}

/** What a database holds. It outlives the {@linkcode MemoryKv}s that are opened on it, as a file outlives a process. */
export class MemoryKvData {
  /** All entries, in order. */
  readonly entries = new OrderedIndex<MemoryEntry>();
  /** Called after each commit. */
  readonly listeners = new Set<() => void>();
  #commits = 0;

  /** Does what a commit asks, or nothing. @returns the versionstamp; undefined when a check failed */
  commit(
    checks: readonly Deno.AtomicCheck[],
    mutations: readonly Mutation[],
  ): string | undefined {
    for (const { key, versionstamp } of checks) {
      const found = this.entries.get(orderedKey(key))?.versionstamp ?? null;
      if (found !== versionstamp) return undefined;
    }
    const versionstamp = (++this.#commits).toString(16).padStart(16, "0") +
      "0000";
    for (const mutation of mutations) {
      const key = orderedKey(mutation.key);
      if (mutation.type === "delete") this.entries.delete(key);
      else {
        const { key: kvKey, value } = mutation;
        this.entries.set({ key, kvKey, value, versionstamp });
      }
    }
    for (const listener of [...this.listeners]) listener();
    return versionstamp;
  }
}

/** Options of {@linkcode MemoryKv}. */
export interface MemoryKvOptions {
  /** Waits as long as one step of a call takes; called before and after its effect. @default no wait */
  delay?: () => Promise<void>;
}

/** An open database. */
export class MemoryKv implements Kv {
  readonly #data: MemoryKvData;
  readonly #delay: () => Promise<void>;
  readonly #onClose = new Set<() => void>();
  #closed = false;

  constructor(
    data: MemoryKvData = new MemoryKvData(),
    options: MemoryKvOptions = {},
  ) {
    this.#data = data;
    this.#delay = options.delay ?? (() => Promise.resolve());
  }

  async get<T = unknown>(key: Deno.KvKey): Promise<Deno.KvEntryMaybe<T>> {
    await this.#step();
    const entry = this.#read<T>(key);
    await this.#step();
    return entry;
  }

  list<T = unknown>(
    selector: Deno.KvListSelector,
    options: Deno.KvListOptions = {},
  ): Deno.KvListIterator<T> {
    return new MemoryKvList<T>({
      entries: this.#data.entries,
      selector,
      options,
      step: () => this.#step(),
    });
  }

  atomic(): Deno.AtomicOperation {
    return new MemoryAtomic(async (checks, mutations) => {
      await this.#step();
      checkCommit(checks, mutations);
      const versionstamp = this.#data.commit(checks, mutations);
      await this.#step();
      return versionstamp === undefined
        ? { ok: false }
        : { ok: true, versionstamp };
    });
  }

  watch<T extends readonly unknown[]>(
    keys: readonly [...{ [K in keyof T]: Deno.KvKey }],
  ): ReadableStream<{ [K in keyof T]: Deno.KvEntryMaybe<T[K]> }> {
    const { listeners } = this.#data;
    let seen: string | undefined;
    let wake = () => {};
    let ended = false;
    const onCommit = () => wake();
    const end = () => {
      ended = true;
      listeners.delete(onCommit);
      this.#onClose.delete(end);
      wake();
    };
    listeners.add(onCommit);
    this.#onClose.add(end);
    return new ReadableStream({
      pull: async (controller) => {
        while (!ended) {
          const found = keys.map((key) => this.#read(key));
          const stamps = JSON.stringify(found.map((e) => e.versionstamp));
          if (stamps !== seen) {
            seen = stamps;
            controller.enqueue(
              found as { [K in keyof T]: Deno.KvEntryMaybe<T[K]> },
            );
            return;
          }
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        controller.close();
      },
      cancel: end,
    }, { highWaterMark: 0 });
  }

  enqueue(): Promise<Deno.KvCommitResult> {
    return Promise.reject(noQueue());
  }

  listenQueue(): Promise<void> {
    return Promise.reject(noQueue());
  }

  close(): void {
    this.#closed = true;
    for (const end of [...this.#onClose]) end();
  }

  async #step(): Promise<void> {
    if (this.#closed) throw new Error("The database is closed");
    await this.#delay();
  }

  #read<T>(key: Deno.KvKey): Deno.KvEntryMaybe<T> {
    const entry = this.#data.entries.get(orderedKey(key));
    return entry === undefined ? { key, value: null, versionstamp: null } : {
      key,
      value: copyOf(entry.value) as T,
      versionstamp: entry.versionstamp,
    };
  }
}

type Commit = (
  checks: readonly Deno.AtomicCheck[],
  mutations: readonly Mutation[],
) => Promise<Deno.KvCommitResult | Deno.KvCommitError>;

class MemoryAtomic implements Deno.AtomicOperation {
  readonly #commit: Commit;
  readonly #checks: Deno.AtomicCheck[] = [];
  readonly #mutations: Mutation[] = [];

  constructor(commit: Commit) {
    this.#commit = commit;
  }

  check(...checks: Deno.AtomicCheck[]): this {
    this.#checks.push(...checks);
    return this;
  }

  set(
    key: Deno.KvKey,
    value: unknown,
    options?: { expireIn?: number },
  ): this {
    if (options?.expireIn !== undefined) {
      throw new TypeError("Can not set an expiry: not supported");
    }
    this.#mutations.push({ type: "set", key, value: copyOf(value) });
    return this;
  }

  delete(key: Deno.KvKey): this {
    this.#mutations.push({ type: "delete", key });
    return this;
  }

  commit(): Promise<Deno.KvCommitResult | Deno.KvCommitError> {
    return this.#commit(this.#checks, this.#mutations);
  }

  mutate(): this {
    throw new TypeError("Can not mutate: not supported, use set and delete");
  }

  sum(): this {
    throw new TypeError("Can not sum: not supported");
  }

  min(): this {
    throw new TypeError("Can not take the least: not supported");
  }

  max(): this {
    throw new TypeError("Can not take the greatest: not supported");
  }

  enqueue(): this {
    throw noQueue();
  }
}

function noQueue(): Error {
  return new Error("Can not use a queue: the in-memory database has none");
}
