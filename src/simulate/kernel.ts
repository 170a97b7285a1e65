/**
 * The simulation's heart: virtual time and the order of events.
 *
 * One synchronous loop in one macrotask: take the next event, set the time, call it, drain the microtasks, and again. The event loop never turns
 * during a run, so nothing real (timer, thread, I/O) can slip in between; it would simply never be answered.
 *
 * @module
 */
import { makeDrain } from "./drain.ts";
import { SeededRandom } from "./seeded_random.ts";

/** Something that events belong to and that can die: one start of one machine. */
export interface Life {
  /** Name of the machine. */
  readonly machine: string;
  /** False once it crashed: its events are thrown away. */
  alive: boolean;
  /** Asked at each moment of a call of the host at which the life may end; true when it ends here, and the call is never answered. */
  readonly endsHere?: () => boolean;
}

/** A scheduled event. */
export interface KernelEvent {
  cancelled: boolean;
}

interface Entry extends KernelEvent {
  readonly atMs: number;
  readonly tie: number;
  readonly sequence: number;
  readonly life: Life | null;
  readonly fn: () => void;
}

/** Thrown by {@linkcode Kernel.run}: the simulated programs did something that no run may contain. */
export class SimulationError extends Error {
  override readonly name = "SimulationError";
}

/** Orders and runs events by virtual time. */
export class Kernel {
  /** Virtual milliseconds since the start of the run. */
  nowMs = 0;
  /** Events run so far. */
  steps = 0;
  /** Whose event is running; null outside. */
  current: Life | null = null;
  /** For the order of simultaneous events. */
  readonly #ties: SeededRandom;
  readonly #heap: Entry[] = [];
  readonly #drain = makeDrain();
  /** Lives to end when the running event is over: never in the middle of a step. */
  readonly #dying: (() => void)[] = [];
  #sequence = 0;
  #failure: SimulationError | undefined;

  /** @param seed decides the order of simultaneous events */
  constructor(seed: number) {
    this.#ties = new SeededRandom(seed, "kernel-ties");
  }

  /**
   * Schedules an event.
   *
   * @param life whose event it is; thrown away if that has ended by then. Null for the world's own.
   * @param options `afterMs` from now; not negative
   */
  schedule(
    life: Life | null,
    options: { afterMs: number; fn: () => void },
  ): KernelEvent {
    const entry: Entry = {
      atMs: this.nowMs + Math.max(0, options.afterMs),
      tie: this.#ties.u32(),
      sequence: this.#sequence++,
      life,
      fn: options.fn,
      cancelled: false,
    };
    this.#push(entry);
    return entry;
  }

  /** A promise that resolves in an event of `life`, `afterMs` from now; never, if that life ends first. */
  delay(life: Life | null, afterMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (life?.endsHere?.()) return;
      this.schedule(life, { afterMs, fn: resolve });
    });
  }

  /** Calls `fn` when the running event and its microtasks are over. */
  afterStep(fn: () => void): void {
    this.#dying.push(fn);
  }

  /** Fails the run when what `life` does now is not part of a step of its own: something real has leaked in, or another's step did its work. */
  mustBeIn(life: Life, what: string): void {
    if (this.current === life || !life.alive) return;
    const where = this.current
      ? `in a step of ${this.current.machine}`
      : "outside of a step";
    this.fail(`${life.machine} called ${what} ${where}`, new Error(what));
  }

  /** Ends the run with an error. */
  fail(message: string, cause?: unknown): void {
    this.#failure ??= new SimulationError(message, { cause });
  }

  /**
   * Runs all events up to a virtual time. Must be called from a macrotask, not from a promise's reaction (the drain would do nothing):
   * use {@linkcode runFromMacrotask}.
   *
   * @throws {SimulationError} when the run failed
   */
  run(untilMs: number): void {
    this.#drain();
    this.#finishStep();
    while (this.#heap.length > 0 && this.#heap[0]!.atMs <= untilMs) {
      const entry = this.#pop();
      if (entry.cancelled || (entry.life && !entry.life.alive)) continue;
      this.nowMs = entry.atMs;
      this.current = entry.life;
      this.steps++;
      entry.fn();
      this.#drain();
      this.#finishStep();
      this.current = null;
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** {@linkcode Kernel.run}, started where it may be: in a macrotask of its own. */
  runFromMacrotask(untilMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      realSetTimeout(() => {
        try {
          this.run(untilMs);
          // What leaked into the real event loop shows in its next turns.
          realSetTimeout(resolve, 0);
        } catch (error) {
          reject(error);
        }
      }, 0);
    });
  }

  /** What went wrong after the last step. @throws {SimulationError} */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure;
  }

  #finishStep(): void {
    for (let fn = this.#dying.shift(); fn; fn = this.#dying.shift()) {
      fn();
      this.#drain();
    }
    this.throwIfFailed();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    heap.push(entry);
    for (let i = heap.length - 1; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!before(heap[i]!, heap[parent]!)) break;
      [heap[i], heap[parent]] = [heap[parent]!, heap[i]!];
      i = parent;
    }
  }

  #pop(): Entry {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      for (let i = 0;;) {
        const left = 2 * i + 1;
        if (left >= heap.length) break;
        const right = left + 1;
        const child = right < heap.length && before(heap[right]!, heap[left]!)
          ? right
          : left;
        if (!before(heap[child]!, heap[i]!)) break;
        [heap[i], heap[child]] = [heap[child]!, heap[i]!];
        i = child;
      }
    }
    return top;
  }
}

/** The real one, kept before the traps take it away. */
const realSetTimeout = globalThis.setTimeout;

function before(a: Entry, b: Entry): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs;
  if (a.tie !== b.tie) return a.tie < b.tie;
  return a.sequence < b.sequence;
}
