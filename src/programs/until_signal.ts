/**
 * Waiting for the end of a program.
 *
 * @module
 */

/** Resolves with the name of the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilSignal(): Promise<"SIGINT" | "SIGTERM"> {
  return new Promise((resolve) => {
    let seen = false;
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(name, () => {
        if (seen) Deno.exit(130);
        seen = true;
        resolve(name);
      });
    }
  });
}
