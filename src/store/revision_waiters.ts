/**
 * Those who wait for a revision.
 *
 * @module
 */
import { type Revision, StoreClosedError } from "./store.ts";

interface Waiter {
  readonly revision: Revision;
  resolve(): void;
  reject(reason: unknown): void;
}

/** See the module. */
export class RevisionWaiters {
  readonly #waiters = new Set<Waiter>();
  #closed = false;

  /** Resolves when a revision is reached. @throws the signal's reason; {@linkcode StoreClosedError} */
  wait(
    revision: Revision,
    options: { now: Revision; signal?: AbortSignal },
  ): Promise<void> {
    const { now, signal } = options;
    if (now >= revision) return Promise.resolve();
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        end();
        reject(signal!.reason);
      };
      const waiter: Waiter = {
        revision,
        resolve: () => (end(), resolve()),
        reject: (reason) => (end(), reject(reason)),
      };
      signal?.addEventListener("abort", onAbort);
      this.#waiters.add(waiter);
    });
  }

  /** Tells those who waited for a revision or an earlier one. */
  reached(revision: Revision): void {
    for (const waiter of [...this.#waiters]) {
      if (waiter.revision <= revision) waiter.resolve();
    }
  }

  /** Ends all waits. */
  close(): void {
    this.#closed = true;
    for (const waiter of [...this.#waiters]) waiter.reject(closedError());
  }
}

function closedError(): StoreClosedError {
  return new StoreClosedError("The store is closed");
}
