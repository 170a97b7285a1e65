/**
 * A node on its own.
 *
 * @module
 */
import { Stopped } from "../../src/base/errors.ts";
import type { Transport } from "../../src/client/client.ts";
import type { Uplink } from "./uplink.ts";

/** There is no API: whoever asks it waits. */
export class NoUplink implements Uplink {
  readonly isUp = false;
  readonly isAlone = true;
  readonly #over = Promise.withResolvers<never>();

  constructor() {
    this.#over.promise.catch(() => {}); // whoever waits sees it
  }

  get transport(): Transport {
    return {
      fetch: async ({ signal }) => {
        signal.throwIfAborted();
        const given = Promise.withResolvers<never>();
        const onAbort = () => given.reject(signal.reason);
        signal.addEventListener("abort", onAbort, { once: true });
        try {
          return await Promise.race([given.promise, this.#over.promise]);
        } finally {
          signal.removeEventListener("abort", onAbort);
        }
      },
    };
  }

  state(): Record<string, unknown> {
    return { up: false, alone: true };
  }

  async run(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    if (!signal.aborted) await promise;
    this.#over.reject(new Stopped("The agent stops"));
  }
}
