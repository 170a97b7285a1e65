/**
 * The wish to end the demo, from its first moment on.
 *
 * @module
 */
import process from "node:process";

/** How long further signals count as the first one: `deno task` passes the terminal's Ctrl-C on, so that it comes twice. */
const SAME_PRESS_MS = 1_000;

/** Why work was given up: the reader pressed Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor() {
    super("Interrupted");
  }
}

/** Aborts with {@linkcode Interrupted} at Ctrl-C, SIGTERM, or when the terminal is closed; a second Ctrl-C ends the program at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(name, () => {
      if (first === undefined) {
        first = performance.now();
        controller.abort(new Interrupted());
      } else if (
        name !== "SIGHUP" && performance.now() - first > SAME_PRESS_MS
      ) {
        process.exit(130);
      }
    });
  }
  return controller.signal;
}

/** The work's result. @throws {Interrupted} as soon as the signal says so; the work then goes on unheard */
export async function unlessInterrupted<T>(
  work: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  work.catch(() => {}); // heard below, unless the interruption came first
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    signal.throwIfAborted();
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
