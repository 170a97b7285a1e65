/**
 * A listing of the in-memory KV: batch by batch, each of the moment in which it is read.
 *
 * @module
 */
import { decodeBase64Url, encodeBase64Url } from "../base/bytes.ts";
import type { KeyRange, OrderedIndex } from "./index.ts";
import { copyOf } from "./kv_limits.ts";
import { orderedKey } from "./kv_order.ts";
import type { MemoryEntry } from "./memory_kv.ts";

/** Deno KV's default. */
const BATCH_SIZE = 100;

/** What a {@linkcode MemoryKvList} lists. */
export interface MemoryKvListOptions {
  readonly entries: OrderedIndex<MemoryEntry>;
  readonly selector: Deno.KvListSelector;
  readonly options: Deno.KvListOptions;
  /** Waits as long as one step of a read takes. */
  step(): Promise<void>;
}

/** See the module. */
export class MemoryKvList<T> implements Deno.KvListIterator<T> {
  readonly #from: MemoryKvListOptions;
  readonly #reverse: boolean;
  #range: KeyRange;
  #left: number;
  #batch: MemoryEntry[] = [];
  #last = "";

  constructor(from: MemoryKvListOptions) {
    this.#from = from;
    const { limit = Infinity, reverse = false, cursor } = from.options;
    this.#left = limit;
    this.#reverse = reverse;
    this.#range = rangeOf(from.selector);
    if (cursor !== undefined && cursor !== "") {
      this.#goAfter(binary(decodeBase64Url(cursor)));
    }
  }

  get cursor(): string {
    return encodeBase64Url(
      Uint8Array.from(this.#last, (unit) => unit.charCodeAt(0)),
    );
  }

  async next(): Promise<IteratorResult<Deno.KvEntry<T>, undefined>> {
    if (this.#batch.length === 0 && this.#left > 0) await this.#read();
    const entry = this.#batch.shift();
    if (entry === undefined) return { done: true, value: undefined };
    this.#last = entry.key;
    const { kvKey, value, versionstamp } = entry;
    return {
      done: false,
      value: { key: kvKey, value: copyOf(value) as T, versionstamp },
    };
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Deno.KvEntry<T>> {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #read(): Promise<void> {
    const { entries, options, step } = this.#from;
    await step();
    const count = Math.min(options.batchSize ?? BATCH_SIZE, this.#left);
    this.#batch = this.#reverse
      ? entries.range(this.#range).slice(-count).reverse()
      : entries.range(this.#range, count);
    await step();
    this.#left = this.#batch.length < count ? 0 : this.#left - count;
    const last = this.#batch.at(-1);
    if (last !== undefined) this.#goAfter(last.key);
  }

  #goAfter(key: string): void {
    this.#range = this.#reverse
      ? { from: this.#range.from, to: key }
      : { from: key + "\0", to: this.#range.to };
  }
}

function rangeOf(selector: Deno.KvListSelector): KeyRange {
  const prefix = "prefix" in selector ? orderedKey(selector.prefix) : "";
  return {
    from: "start" in selector ? orderedKey(selector.start) : prefix + "\0",
    to: "end" in selector ? orderedKey(selector.end) : prefix + "\xff",
  };
}

function binary(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
