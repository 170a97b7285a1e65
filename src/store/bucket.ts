/**
 * The committed rows and the events of one first segment (`pods`, `apps` …).
 *
 * @module
 */
import type { Clock, Timer } from "../base/host.ts";
import { OrderedIndex } from "./index.ts";
import { folderOf } from "./keys.ts";
import { Ring, type RingBound } from "./ring.ts";
import { type SnapshotBound, Snapshots } from "./snapshots.ts";
import { ExpiredError, type Key, type Revision } from "./store.ts";
import { isVolatile, type StoredEvent, type StoredRow } from "./stored_row.ts";

/** How long a ring that was filled from the log stays filled after its last use. */
export const HOLD_MS = 30_000;

/** Bounds of a bucket's memory. */
export interface BucketBounds {
  readonly ring: RingBound;
  /** While the ring holds older events for someone. */
  readonly heldRing: RingBound;
  readonly snapshots: SnapshotBound;
}

/** See the module. */
export class Bucket implements Disposable {
  readonly rows = new OrderedIndex<StoredRow>();
  readonly ring: Ring;
  readonly #snapshots: Snapshots;
  readonly #clock: Clock;
  readonly #bounds: BucketBounds;
  /** By folder: volatile events up to this revision are gone for ever, as no log has them. */
  readonly #volatileGone = new Map<Key, Revision>();
  #textBytes = 0;
  /** Older events stay until then, on the monotonic clock; 0 when nobody needs them. */
  #heldUntilMs = 0;
  /** Events up to this revision came from the log. */
  #oldUpTo: Revision = 0;
  #loads = 0;
  #timer: Timer | undefined;

  constructor(
    options: { clock: Clock; bounds: BucketBounds; after: Revision },
  ) {
    this.#clock = options.clock;
    this.#bounds = options.bounds;
    this.ring = new Ring(options.after);
    this.#snapshots = new Snapshots(options.clock, options.bounds.snapshots);
  }

  /** Length of the texts of all rows. */
  get textBytes(): number {
    return this.#textBytes;
  }

  /** Puts a row that was there before the store opened. */
  load(row: StoredRow): void {
    this.rows.set(row);
    this.#textBytes += row.text.length;
  }

  /** Says that volatile rows of a folder may have changed up to a revision, and nobody knows how. */
  loseVolatile(folder: Key, upTo: Revision): void {
    this.#volatileGone.set(folder, upTo);
  }

  /** Takes the next event. */
  apply(event: StoredEvent): void {
    const { row, previous, key } = event;
    if (row === undefined) this.rows.delete(key);
    else this.rows.set(row);
    const before = previous?.text.length ?? 0;
    this.#textBytes += (row?.text.length ?? 0) - before;
    if (before > 0) this.#snapshots.replaced(before);
    this.ring.push(event);
    this.trim();
  }

  /** Lets old events go, unless someone needs them. */
  trim(): void {
    if (this.#loads > 0) return;
    const held = this.#heldUntilMs > 0 &&
      this.#clock.monotonicMs() < this.#heldUntilMs;
    const bound = held ? this.#bounds.heldRing : this.#bounds.ring;
    if (!held) this.#heldUntilMs = 0;
    for (const event of this.ring.trim(bound)) {
      if (isVolatile(event)) {
        this.#volatileGone.set(folderOf(event.key), event.revision);
      }
    }
  }

  /** Fills the ring with older events; nothing falls off while `load` runs. */
  async extend(load: () => Promise<void>): Promise<void> {
    this.#loads++;
    const before = this.ring.after;
    try {
      await load();
    } finally {
      this.#loads--;
    }
    this.#oldUpTo = Math.max(this.#oldUpTo, before);
    this.touch(this.ring.after);
  }

  /** Someone reads after a revision: when these are old events, they stay a little longer. */
  touch(after: Revision): void {
    if (after >= this.#oldUpTo) return;
    this.#heldUntilMs = this.#clock.monotonicMs() + HOLD_MS;
    this.#timer ??= this.#clock.after(HOLD_MS, () => this.#release());
  }

  /** Whether events that concern a prefix are lost after a revision, so that nobody can resume from it. */
  isLost(prefix: Key, after: Revision): boolean {
    for (const [folder, upTo] of this.#volatileGone) {
      if (after >= upTo) continue;
      if (prefix.startsWith(folder) || folder.startsWith(prefix)) return true;
    }
    return false;
  }

  /** The rows as of an older revision. @throws {ExpiredError} when they are not kept */
  rowsAt(at: Revision, now: Revision): OrderedIndex<StoredRow> {
    if (at >= this.ring.last || at === now) return this.rows;
    const kept = this.#snapshots.get(at);
    if (kept !== undefined) return kept;
    if (this.ring.after > at) {
      throw new ExpiredError(`Revision ${at} is no longer kept`);
    }
    const rows = this.rows.snapshot();
    for (const event of this.ring.back(at)) {
      if (event.previous === undefined) rows.delete(event.key);
      else rows.set(event.previous);
    }
    this.#snapshots.keep(at, rows);
    return rows;
  }

  /** Keeps the newest state, under its revision, for the pages that follow. */
  keep(now: Revision): void {
    if (this.#snapshots.get(now) !== undefined) return;
    // Other buckets move the revision too: the state may be the one that was kept last.
    const same = this.#snapshots.since(this.ring.last);
    this.#snapshots.keep(now, same ?? this.rows.snapshot());
  }

  [Symbol.dispose](): void {
    this.#snapshots[Symbol.dispose]();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Without a timer old events would stay until the next write. */
  #release(): void {
    this.#timer = undefined;
    this.trim();
    if (this.#heldUntilMs > 0) {
      this.#timer = this.#clock.after(HOLD_MS, () => this.#release());
    }
  }
}
