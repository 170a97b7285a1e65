/**
 * Lets few commands start in a container at once.
 *
 * containerd's shim takes notice of ended processes one after the other, and of none while a command starts. With more than 32 of them waiting it
 * needs a second for each (containerd 1.6): thirty commands at once took it half a minute, a few at a time one second.
 *
 * @module
 */
import type { Clock } from "../../../src/base/host.ts";

/** How many start at once. */
const PLACES = 6;

/** How long a start takes at most, as far as anybody can tell: the runtime does not say when a command runs. */
const START_MS = 250;

/** The gate of one container. */
export class StartGate {
  readonly #clock: Clock;
  #free = PLACES;
  readonly #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs a command as soon as there is a place for its start; the place is free again when the start must be over, or the command is. */
  async run<T>(command: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    };
    const timer = this.#clock.after(START_MS, leave);
    try {
      return await command();
    } finally {
      timer.cancel();
      leave();
    }
  }
}
