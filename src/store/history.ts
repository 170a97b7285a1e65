/**
 * Events that are no longer in memory, from the log in the KV: a watcher that resumes after a restart or after a day without network.
 *
 * They are put into the ring, where all who need them find them, and leave it again when nobody does.
 *
 * @module
 */
import type { Kv } from "../base/host.ts";
import type { Bucket } from "./bucket.ts";
import { bucketOf, logRange } from "./keys.ts";
import { LogFold } from "./log_fold.ts";
import {
  checkOrder,
  decodeSegment,
  lastOf,
  type LogEntry,
  type Segment,
} from "./segment.ts";
import type { Key, Revision } from "./store.ts";
import type { StoredEvent, StoredRow } from "./stored_row.ts";

/** Segments read at a time; one can have 60 KB. */
const READ_BATCH = 32;

/** Reads the log for rings. */
export class History {
  readonly #kv: Kv;
  /** Entries up to this revision are gone. */
  readonly #logAfter: () => Revision;
  readonly #loading = new Map<Bucket, Promise<void>>();

  constructor(kv: Kv, logAfter: () => Revision) {
    this.#kv = kv;
    this.#logAfter = logAfter;
  }

  /**
   * Fills a bucket's ring with all events after a revision, as far as the log has them: look at `ring.after` when it is done.
   *
   * @throws {StoreCorruptError}
   */
  async extend(
    at: { name: string; bucket: Bucket },
    after: Revision,
  ): Promise<void> {
    const { bucket } = at;
    while (bucket.ring.after > after && this.#logAfter() <= after) {
      const running = this.#loading.get(bucket);
      if (running !== undefined) {
        await running;
        continue;
      }
      const load = bucket.extend(() => this.#load(at, after));
      this.#loading.set(bucket, load);
      try {
        await load;
      } finally {
        this.#loading.delete(bucket);
      }
    }
  }

  async #load(
    at: { name: string; bucket: Bucket },
    after: Revision,
  ): Promise<void> {
    const { name, bucket } = at;
    const { ring } = bucket;
    const upTo = ring.after;
    const fold = new LogFold(this.#kv, rowsBefore(bucket));
    const events: StoredEvent[] = [];
    for await (const entry of this.#entriesBack(after, upTo)) {
      if (bucketOf(entry.key) !== name) continue;
      try {
        events.push(await fold.back(entry));
      } catch (error) {
        // What it needed may have been dropped meanwhile. Then the watcher is told so, by `ring.after`.
        if (this.#logAfter() <= after) throw error;
        return;
      }
    }
    if (this.#logAfter() > after) return;
    ring.prepend(events.reverse(), after);
  }

  /** Log entries after one revision and up to another, newest first. */
  async *#entriesBack(
    after: Revision,
    upTo: Revision,
  ): AsyncGenerator<LogEntry> {
    const segments = this.#kv.list(logRange(after, await this.#endOf(upTo)), {
      reverse: true,
      batchSize: READ_BATCH,
    });
    let newer: Segment | undefined;
    for await (const found of segments) {
      const segment = decodeSegment(found);
      if (newer !== undefined) checkOrder(lastOf(segment), newer);
      newer = segment;
      for (const entry of segment.entries.toReversed()) {
        if (entry.revision > after && entry.revision <= upTo) yield entry;
      }
    }
  }

  /** Last revision of the segment that a revision lies in. */
  async #endOf(revision: Revision): Promise<Revision> {
    const from = logRange(revision - 1, Number.MAX_SAFE_INTEGER - 1);
    for await (const segment of this.#kv.list(from, { limit: 1 })) {
      return lastOf(decodeSegment(segment));
    }
    return revision;
  }
}

/** The rows of a bucket right before the first event of its ring. */
function rowsBefore(bucket: Bucket): (key: Key) => StoredRow | undefined {
  const first = new Map<Key, StoredRow | undefined>();
  for (const event of bucket.ring.back(bucket.ring.after)) {
    first.set(event.key, event.previous);
  }
  const rows = bucket.rows.snapshot();
  return (key) => {
    const row = first.has(key) ? first.get(key) : rows.get(key);
    // A volatile row began after every durable one of its key had ended.
    return row?.volatile ? undefined : row;
  };
}
