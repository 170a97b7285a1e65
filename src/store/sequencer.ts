/**
 * Brings all writes into one order and to the disk.
 *
 * ```text
 *   transact ─ run at once on committed + pending rows ─▶ gathering batch ─▶ commit in flight ─▶ publish ─▶ answers
 *                                                              ▲                   │ fenced: catch up
 *                                                              └──── run again ◀───┘
 * ```
 *
 * While one commit is in flight, later transactions gather; the next commit takes them all. So one fsync serves as many writers as there are.
 *
 * @module
 */
import { Batch, type Entry, settle } from "./batch.ts";
import { readMissed } from "./catch_up.ts";
import type { Committed } from "./committed.ts";
import type { Committer } from "./committer.ts";
import { startRevision } from "./head.ts";
import type { Host, Kv } from "../base/host.ts";
import { isUnder } from "./keys.ts";
import {
  type Key,
  type Revision,
  type Row,
  StoreClosedError,
  StoreFailedError,
  type Transaction,
} from "./store.ts";
import type { StoredEvent, StoredRow } from "./stored_row.ts";
import {
  overlay,
  type Prospect,
  type Sight,
  TransactionRun,
} from "./transaction.ts";

/** What a {@linkcode Sequencer} needs. */
export interface SequencerOptions {
  readonly host: Pick<Host, "spawn" | "log">;
  readonly kv: Kv;
  readonly committed: Committed;
  readonly committer: Committer;
  /** A name that no other writer has. */
  readonly writer: string;
}

/** The newest row of a key that is not on disk yet. */
interface Pending {
  readonly row: StoredRow | undefined;
  readonly revision: Revision;
}

