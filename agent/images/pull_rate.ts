/**
 * How fast images may come.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";

/** How much may come at once after a rest, in seconds of the rate. */
const BURST_SECONDS = 1;

/** Shared by all pulls of a node. */
export class PullRate {
  readonly #clock: Host["clock"];
  readonly #bytesPerSecond: number | undefined;
  /** When all that was taken is paid for, by the monotonic clock. */
  #paidMs = -Infinity;

  /** @param bytesPerSecond no bound when absent @throws {RangeError} for a rate that is none */
  constructor(host: Pick<Host, "clock">, bytesPerSecond?: number) {
    if (bytesPerSecond !== undefined && !(bytesPerSecond >= 1)) {
      throw new RangeError(
        `Cannot pull at ${bytesPerSecond} bytes per second: must be 1 or more`,
      );
    }
    this.#clock = host.clock;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Resolves when so many bytes that came fit. @throws the signal's reason */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    if (this.#bytesPerSecond === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    this.#paidMs = Math.max(this.#paidMs, nowMs - BURST_SECONDS * 1000) +
      bytes * 1000 / this.#bytesPerSecond;
    const waitMs = this.#paidMs - nowMs;
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
  }
}
