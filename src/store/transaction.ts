/**
 * What one run of a transaction's function sees and does.
 *
 * @module
 */
import { encodeRow, packValue } from "./record.ts";
import { type ChunkWrite, referenceTo } from "./chunks.ts";
import { checkKey, isUnder } from "./keys.ts";
import type {
  Key,
  PutOptions,
  Revision,
  Row,
  Transaction,
  Value,
} from "./store.ts";
import { type StoredEvent, storedEvent, StoredRow } from "./stored_row.ts";

/** A change on its way to the KV. */
export interface Write {
  readonly event: StoredEvent;
  /** The record of the new row; absent for a deletion and for a volatile row. */
  readonly record?: Uint8Array;
  /** The record of the row before, for the log; absent for a creation and for a volatile row. */
  readonly previousRecord?: Uint8Array;
  readonly chunks?: ChunkWrite;
}

/** The newest row of a key, and whether it is on disk yet. */
export interface Sight {
  readonly row: StoredRow | undefined;
  readonly pending: boolean;
}

/** The newest rows below a prefix. */
export interface Prospect {
  readonly rows: readonly Row[];
  readonly pending: boolean;
}

/** What a {@linkcode TransactionRun} stands on. */
export interface TransactionBase {
  readonly keys: readonly Key[];
  /** The first revision that a write gets. */
  readonly nextRevision: Revision;
  see(key: Key): Sight;
  /** The newest rows below a prefix, in key order, and whether one of them, or the absence of one, is not on disk yet. */
  seeAll(prefix: Key): Prospect;
  /** A unique name for the chunks of a row. */
  chunkId(): string;
}

/** One run. */
export class TransactionRun implements Transaction {
  /** Its writes so far, in order. */
  readonly writes: Write[] = [];
  /** Whether it looked at something that is not on disk yet, so that its answer has to wait for that. */
  sawPending = false;
  readonly #base: TransactionBase;
  readonly #own = new Map<Key, StoredRow | undefined>();
  #over = false;

  constructor(base: TransactionBase) {
    this.#base = base;
  }

  /** Ends the run; the transaction can not be used any more. */
  end(): void {
    this.#over = true;
  }

  get(key: Key): Row | undefined {
    return this.#see(key);
  }

  list(prefix: Key): readonly Row[] {
    this.#assertRunning();
    const { rows, pending } = this.#base.seeAll(prefix);
    if (pending) this.sawPending = true;
    return overlay(rows, this.#own, prefix);
  }

  put(
    key: Key,
    encode: (revision: Revision) => Value,
    options: PutOptions = {},
  ): Row {
    const previous = this.#see(key);
    checkKey(key);
    const revision = this.#next();
    const value = encode(revision);
    const volatile = previous === undefined
      ? options.volatile ?? false
      : previous.volatile ?? false;
    const write = volatile
      ? {
        event: storedEvent({ key, revision }, {
          row: new StoredRow({ key, revision }, value, { volatile }),
          previous,
        }),
      }
      : this.#durable({ key, revision }, value, previous);
    this.writes.push(write);
    this.#own.set(key, write.event.row);
    return write.event.row!;
  }

  delete(key: Key): Revision {
    const previous = this.#see(key);
    if (previous === undefined) {
      throw new Error(`Can not delete "${key}": it is not there`);
    }
    const revision = this.#next();
    const event = storedEvent({ key, revision }, { previous });
    this.writes.push(
      previous.volatile
        ? { event }
        : { event, previousRecord: encodeRow(previous) },
    );
    this.#own.set(key, undefined);
    return revision;
  }

  #durable(
    at: { key: Key; revision: Revision },
    value: Value,
    previous: StoredRow | undefined,
  ): Write {
    const packed = packValue(value);
    const { outside } = packed;
    const reference = outside === undefined
      ? undefined
      : referenceTo(outside, this.#base.chunkId());
    const row = new StoredRow(
      at,
      value,
      reference === undefined ? {} : { chunks: reference },
    );
    return {
      event: storedEvent(at, { row, previous }),
      record: encodeRow(row, packed),
      ...(previous === undefined
        ? {}
        : { previousRecord: encodeRow(previous) }),
      ...(reference === undefined ? {} : {
        chunks: { revision: at.revision, reference, bytes: outside! },
      }),
    };
  }

  #assertRunning(): void {
    if (this.#over) {
      throw new Error("Can not use a transaction after its function returned");
    }
  }

  #next(): Revision {
    return this.#base.nextRevision + this.writes.length;
  }

  #see(key: Key): StoredRow | undefined {
    this.#assertRunning();
    if (!this.#base.keys.includes(key)) {
      throw new Error(`Can not use "${key}": not named to the transaction`);
    }
    if (this.#own.has(key)) return this.#own.get(key);
    const { row, pending } = this.#base.see(key);
    if (pending) this.sawPending = true;
    return row;
  }
}

/** Rows with those that are newer laid over them, in key order; an undefined one is gone. */
export function overlay(
  rows: readonly Row[],
  newer: ReadonlyMap<Key, Row | undefined>,
  prefix: Key,
): readonly Row[] {
  const changed = [...newer].filter(([key]) => isUnder(key, prefix));
  if (changed.length === 0) return rows;
  const byKey = new Map(rows.map((row) => [row.key, row]));
  for (const [key, row] of changed) {
    if (row === undefined) byKey.delete(key);
    else byKey.set(key, row);
  }
  return [...byKey.values()].sort((a, b) => a.key < b.key ? -1 : 1);
}