/** See the module. */
export class Sequencer {
  /** Durable writes so far. */
  writes = 0;
  readonly #options: SequencerOptions;
  readonly #pending = new Map<Key, Pending>();
  /** Batches that wait, the oldest first; the last takes new transactions. */
  #queue: Batch[] = [];
  #nextRevision: Revision;
  #chunkIds = 0;
  #running = false;
  /** A function runs; another inside of it would get the same revisions. */
  #admitting = false;
  #refusal: StoreClosedError | StoreFailedError | undefined;
  #idle: (() => void) | undefined;

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#nextRevision = options.committed.revision + 1;
  }

  /** See {@linkcode Store.transact}. */
  transact<T>(
    keys: readonly Key[],
    fn: (transaction: Transaction) => T,
  ): Promise<T> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    return new Promise<T>((resolve, reject) => {
      this.#admit({
        keys,
        fn,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
      this.#start();
    });
  }

  /** Takes no more transactions and waits for those that it has. */
  async close(): Promise<void> {
    this.#refusal ??= new StoreClosedError("The store is closed");
    if (!this.#running) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  /** Runs a transaction and puts it into line, or answers it when it has nothing to wait for. */
  #admit(entry: Entry): void {
    if (this.#admitting) {
      return entry.reject(
        new Error("Can not transact inside of a transaction's function"),
      );
    }
    const run = new TransactionRun({
      keys: entry.keys,
      nextRevision: this.#nextRevision,
      see: (key) => this.#see(key),
      seeAll: (prefix) => this.#seeAll(prefix),
      chunkId: () =>
        `${this.#options.writer}-${(this.#chunkIds++).toString(36)}`,
    });
    this.#admitting = true;
    try {
      entry.outcome = { value: entry.fn(run) };
    } catch (error) {
      entry.outcome = { error };
      run.writes.length = 0; // a refusal writes nothing
    }
    this.#admitting = false;
    run.end();
    if (run.writes.length === 0 && !run.sawPending) return settle(entry);
    try {
      this.#enqueue(entry, run);
    } catch (error) {
      entry.reject(error);
    }
  }

  #enqueue(entry: Entry, run: TransactionRun): void {
    const last = this.#queue.at(-1);
    if (last === undefined || !last.add(entry, run)) {
      const batch = new Batch();
      batch.add(entry, run);
      this.#queue.push(batch);
    }
    for (const { event } of run.writes) {
      const { row, revision } = event;
      this.#pending.set(event.key, { row, revision });
    }
    this.#nextRevision += run.writes.length;
  }

  #see(key: Key): Sight {
    const pending = this.#pending.get(key);
    return pending === undefined
      ? { row: this.#options.committed.get(key), pending: false }
      : { row: pending.row, pending: true };
  }

  #seeAll(prefix: Key): Prospect {
    const newer = new Map<Key, Row | undefined>();
    for (const [key, { row }] of this.#pending) {
      if (isUnder(key, prefix)) newer.set(key, row);
    }
    const { rows } = this.#options.committed.list(prefix);
    return { rows: overlay(rows, newer, prefix), pending: newer.size > 0 };
  }

  #start(): void {
    if (this.#running || this.#queue.length === 0) return;
    const [only] = this.#queue;
    if (this.#queue.length === 1 && this.#options.committer.isCovered(only!)) {
      this.#queue = [];
      this.#publish(only!);
      return;
    }
    this.#running = true;
    // Starts in a later microtask, so that writers of the same moment share the first commit.
    this.#options.host.spawn("store commits", () => this.#work());
  }

  async #work(): Promise<void> {
    try {
      for (
        let batch = this.#queue.shift();
        batch !== undefined;
        batch = this.#queue.shift()
      ) {
        await this.#finish(batch);
      }
    } finally {
      this.#running = false;
      this.#idle?.();
    }
  }

  async #finish(batch: Batch): Promise<void> {
    const { committer } = this.#options;
    try {
      const result = committer.isCovered(batch)
        ? "committed"
        : await committer.commit(batch);
      if (result === "committed") this.#publish(batch);
      else await this.#redo(batch);
    } catch (error) {
      this.#fail(batch, error);
    }
  }

  /** Makes a batch visible and answers its transactions. It is on disk. */
  #publish(batch: Batch): void {
    const { committed } = this.#options;
    const events = batch.writes.map(({ event }) => event);
    committed.publish(events, Math.max(batch.lastRevision, committed.revision));
    for (const { key, revision } of events) {
      if (this.#pending.get(key)?.revision === revision) {
        this.#pending.delete(key);
      }
    }
    for (const { record, previousRecord } of batch.writes) {
      if (record !== undefined || previousRecord !== undefined) this.writes++;
    }
    batch.entries.forEach(settle);
  }

  /** Somebody else wrote first: learns what, and runs everything that waits again. */
  async #redo(batch: Batch): Promise<void> {
    const { kv, committed, committer, host } = this.#options;
    const missed = await readMissed(kv, committer.head);
    host.log("warn", "Store was written by another server", {
      revision: missed.found.head.revision,
      events: missed.events.length,
    });
    committer.adopt(missed.found);
    // Our own commit may be among them: its answer was lost.
    const ours = missed.groups.filter((group) => group === committer.group);
    if (ours.length > 0) this.#publish(batch);
    const theirs: readonly StoredEvent[] = missed.events.slice(ours.length);
    // Their volatile rows may have used revisions that only their ceiling tells of.
    const next = startRevision(missed.found.head);
    committed.publish(theirs, Math.max(next, committed.revision));
    const waiting = [...(ours.length > 0 ? [] : [batch]), ...this.#queue];
    this.#queue = [];
    this.#pending.clear();
    this.#nextRevision = committed.revision + 1;
    for (const { entries } of waiting) {
      for (const entry of entries) this.#admit(entry);
    }
  }

  /** The disk refused: nobody gets an answer that is not on it. */
  #fail(batch: Batch, error: unknown): void {
    const failure = error instanceof StoreFailedError
      ? error
      : new StoreFailedError("Can not write", { cause: error });
    this.#options.host.log("error", "Store can not write", { error });
    this.#refusal = failure;
    const waiting = [batch, ...this.#queue];
    this.#queue = [];
    this.#pending.clear();
    for (const { entries } of waiting) {
      for (const entry of entries) entry.reject(failure);
    }
  }
}
