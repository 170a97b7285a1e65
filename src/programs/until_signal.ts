/**
 * Waiting for the end of a program.
 *
 * @module
 */
import type { Clock } from "../base/host.ts";

/**
 * How long further signals count as the first one, in milliseconds. One Ctrl-C comes twice where `deno task` stands in front: from the terminal and,
 * a millisecond later, passed on by the task runner.
 */
const SAME_PRESS_MS = 1_000;

/** What asks a program to end: Ctrl-C, the service manager, a terminal that is closed. */
const ENDINGS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Resolves with the name of the first signal to end; another one, later than {@linkcode SAME_PRESS_MS}, ends the process at once. */
export function untilSignal(clock: Clock): Promise<typeof ENDINGS[number]> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    for (const name of ENDINGS) {
      Deno.addSignalListener(name, () => {
        if (firstMs === undefined) {
          firstMs = clock.monotonicMs();
          resolve(name);
        } else if (
          name !== "SIGHUP" && clock.monotonicMs() - firstMs > SAME_PRESS_MS
        ) {
          Deno.exit(130);
        }
      });
    }
  });
}
