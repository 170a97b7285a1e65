/**
 * Runs all microtasks to the end without letting the event loop turn: what a step started and what needs no I/O is then finished.
 *
 * This is the only file that uses Deno's private core; there is no public call that does this synchronously.
 *
 * @module
 */

interface Core {
  runMicrotasks(): void;
  hasTickScheduled(): boolean;
  runNextTicks(): void;
}

/** Makes the drain function. @throws {Error} when this Deno has no such core */
export function makeDrain(): () => void {
  // deno-lint-ignore no-explicit-any
  const deno = Deno as any;
  const core: Core | undefined = deno[deno.internal]?.core;
  if (typeof core?.runMicrotasks !== "function") {
    throw new Error(
      "Cannot simulate: this Deno does not let microtasks be run",
    );
  }
  return () => {
    core.runMicrotasks();
    while (core.hasTickScheduled()) {
      core.runNextTicks();
      core.runMicrotasks();
    }
  };
}
