/**
 * The newest events of a bucket, in memory. All events of the bucket after {@linkcode Ring.after} are in it.
 *
 * @module
 */
import type { Revision } from "./store.ts";
import type { StoredEvent } from "./stored_row.ts";

/** How much a ring keeps. */
export interface RingBound {
  readonly events: number;
  readonly bytes: number;
}

/** Events in order of revision, the oldest of which fall off. */
export class Ring {
  #after: Revision;
  #events: StoredEvent[] = [];
  /** Place of the oldest event that is kept; those before it have fallen off and wait to be cut. */
  #start = 0;
  #bytes = 0;

  /** @param after nothing happened between this revision and the first event that will be pushed */
  constructor(after: Revision) {
    this.#after = after;
  }

  /** Older events are not here. */
  get after(): Revision {
    return this.#after;
  }

  /** Revision of the newest event; {@linkcode Ring.after} when there is none. */
  get last(): Revision {
    return this.#events.at(-1)?.revision ?? this.#after;
  }

  /** How many events it holds. */
  get length(): number {
    return this.#events.length - this.#start;
  }

  /** Adds the newest event. */
  push(event: StoredEvent): void {
    this.#events.push(event);
    this.#bytes += weightOf(event);
  }

  /** Adds older events in front: all of the bucket after `after`, up to {@linkcode Ring.after}. */
  prepend(events: readonly StoredEvent[], after: Revision): void {
    this.#events = [...events, ...this.#events.slice(this.#start)];
    this.#start = 0;
    this.#after = after;
    for (const event of events) this.#bytes += weightOf(event);
  }

  /** Lets the oldest events go until the bound is kept. @returns them */
  trim(bound: RingBound): StoredEvent[] {
    const dropped: StoredEvent[] = [];
    while (
      this.length > 0 &&
      (this.length > bound.events || this.#bytes > bound.bytes)
    ) {
      const event = this.#events[this.#start++]!;
      this.#bytes -= weightOf(event);
      this.#after = event.revision;
      dropped.push(event);
    }
    if (this.#start > 256 && this.#start * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
    return dropped;
  }

  /** Events after a revision, oldest first. */
  *since(after: Revision): Generator<StoredEvent> {
    for (let i = this.#placeAfter(after); i < this.#events.length; i++) {
      yield this.#events[i]!;
    }
  }

  /** Events after a revision, newest first. */
  *back(after: Revision): Generator<StoredEvent> {
    const first = this.#placeAfter(after);
    for (let i = this.#events.length - 1; i >= first; i--) {
      yield this.#events[i]!;
    }
  }

  #placeAfter(revision: Revision): number {
    let [low, high] = [this.#start, this.#events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What an event keeps alive that would be gone without it: the row before (the row after is another's previous, or the one that is there now). */
function weightOf(event: StoredEvent): number {
  return 256 + (event.previous?.text.length ?? 0);
}
