/**
 * How long a failed container or image pull waits for its next try: kubelet's numbers.
 *
 * @module
 */

/** First wait between two restarts, in milliseconds. */
export const INITIAL_BACKOFF_MS = 10_000;
/** Longest wait, in milliseconds. */
export const MAX_BACKOFF_MS = 300_000;
/** A run at least this long, in milliseconds, starts the series anew. */
export const RESET_BACKOFF_MS = 600_000;

/**
 * The series of one container: the first restart comes at once, the second after 10 s, then 20 s, 40 s … 300 s. It begins anew after a container
 * that ended ten minutes or more after its last restart.
 *
 * @see {@link https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy}
 */
export class RestartBackoff {
  #waitMs = 0;
  #lastRestart = 0;

  /** How long after its end a container that ended at `endedAt` (ms since 1970) may start again. 0 is at once. */
  delayMs(endedAt: number): number {
    if (endedAt - this.#lastRestart > RESET_BACKOFF_MS) return 0;
    return this.#waitMs;
  }

  /**
   * What is left at `now` (ms since 1970) of the wait of a container that ended at `endedAt`. Never more than the wait itself: a wall clock that was set
   * back must not hold a container.
   */
  leftMs(now: number, endedAt: number): number {
    const delayMs = this.delayMs(endedAt);
    return Math.min(delayMs, Math.max(0, endedAt + delayMs - now));
  }

  /** Notes a restart at `now` of what ended at `endedAt` (both ms since 1970). */
  restarted(now: number, endedAt: number): void {
    const waited = this.delayMs(endedAt);
    this.#waitMs = waited === 0
      ? INITIAL_BACKOFF_MS
      : Math.min(waited * 2, MAX_BACKOFF_MS);
    this.#lastRestart = now;
  }
}

/** A duration as Go prints it in kubelet's messages: `10s`, `1m20s`, `5m0s`. `ms` is rounded down to seconds. */
export function goDuration(ms: number): string {
  if (ms > 0 && ms < 1000) return `${ms}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = (ms % 60_000) / 1000;
  if (minutes === 0) return `${seconds}s`;
  if (minutes < 60) return `${minutes}m${seconds}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}s`;
}
