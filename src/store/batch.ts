/**
 * Transactions that go to the KV in one commit.
 *
 * @module
 */
import type { Key, Revision, Transaction } from "./store.ts";
import { isVolatile } from "./stored_row.ts";
import type { TransactionRun, Write } from "./transaction.ts";

/** KV allows 1000 mutations. A write takes one for its row; the head, log segments and the deletion of old ones take the rest. */
const WRITE_LIMIT = 700;
/** KV allows 819,200 bytes of keys and values, and counts a little more than these. */
const SIZE_LIMIT_BYTES = 720_000;
/** KV allows 81,920 bytes of keys. */
const KEYS_LIMIT_BYTES = 64_000;
/** What a write needs besides its own key: its part of the log's keys, KV's framing. */
const KEY_OVERHEAD_BYTES = 32;
/** What a log entry needs besides the record in it. */
const LOG_OVERHEAD_BYTES = 96;

/** A transaction that waits for its answer. */
export interface Entry {
  readonly keys: readonly Key[];
  readonly fn: (transaction: Transaction) => unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** What the last run gave. */
  outcome?: Outcome;
}

/** What a function answered. */
export type Outcome =
  | { readonly value: unknown }
  | { readonly error: unknown };

/** Gives an entry its answer. */
export function settle(entry: Entry): void {
  const { outcome } = entry;
  if (outcome === undefined) return;
  if ("error" in outcome) entry.reject(outcome.error);
  else entry.resolve(outcome.value);
}

/** What transactions need of KV's limits. */
interface Size {
  writes: number;
  bytes: number;
  keyBytes: number;
}

/** A group of transactions, in the order in which they happened. */
export class Batch {
  readonly entries: Entry[] = [];
  /** All writes, durable and volatile, by revision. */
  readonly writes: Write[] = [];
  readonly #size: Size = { writes: 0, bytes: 0, keyBytes: 0 };

  /** Whether something of it has to reach the disk. */
  get durable(): boolean {
    return this.#size.writes > 0;
  }

  /** Bytes of the KV keys that it needs, an upper bound. */
  get keyBytes(): number {
    return this.#size.keyBytes;
  }

  /** The last revision of its writes; 0 when it has none. */
  get lastRevision(): Revision {
    return this.writes.at(-1)?.event.revision ?? 0;
  }

  /** Takes a transaction in. @returns false when there is no room @throws {RangeError} when no commit has room for it */
  add(entry: Entry, run: TransactionRun): boolean {
    const more = sizeOf(run.writes);
    if (!fits(more)) {
      throw new RangeError(
        `Can not write ${run.writes.length} rows in one transaction: ${more.bytes} bytes are more than one commit takes`,
      );
    }
    const sum = {
      writes: this.#size.writes + more.writes,
      bytes: this.#size.bytes + more.bytes,
      keyBytes: this.#size.keyBytes + more.keyBytes,
    };
    if (!fits(sum)) return false;
    Object.assign(this.#size, sum);
    this.entries.push(entry);
    this.writes.push(...run.writes);
    return true;
  }
}

function fits(size: Size): boolean {
  return size.writes <= WRITE_LIMIT && size.bytes <= SIZE_LIMIT_BYTES &&
    size.keyBytes <= KEYS_LIMIT_BYTES;
}

function sizeOf(writes: readonly Write[]): Size {
  const size: Size = { writes: 0, bytes: 0, keyBytes: 0 };
  for (const { event, record, previousRecord } of writes) {
    if (isVolatile(event)) continue;
    const keyBytes = event.key.length * 3 + KEY_OVERHEAD_BYTES;
    size.writes++;
    size.keyBytes += keyBytes;
    // The key is in the log entry too.
    size.bytes += 2 * keyBytes + LOG_OVERHEAD_BYTES + (record?.length ?? 0) +
      (previousRecord?.length ?? 0);
  }
  return size;
}
