/**
 * The machine's own time.
 *
 * @module
 */
import type { Clock, Timer } from "../host.ts";

/** The longest delay that `setTimeout` knows; a longer one would fire at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The real {@linkcode Clock}. */
export class RealClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        timer.cancel();
        reject(signal?.reason);
      };
      const timer = start(ms, { keepAlive: true }, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  after(ms: number, fn: () => void): Timer {
    return start(ms, { keepAlive: false }, fn);
  }

  timeout(ms: number): AbortSignal {
    return AbortSignal.timeout(
      Math.min(Math.max(0, Math.ceil(ms)), MAX_DELAY_MS),
    );
  }
}

/** Starts a timer of any length, in steps that `setTimeout` can do. */
function start(
  ms: number,
  options: { keepAlive: boolean },
  fn: () => void,
): Timer {
  const endMs = performance.now() + ms;
  let id: ReturnType<typeof setTimeout> | undefined;
  const arm = (leftMs: number) => {
    const stepMs = Math.min(leftMs, MAX_DELAY_MS);
    id = setTimeout(() => {
      if (stepMs < leftMs) return arm(Math.max(0, endMs - performance.now()));
      id = undefined;
      fn();
    }, stepMs);
    if (!options.keepAlive) id.unref();
  };
  arm(Math.max(0, ms));
  return {
    cancel() {
      clearTimeout(id);
    },
  };
}
