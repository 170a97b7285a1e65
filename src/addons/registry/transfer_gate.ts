/**
 * How many contents move at once. They move at the client's pace, so that they must not take the places of other requests; yet each costs memory and a file.
 *
 * @module
 */
import type { Clock } from "../../base/host.ts";
import { RegistryError } from "./registry_error.ts";

/** How transfers are bounded. */
export interface TransferLimits {
  /** At once, over all. */
  readonly total: number;
  /** At once, of one user: the others get through. */
  readonly perUser: number;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** How long one waits at most, in milliseconds. */
  readonly longestWaitMs: number;
}

/** Enough for a line to be full; what waits is served in order. */
export const TRANSFER_LIMITS: TransferLimits = {
  total: 96,
  perUser: 48,
  waiting: 1_000,
  longestWaitMs: 30_000,
};

/** When a refused client may come back, in seconds. */
const RETRY_AFTER_SECONDS = 5;

interface Waiting {
  readonly user: string;
  start(): void;
}

/** See the module. */
export class TransferGate {
  readonly #clock: Clock;
  readonly #limits: TransferLimits;
  readonly #running = new Map<string, number>();
  readonly #queue = new Set<Waiting>();
  #total = 0;

  constructor(clock: Clock, limits: TransferLimits = TRANSFER_LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Figures for `/debug/state`. */
  get figures(): { running: number; waiting: number } {
    return { running: this.#total, waiting: this.#queue.size };
  }

  /** Waits for a place. @returns gives it back @throws {RegistryError} TOOMANYREQUESTS */
  async enter(user: string): Promise<() => void> {
    if (!this.#hasPlace(user)) await this.#wait(user);
    else this.#take(user);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#leave(user);
    };
  }

  async #wait(user: string): Promise<void> {
    if (this.#queue.size >= this.#limits.waiting) throw refusal();
    const turn = Promise.withResolvers<void>();
    const waiting: Waiting = {
      user,
      start: () => {
        timer.cancel();
        this.#queue.delete(waiting);
        this.#take(user);
        turn.resolve();
      },
    };
    const timer = this.#clock.after(this.#limits.longestWaitMs, () => {
      this.#queue.delete(waiting);
      turn.reject(refusal());
    });
    this.#queue.add(waiting);
    await turn.promise;
  }

  #hasPlace(user: string): boolean {
    return this.#total < this.#limits.total &&
      (this.#running.get(user) ?? 0) < this.#limits.perUser;
  }

  #take(user: string): void {
    this.#total++;
    this.#running.set(user, (this.#running.get(user) ?? 0) + 1);
  }

  #leave(user: string): void {
    this.#total--;
    const left = this.#running.get(user)! - 1;
    if (left > 0) this.#running.set(user, left);
    else this.#running.delete(user);
    for (const waiting of this.#queue) {
      if (this.#total >= this.#limits.total) return;
      if (this.#hasPlace(waiting.user)) waiting.start();
    }
  }
}

function refusal(): RegistryError {
  return new RegistryError(
    "TOOMANYREQUESTS",
    "Too many contents are on their way, try again later",
    { headers: { "retry-after": String(RETRY_AFTER_SECONDS) } },
  );
}
