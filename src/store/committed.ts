/**
 * The committed state: what readers and watchers see. It changes only by {@linkcode Committed.publish}, after the commit.
 *
 * @module
 */
import type { Clock, Kv } from "../base/host.ts";
import { Bucket, type BucketBounds } from "./bucket.ts";
import { Cursor } from "./cursor.ts";
import { History } from "./history.ts";
import { InterestIndex } from "./interest.ts";
import { bucketOf, checkPrefix, rangeOf } from "./keys.ts";
import { RevisionWaiters } from "./revision_waiters.ts";
import {
  ExpiredError,
  FutureRevisionError,
  type Key,
  type ListOptions,
  type Page,
  type Revision,
  type Watcher,
  type WatchOptions,
} from "./store.ts";
import type { StoredEvent, StoredRow } from "./stored_row.ts";

/** What a {@linkcode Committed} needs. */
export interface CommittedOptions {
  readonly kv: Kv;
  readonly clock: Clock;
  readonly bounds: BucketBounds;
  /** The revision that the store starts with. */
  readonly revision: Revision;
  /** Folders whose volatile rows are gone since the last start. */
  readonly volatileFolders: readonly Key[];
  /** Log entries up to this revision are gone. */
  logAfter(): Revision;
}

/** See the module. */
export class Committed implements Disposable {
  readonly #options: CommittedOptions;
  readonly #buckets = new Map<string, Bucket>();
  readonly #interests = new InterestIndex<Cursor>();
  readonly #cursors = new Set<Cursor>();
  readonly #waiters = new RevisionWaiters();
  readonly #history: History;
  #revision: Revision;

  constructor(options: CommittedOptions) {
    this.#options = options;
    this.#revision = options.revision;
    this.#history = new History(options.kv, options.logAfter);
    for (const folder of options.volatileFolders) {
      this.#bucket(folder).loseVolatile(folder, options.revision);
    }
  }

  /** The last committed revision. */
  get revision(): Revision {
    return this.#revision;
  }

  /** Sums over all rows. */
  figures(): { rows: number; watchers: number; textBytes: number } {
    let [rows, textBytes] = [0, 0];
    for (const bucket of this.#buckets.values()) {
      rows += bucket.rows.size;
      textBytes += bucket.textBytes;
    }
    return { rows, watchers: this.#cursors.size, textBytes };
  }

  /** Puts a row that was there before the store opened. */
  load(row: StoredRow): void {
    this.#bucket(row.key).load(row);
  }

  /** The row of a key. */
  get(key: Key): StoredRow | undefined {
    return this.#buckets.get(bucketOf(key))?.rows.get(key);
  }

  /** See {@linkcode Store.list}. */
  list(prefix: Key, options: ListOptions = {}): Page {
    checkPrefix(prefix);
    const { after, limit = 0, at = this.#revision } = options;
    if (!Number.isInteger(limit) || limit < 0) {
      throw new RangeError(`Can not list ${limit} rows`);
    }
    if (at > this.#revision) {
      throw new FutureRevisionError(
        `Revision ${at} has not happened yet: the last is ${this.#revision}`,
      );
    }
    const bucket = this.#bucket(prefix);
    const index = bucket.rowsAt(at, this.#revision);
    const range = rangeOf(prefix, after);
    const rows = index.range(range, limit);
    const last = rows.at(-1);
    const remaining = limit === 0 || last === undefined
      ? 0
      : index.count(rangeOf(prefix, last.key));
    if (remaining > 0 && at === this.#revision) bucket.keep(at);
    return { rows, revision: at, remaining };
  }

  /** See {@linkcode Store.watch}. */
  watch(prefix: Key, options: WatchOptions): Watcher {
    checkPrefix(prefix);
    const { after, field } = options;
    if (after > this.#revision) {
      throw new FutureRevisionError(
        `Revision ${after} has not happened yet: the last is ${this.#revision}`,
      );
    }
    const bucket = this.#bucket(prefix);
    const name = bucketOf(prefix);
    const isKept = (from: Revision) => this.#options.logAfter() <= from;
    const inMemory = bucket.ring.after <= after;
    if (!(inMemory || isKept(after)) || bucket.isLost(prefix, after)) {
      throw new ExpiredError(
        `Events after revision ${after} are no longer kept`,
      );
    }
    const cursor = new Cursor({
      interest: { prefix, ...(field === undefined ? {} : { field }) },
      bucket,
      after,
      now: () => this.#revision,
      extend: (from) => this.#history.extend({ name, bucket }, from),
      isKept,
      onClose: (closed) => {
        this.#cursors.delete(closed);
        this.#interests.remove(closed);
      },
    });
    this.#cursors.add(cursor);
    this.#interests.add(cursor);
    return cursor;
  }

  /** See {@linkcode Store.waitFor}. */
  waitFor(revision: Revision, signal?: AbortSignal): Promise<void> {
    return this.#waiters.wait(revision, {
      now: this.#revision,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** Makes a commit's events visible, all at once. */
  publish(events: readonly StoredEvent[], revision: Revision): void {
    const told = new Set<Cursor>();
    for (const event of events) {
      this.#bucket(event.key).apply(event);
      this.#interests.deliver(event, told);
    }
    this.#revision = revision;
    for (const cursor of told) cursor.flush();
    this.#waiters.reached(revision);
  }

  /** Ends all watchers and those who wait for a revision. */
  [Symbol.dispose](): void {
    for (const cursor of [...this.#cursors]) cursor.close();
    for (const bucket of this.#buckets.values()) bucket[Symbol.dispose]();
    this.#waiters.close();
  }

  /** A bucket begins with the store: what has no bucket yet has not changed since. */
  #bucket(key: Key): Bucket {
    const name = bucketOf(key);
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new Bucket({
        clock: this.#options.clock,
        bounds: this.#options.bounds,
        after: this.#options.revision,
      });
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }
}
