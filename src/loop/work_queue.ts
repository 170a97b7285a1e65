/**
 * {@linkcode WorkQueue}: the keys that wait for a reconciler.
 *
 * @module
 */
import type { Host, Timer } from "../base/host.ts";
import { ItemBackoff } from "./item_backoff.ts";

/** Figures for `/debug/state`. */
export interface WorkQueueStats {
  /** Keys ready to be taken. */
  readonly ready: number;
  /** Keys being worked on. */
  readonly processing: number;
  /** Keys that wait for a time. */
  readonly delayed: number;
  /** All keys ever added. */
  readonly adds: number;
  /** All failures ever. */
  readonly retries: number;
}

/**
 * A queue in which a key is at most once, and at most once in work: a key added while it is worked on comes again after
 * {@linkcode WorkQueue.done}. Follows client-go's workqueue. A timer runs only while a key is delayed.
 */
export class WorkQueue implements Disposable {
  readonly #host: Host;
  readonly #backoff: ItemBackoff;
  /** In order of arrival. */
  readonly #ready = new Set<string>();
  readonly #processing = new Set<string>();
  /** Added while in work. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, { dueMs: number; timer: Timer }>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;
  #adds = 0;
  #retries = 0;

  /** Nothing runs until it is asked to. */
  constructor(host: Host, options: { readonly backoff?: ItemBackoff } = {}) {
    this.#host = host;
    this.#backoff = options.backoff ?? new ItemBackoff();
  }

  /** Adds a key now. */
  add(key: string): void {
    if (this.#closed) return;
    this.#adds++;
    if (this.#processing.has(key)) {
      this.#again.add(key);
      return;
    }
    if (this.#ready.has(key)) return;
    const taker = this.#takers.shift();
    if (taker === undefined) {
      this.#ready.add(key);
    } else {
      this.#processing.add(key);
      taker(key);
    }
  }

  /** Adds a key after a time. Of two delays of one key the earlier counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#closed) return;
    if (delayMs <= 0) return this.add(key);
    const dueMs = this.#host.clock.monotonicMs() + delayMs;
    const waiting = this.#delayed.get(key);
    if (waiting !== undefined) {
      if (waiting.dueMs <= dueMs) return;
      waiting.timer.cancel();
    }
    const timer = this.#host.clock.after(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { dueMs, timer });
  }

  /** Adds a key that failed, after its back-off. */
  retry(key: string): void {
    this.#retries++;
    this.addAfter(key, this.#backoff.next(key));
  }

  /** The key succeeded: its back-off starts anew. */
  forget(key: string): void {
    this.#backoff.forget(key);
  }

  /** Failures of a key since it last succeeded. */
  failures(key: string): number {
    return this.#backoff.failures(key);
  }

  /** The next key, in work from now on; call {@linkcode WorkQueue.done} for it. Undefined when the queue is closed. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    for (const key of this.#ready) {
      this.#ready.delete(key);
      this.#processing.add(key);
      return Promise.resolve(key);
    }
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** The work on a key ended. */
  done(key: string): void {
    this.#processing.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Figures of the moment. */
  stats(): WorkQueueStats {
    return {
      ready: this.#ready.size,
      processing: this.#processing.size,
      delayed: this.#delayed.size,
      adds: this.#adds,
      retries: this.#retries,
    };
  }

  /** Whether nothing is ready or in work (keys that wait for a time do not count). */
  get idle(): boolean {
    return this.#ready.size === 0 && this.#processing.size === 0;
  }

  /** Forgets all keys and ends all takers. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#ready.clear();
    this.#again.clear();
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }
}
