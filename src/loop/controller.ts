/**
 * {@linkcode Controller}: a reconciler, what wakes it, and its workers.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { KubeObject } from "../api/kind.ts";
import { hasStatusCode } from "../client/response_error.ts";
import type { Change, Informer } from "../client/client.ts";
import { WorkQueue, type WorkQueueStats } from "./work_queue.ts";
import type { ItemBackoff } from "./item_backoff.ts";
import type { Reconciler } from "./reconciler.ts";

/** Which keys a change concerns. */
export type KeysOf<T> = (change: Change<T>) => Iterable<string>;

/** Options of {@linkcode Controller}. */
export interface ControllerOptions {
  /** How many keys may be in work at once. @default 4 */
  readonly concurrency?: number;
  /** Waits after failures. @default 5 ms doubling to 1,000 s */
  readonly backoff?: ItemBackoff;
}

/** Feeds a {@linkcode Reconciler} with the keys that changes of informers concern. Idle, it waits without a timer. */
export class Controller {
  /** For adding keys that no informer tells of. */
  readonly queue: WorkQueue;
  readonly #host: Host;
  readonly #reconciler: Reconciler;
  readonly #concurrency: number;
  readonly #watches: (() => Disposable)[] = [];

  /** Nothing runs until it is asked to. @throws {RangeError} when `concurrency` is not a positive integer */
  constructor(
    host: Host,
    reconciler: Reconciler,
    options: ControllerOptions = {},
  ) {
    const { concurrency = 4 } = options;
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new RangeError(
        `Cannot run controller "${reconciler.name}": concurrency must be a positive integer: ${concurrency}`,
      );
    }
    this.#host = host;
    this.#reconciler = reconciler;
    this.#concurrency = concurrency;
    this.queue = new WorkQueue(
      host,
      options.backoff === undefined ? {} : { backoff: options.backoff },
    );
  }

  /** The reconciler's name. */
  get name(): string {
    return this.#reconciler.name;
  }

  /** Adds the keys of each change of an informer; by default the key of the changed object. Call it before {@linkcode Controller.run}. */
  watch<T extends KubeObject>(
    informer: Informer<T>,
    keysOf: KeysOf<T> = ({ key }) => [key],
  ): this {
    this.#watches.push(() =>
      informer.onChange((change) => {
        for (const key of keysOf(change)) this.queue.add(key);
      })
    );
    return this;
  }

  /** Reconciles until the signal aborts; resolves when all workers have ended. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    using stack = new DisposableStack();
    stack.use(this.queue);
    for (const watch of this.#watches) stack.use(watch());
    const onAbort = () => this.queue[Symbol.dispose]();
    signal.addEventListener("abort", onAbort, { once: true });
    stack.defer(() => signal.removeEventListener("abort", onAbort));
    await Promise.all(
      Array.from({ length: this.#concurrency }, () => this.#work(signal)),
    );
  }

  /** Figures of the moment. */
  stats(): WorkQueueStats {
    return this.queue.stats();
  }

  async #work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const key = await this.queue.take();
      if (key === undefined) return;
      try {
        const result = await this.#reconciler.reconcile(key, signal);
        this.queue.forget(key);
        if (result?.requeueAfterMs !== undefined) {
          this.queue.addAfter(key, result.requeueAfterMs);
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#logFailure(key, error);
        this.queue.retry(key);
      } finally {
        this.queue.done(key);
      }
    }
  }

  #logFailure(key: string, error: unknown): void {
    // A conflict is the ordinary way to learn that the cache is behind; anything else deserves a look.
    this.#host.log(
      hasStatusCode(error, 409) ? "debug" : "warn",
      "Reconcile failed, will try again",
      {
        controller: this.name,
        key,
        failures: this.queue.failures(key) + 1,
        error,
      },
    );
  }
}
