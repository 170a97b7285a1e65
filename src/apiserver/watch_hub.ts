/**
 * Knows the running watches, and gives the bookmark tick: at most once a period, and only after a durable write, so that a cluster at rest
 * stays silent (the leases that live in memory move the revision, but nobody needs to resume for them).
 *
 * @module
 */
import type { Clock, Timer } from "../base/host.ts";

/** How often a watch may get a bookmark, in milliseconds. Kubernetes' period. */
export const BOOKMARK_PERIOD_MS = 60_000;

/** A watch, as the hub sees it. */
export interface RunningWatch {
  /** For `/debug/state`. */
  readonly label: string;
  /** It gets every n-th bookmark tick. */
  readonly bookmarkEvery: number;
  /** Called on the bookmark tick. */
  bookmark(): void;
  /** Ends the watch in order. */
  end(): void;
}

/** All running watches of a server. */
export class WatchHub implements Disposable {
  readonly #clock: Clock;
  readonly #watches = new Set<RunningWatch>();
  #timer: Timer | undefined;
  #moved = false;
  #ticks = 0;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many watches run. */
  get size(): number {
    return this.#watches.size;
  }

  /** Numbers of watches by what they watch. */
  labels(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { label } of this.#watches) {
      counts[label] = (counts[label] ?? 0) + 1;
    }
    return counts;
  }

  /** Adds a watch until the answer is disposed. */
  add(watch: RunningWatch): Disposable {
    if (this.#closed) watch.end();
    else this.#watches.add(watch);
    return { [Symbol.dispose]: () => void this.#watches.delete(watch) };
  }

  /** Ends all watches of a label: their kind has become another one, and clients resume. */
  endOf(label: string): void {
    for (const watch of [...this.#watches]) {
      if (watch.label === label) watch.end();
    }
  }

  /** Says that a durable write happened. The first after a silence starts the timer; at rest there is none. */
  moved(): void {
    this.#moved = true;
    if (this.#closed) return;
    this.#timer ??= this.#clock.after(BOOKMARK_PERIOD_MS, () => this.#tick());
  }

  #tick(): void {
    this.#timer = undefined;
    if (!this.#moved) return;
    this.#moved = false;
    this.#ticks++;
    for (const watch of [...this.#watches]) {
      if (this.#ticks % watch.bookmarkEvery === 0) watch.bookmark();
    }
  }

  /** Ends all watches. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const watch of [...this.#watches]) watch.end();
    this.#watches.clear();
  }
}
