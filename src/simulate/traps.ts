/**
 * Makes ambient use of time, randomness and threads loud while a simulation runs, inside libraries too.
 *
 * `Date` answers virtual time; what cannot be simulated fails the run, naming the call.
 *
 * @module
 */
import type { Kernel } from "./kernel.ts";

/** Virtual time at the start of a run: 2026-01-01T00:00:00Z. */
export const EPOCH_MS = 1_767_225_600_000;

/**
 * Arms the traps.
 *
 * @param clock wall-clock time of the machine whose step is running
 * @returns puts everything back when disposed
 */
export function armTraps(kernel: Kernel, clock: () => number): Disposable {
  const undo: (() => void)[] = [];
  const replace = (target: object, name: string, value: unknown) => {
    const before = Object.getOwnPropertyDescriptor(target, name);
    Object.defineProperty(target, name, {
      value,
      configurable: true,
      writable: true,
    });
    undo.push(() => {
      if (before) Object.defineProperty(target, name, before);
      else delete (target as Record<string, unknown>)[name];
    });
  };
  const forbid = (target: object, path: string) => {
    const name = path.split(".").at(-1)!;
    replace(target, name, () => {
      const error = new Error(`Ambient call of ${path} inside a simulation`);
      kernel.fail(error.message, error);
      throw error;
    });
  };
  const RealDate = Date;
  replace(
    globalThis,
    "Date",
    new Proxy(RealDate, {
      construct: (target, args) =>
        args.length === 0
          ? new target(clock())
          : Reflect.construct(target, args),
      apply: () => new RealDate(clock()).toString(),
      get: (target, name) => name === "now" ? clock : Reflect.get(target, name),
    }),
  );
  for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) {
    forbid(globalThis, name);
  }
  forbid(Math, "Math.random");
  forbid(AbortSignal, "AbortSignal.timeout");
  replace(performance, "now", () => kernel.nowMs);
  for (
    const name of [
      "digest",
      "sign",
      "verify",
      "encrypt",
      "decrypt",
      "generateKey",
      "exportKey",
      "importKey",
      "deriveBits",
    ]
  ) {
    forbid(crypto.subtle, `crypto.subtle.${name}`);
  }
  forbid(crypto, "crypto.randomUUID");
  forbid(crypto, "crypto.getRandomValues");
  // Told by the event loop after the last step only; nobody has caught it by then.
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    kernel.fail("A promise was rejected and nobody caught it", event.reason);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  return {
    [Symbol.dispose]() {
      globalThis.removeEventListener("unhandledrejection", onRejection);
      for (const restore of undo.reverse()) restore();
    },
  };
}
