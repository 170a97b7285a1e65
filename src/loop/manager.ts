/**
 * {@linkcode Manager}: starts informers, then controllers, and stops them in reverse.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { KubeObject, Resource } from "../api/kind.ts";
import type { Client } from "../client/client.ts";
import { type InformerOptions, ResourceInformer } from "../client/informer.ts";
import type { Controller } from "./controller.ts";

/** Something that runs until told to stop. */
export interface Runnable {
  /** Constant, for logs. */
  readonly name: string;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Owns the informers that controllers share and the controllers themselves. Controllers start once all informers have their first list, so that
 * none acts on half a picture; they stop first, then the informers.
 */
export class Manager implements AsyncDisposable {
  readonly #host: Host;
  readonly #client: Client;
  readonly #informers = new Map<string, ResourceInformer<KubeObject>>();
  readonly #controllers: Controller[] = [];
  readonly #runnables: Runnable[] = [];
  readonly #stopControllers = new AbortController();
  readonly #stopInformers = new AbortController();
  #informerRuns: Promise<void>[] = [];
  #controllerRuns: Promise<void>[] = [];

  /** Nothing runs until it is asked to. */
  constructor(host: Host, client: Client) {
    this.#host = host;
    this.#client = client;
  }

  /**
   * The shared informer of a resource (or of what selectors and namespace leave of it), made by the first call. Options count then; whoever needs some asks through the one function
   * that names them (`shared_informers.ts`).
   *
   * @throws {RangeError} when a later call wants an index that the informer was made without
   */
  informer<T extends KubeObject>(
    resource: Resource<T>,
    options: InformerOptions<T> = {},
  ): ResourceInformer<T> {
    const key = [
      `${resource.plural}${resource.group === "" ? "" : `.${resource.group}`}`,
      options.namespace,
      options.labelSelector,
      options.fieldSelector,
    ].filter((part) => part !== undefined).join(" ");
    const shared = this.#informers.get(key) as unknown as
      | ResourceInformer<T>
      | undefined;
    if (shared !== undefined) {
      for (const index of Object.keys(options.indexes ?? {})) {
        if (!shared.hasIndex(index)) {
          throw new RangeError(
            `Cannot share the informer of "${key}": it has no index "${index}"`,
          );
        }
      }
      return shared;
    }
    const informer = new ResourceInformer(
      this.#host,
      this.#client,
      resource,
      options,
    );
    this.#informers.set(
      key,
      informer as unknown as ResourceInformer<KubeObject>,
    );
    return informer;
  }

  /** Adds a controller; call it before {@linkcode Manager.start}. */
  add(controller: Controller): void {
    this.#controllers.push(controller);
  }

  /** Adds something else that runs as long as the controllers do. */
  addRunnable(runnable: Runnable): void {
    this.#runnables.push(runnable);
  }

  /** Starts all; resolves when the informers are synced and the controllers run. @throws the signal's reason when it aborts first */
  async start(signal?: AbortSignal): Promise<void> {
    const informers = [...this.#informers.values()];
    this.#informerRuns = informers.map((informer) =>
      this.#spawn("informer", () => informer.run(this.#stopInformers.signal))
    );
    await Promise.all(informers.map((informer) => informer.synced(signal)));
    this.#controllerRuns = [...this.#controllers, ...this.#runnables].map(
      (runnable) =>
        this.#spawn(
          runnable.name,
          () => runnable.run(this.#stopControllers.signal),
        ),
    );
  }

  /** Queue lengths by controller, and the sizes of caches by resource. */
  stats(): Record<string, unknown> {
    return {
      controllers: Object.fromEntries(
        this.#controllers.map((controller) => [
          controller.name,
          controller.stats(),
        ]),
      ),
      informers: Object.fromEntries(
        [...this.#informers].map(([key, informer]) => [key, {
          objects: informer.size,
          lists: informer.listCount,
          resourceVersion: informer.resourceVersion,
        }]),
      ),
    };
  }

  /** Stops the controllers, waits for them, then stops the informers. */
  async [Symbol.asyncDispose](): Promise<void> {
    const reason = new DOMException("The manager stops", "AbortError");
    this.#stopControllers.abort(reason);
    await Promise.all(this.#controllerRuns);
    this.#stopInformers.abort(reason);
    await Promise.all(this.#informerRuns);
  }

  /** Runs a task under the host's eye; the answer resolves when it ended, however. */
  #spawn(name: string, task: () => Promise<void>): Promise<void> {
    const ended = Promise.withResolvers<void>();
    this.#host.spawn(name, async () => {
      try {
        await task();
      } finally {
        ended.resolve();
      }
    });
    return ended.promise;
  }
}
