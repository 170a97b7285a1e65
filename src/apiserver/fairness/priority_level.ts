/**
 * One priority level: how many of its requests run at once, and who is next when more want to.
 *
 * Requests of the same flow (a user, or a namespace) wait in the same few queues, which are served in turn. So a client that sends ten thousand requests
 * waits for itself, and one that sends a single request does not wait for the ten thousand.
 *
 * Two things are bounded. Seats: requests that have begun and not been answered; what they wait for is mostly the disk. Starts in one turn of the event
 * loop: most requests are answered without waiting for anything, so that they never hold a seat while another one asks for it, and yet a thousand that
 * arrive together keep everybody else away from the processor.
 *
 * @see {@link https://kubernetes.io/docs/concepts/cluster-administration/flow-control/}
 * @module
 */
import type { Clock } from "../../base/host.ts";
import { tooManyRequests } from "../../api/status.ts";
import { handOf } from "./shuffle_shard.ts";

/** Requests of a level that begin in one turn of the event loop. */
export const STARTS_PER_TURN = 16;
/** How long a request waits for its turn at most, in milliseconds. */
export const LONGEST_WAIT_MS = 15_000;
/** When a refused client may come back, in seconds. */
const RETRY_AFTER_SECONDS = 1;

/** How a level is bounded. */
export interface LevelBounds {
  /** Requests that run at once. */
  readonly seats: number;
  /** Absent: what finds no seat is refused. */
  readonly queuing?: {
    /** How many queues there are. */
    readonly queues: number;
    /** In how many of them a flow's requests may wait. */
    readonly handSize: number;
    /** How many requests wait in one. */
    readonly lengthLimit: number;
  };
}

/** Gives a seat back. */
export type Release = () => void;

interface Waiting {
  readonly since: number;
  start(release: Release): void;
  refuse(why: unknown): void;
}

/** See the module. */
export class PriorityLevel {
  readonly #clock: Clock;
  #bounds: LevelBounds;
  /** Queues by number; only those in which somebody waits. Insertion order is the order of turns. */
  readonly #queues = new Map<number, Waiting[]>();
  #running = 0;
  #startedNow = 0;
  #turnIsDue = false;
  #refused = 0;

  constructor(clock: Clock, bounds: LevelBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  /** Goes on with other bounds; who waits goes on waiting. */
  set bounds(bounds: LevelBounds) {
    this.#bounds = bounds;
    this.#startNext();
  }

  /** Figures for `/debug/state`. */
  get figures(): { running: number; waiting: number; refused: number } {
    let waiting = 0;
    for (const queue of this.#queues.values()) waiting += queue.length;
    return { running: this.#running, waiting, refused: this.#refused };
  }

  /**
   * Takes a seat, at once or when it is this flow's turn.
   *
   * @throws {ApiError} 429 when too many wait already
   */
  enter(flow: string): Release | Promise<Release> {
    if (this.#queues.size === 0 && this.#mayStart()) return this.#start();
    const { queuing, seats } = this.#bounds;
    if (queuing === undefined) {
      if (this.#running < seats) return this.#start();
      throw this.#refusal();
    }
    const number = this.#shortestOf(handOf(flow, queuing));
    const queue = this.#queues.get(number) ?? [];
    if (queue.length >= queuing.lengthLimit) throw this.#refusal();
    return new Promise<Release>((start, refuse) => {
      queue.push({ since: this.#clock.monotonicMs(), start, refuse });
      this.#queues.set(number, queue);
      this.#awaitTurn();
    });
  }

  #shortestOf(hand: readonly number[]): number {
    const length = (number: number) => this.#queues.get(number)?.length ?? 0;
    return hand.reduce((best, number) =>
      length(number) < length(best) ? number : best
    );
  }

  #mayStart(): boolean {
    return this.#running < this.#bounds.seats &&
      this.#startedNow < STARTS_PER_TURN;
  }

  #start(): Release {
    this.#running++;
    this.#startedNow++;
    this.#awaitTurn();
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#running--;
      this.#startNext();
    };
  }

  /** Once a turn of the event loop is over, others may start. */
  #awaitTurn(): void {
    if (this.#turnIsDue) return;
    this.#turnIsDue = true;
    this.#clock.after(0, () => {
      this.#turnIsDue = false;
      this.#startedNow = 0;
      this.#startNext();
    });
  }

  /** Starts who waits, one of each queue after the other. */
  #startNext(): void {
    while (this.#queues.size > 0 && this.#mayStart()) {
      const [number, queue] = this.#queues.entries().next().value!;
      const next = queue.shift()!;
      // To the end of the order, or away.
      this.#queues.delete(number);
      if (queue.length > 0) this.#queues.set(number, queue);
      if (this.#clock.monotonicMs() - next.since > LONGEST_WAIT_MS) {
        next.refuse(this.#refusal());
      } else {
        next.start(this.#start());
      }
    }
  }

  #refusal(): Error {
    this.#refused++;
    return tooManyRequests(
      "too many requests, please try again later",
      RETRY_AFTER_SECONDS,
    );
  }
}
