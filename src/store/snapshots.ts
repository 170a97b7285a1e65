/**
 * Older states of a bucket, kept for those who read a list page by page.
 *
 * @module
 */
import type { Clock, Timer } from "../base/host.ts";
import type { OrderedIndex } from "./index.ts";
import type { Revision } from "./store.ts";
import type { StoredRow } from "./stored_row.ts";

/** How long and how much. */
export interface SnapshotBound {
  /** How long a snapshot is kept after it was last asked for. */
  readonly windowMs: number;
  /** Bytes of text that were replaced since the oldest snapshot, and that it alone may keep alive. */
  readonly bytes: number;
}

interface Snapshot {
  readonly rows: OrderedIndex<StoredRow>;
  /** {@linkcode Snapshots.replacedBytes} when it was taken. */
  readonly replacedBytes: number;
  untilMs: number;
}

/** The snapshots of one bucket, by revision. */
export class Snapshots implements Disposable {
  readonly #clock: Clock;
  readonly #bound: SnapshotBound;
  /** In the order in which they were taken. */
  readonly #kept = new Map<Revision, Snapshot>();
  #replacedBytes = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, bound: SnapshotBound) {
    this.#clock = clock;
    this.#bound = bound;
  }

  /** How many are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /** The rows as of a revision, when they are kept; keeps them for another window. */
  get(revision: Revision): OrderedIndex<StoredRow> | undefined {
    const found = this.#kept.get(revision);
    if (found === undefined) return undefined;
    found.untilMs = this.#until();
    return found.rows;
  }

  /** Keeps the rows of a revision for the window. @param rows not changed any more */
  keep(revision: Revision, rows: OrderedIndex<StoredRow>): void {
    this.#kept.set(revision, {
      rows,
      replacedBytes: this.#replacedBytes,
      untilMs: this.#until(),
    });
    this.#arm();
  }

  /** Rows kept of a revision or of a later one. */
  since(revision: Revision): OrderedIndex<StoredRow> | undefined {
    for (const [kept, { rows }] of this.#kept) {
      if (kept >= revision) return rows;
    }
    return undefined;
  }

  /** A row was replaced or deleted: only snapshots and rings hold it now. Lets snapshots go when they hold too much. */
  replaced(bytes: number): void {
    this.#replacedBytes += bytes;
    for (const [revision, kept] of this.#kept) {
      const held = this.#replacedBytes - kept.replacedBytes;
      if (held <= this.#bound.bytes) return;
      this.#kept.delete(revision);
    }
  }

  [Symbol.dispose](): void {
    this.#kept.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #until(): number {
    return this.#clock.monotonicMs() + this.#bound.windowMs;
  }

  /** Without a timer the last snapshots before a silence would stay for its length. */
  #arm(): void {
    this.#timer ??= this.#clock.after(this.#bound.windowMs, () => {
      this.#timer = undefined;
      const now = this.#clock.monotonicMs();
      for (const [revision, kept] of this.#kept) {
        if (kept.untilMs <= now) this.#kept.delete(revision);
      }
      if (this.#kept.size > 0) this.#arm();
    });
  }
}
