/**
 * A watcher's place in the history of a prefix.
 *
 * ```text
 *   behind: reads the ring from its position (after the log has filled it, if need be)
 *      │ end of the ring reached
 *      ▼
 *   in step: events are handed to its queue as they are committed
 *      │ queue full: the reader is slow
 *      └──▶ behind
 * ```
 *
 * @module
 */
import type { Bucket } from "./bucket.ts";
import { cares, type Interest, type Listener } from "./interest.ts";
import { isUnder } from "./keys.ts";
import type { Revision, StoreEvent, Watcher } from "./store.ts";
import type { StoredEvent } from "./stored_row.ts";

/** Events that wait for a reader before it counts as slow. */
export const QUEUE_EVENTS = 1024;
/** Most events that one read answers with. */
export const READ_EVENTS = 512;

/** What a cursor needs of the store. */
export interface CursorOptions {
  readonly interest: Interest;
  readonly bucket: Bucket;
  readonly after: Revision;
  /** The last committed revision. */
  now(): Revision;
  /** Fills the ring from the log, as far as the log goes. */
  extend(after: Revision): Promise<void>;
  /** Whether the events after a revision can still be had. */
  isKept(after: Revision): boolean;
  onClose(cursor: Cursor): void;
}

type Answer = readonly StoreEvent[] | "expired" | "closed";

/** See the module. */
export class Cursor implements Watcher, Listener {
  readonly interest: Interest;
  readonly #options: CursorOptions;
  #position: Revision;
  #behind: boolean;
  #queue: StoredEvent[] = [];
  #waiting: ((answer: Answer) => void) | undefined;
  #reading = false;
  #end: "expired" | "closed" | undefined;

  constructor(options: CursorOptions) {
    this.#options = options;
    this.interest = options.interest;
    this.#position = options.after;
    this.#behind = options.bucket.ring.last > options.after;
  }

  get revision(): Revision {
    return this.#behind || this.#queue.length > 0 || this.#end !== undefined
      ? this.#position
      : this.#options.now();
  }

  async read(): Promise<Answer> {
    if (this.#reading) throw new Error("Can not read a watcher twice at once");
    this.#reading = true;
    try {
      while (this.#end === undefined) {
        if (this.#queue.length > 0) return this.#take();
        if (!this.#behind) {
          return await new Promise<Answer>((resolve) => {
            this.#waiting = resolve;
          });
        }
        const found = await this.#catchUp();
        if (found.length > 0) return found;
      }
      return this.#end;
    } finally {
      this.#reading = false;
    }
  }

  deliver(event: StoredEvent): void {
    if (this.#behind) return; // it is in the ring
    if (this.#queue.length === 0) this.#position = event.revision - 1;
    this.#queue.push(event);
    if (this.#queue.length > QUEUE_EVENTS) {
      this.#queue = [];
      this.#behind = true;
    }
  }

  /** Answers a waiting read. Called when all events of a commit have been delivered. */
  flush(): void {
    if (this.#waiting === undefined || this.#queue.length === 0) return;
    this.#answer(this.#take());
  }

  close(): void {
    this.#finish("closed");
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #take(): StoredEvent[] {
    const events = this.#queue;
    this.#queue = [];
    this.#position = events.at(-1)!.revision;
    return events;
  }

  async #catchUp(): Promise<StoredEvent[]> {
    const { bucket } = this.#options;
    const { ring } = bucket;
    if (ring.after > this.#position) {
      if (this.#options.isKept(this.#position)) {
        await this.#extend();
      }
      if (ring.after > this.#position) this.#finish("expired");
    }
    if (bucket.isLost(this.interest.prefix, this.#position)) {
      this.#finish("expired");
    }
    if (this.#end !== undefined) return [];
    bucket.touch(this.#position);
    const found: StoredEvent[] = [];
    for (const event of ring.since(this.#position)) {
      if (found.length === READ_EVENTS) return found;
      this.#position = event.revision;
      if (
        isUnder(event.key, this.interest.prefix) && cares(this.interest, event)
      ) {
        found.push(event);
      }
    }
    this.#behind = false;
    return found;
  }

  async #extend(): Promise<void> {
    try {
      await this.#options.extend(this.#position);
    } catch (error) {
      // Closed meanwhile, with the store and its KV: that is the answer.
      if (this.#end === undefined) throw error;
    }
  }

  #finish(end: "expired" | "closed"): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#queue = [];
    this.#options.onClose(this);
    this.#answer(end);
  }

  #answer(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answer);
  }
}
