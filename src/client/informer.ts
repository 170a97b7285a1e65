/**
 * {@linkcode ResourceInformer}: LIST once, then WATCH for ever.
 *
 * @module
 */
import { type Host, HostError } from "../base/host.ts";
import type { KubeObject, Resource } from "../api/kind.ts";
import { hasStatusCode } from "./response_error.ts";
import { ReconnectBackoff } from "./reconnect_backoff.ts";
import type { Change, Client, Informer, ListQuery } from "./client.ts";
import { type IndexFunction, ObjectCache } from "./object_cache.ts";
import { keyOf } from "./paths.ts";

/** A watch that ends sooner than this without an event counts as a failure, so that a broken server is not asked in a tight loop. */
const SHORT_WATCH_MS = 1_000;

/** Options of {@linkcode ResourceInformer}. */
export interface InformerOptions<T extends KubeObject>
  extends Omit<ListQuery, "limit" | "signal"> {
  /** Indexes by name, for {@linkcode Informer.byIndex}. */
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** Makes what is kept of each object (leaves out what nobody reads, to save memory). Called once per version. */
  readonly transform?: (object: T) => T;
  /** Starts from what is known already (a checkpoint): synced at once, and watching from there without a list. */
  readonly from?: {
    readonly items: readonly T[];
    readonly resourceVersion: string;
  };
}

/**
 * {@linkcode Informer} of one resource.
 *
 * When a watch ends, the next one resumes from the last resource version seen; a list is read again only when the server says that this version
 * is gone (410) or unknown, and then the difference to what was held is reported as changes.
 */
export class ResourceInformer<T extends KubeObject> implements Informer<T> {
  readonly #host: Host;
  readonly #client: Client;
  readonly #resource: Resource<T>;
  readonly #options: InformerOptions<T>;
  readonly #cache: ObjectCache<T>;
  readonly #handlers = new Set<(change: Change<T>) => void>();
  readonly #synced = Promise.withResolvers<void>();
  #resourceVersion: string | undefined;
  #hasSynced = false;
  #lists = 0;

  /** Nothing runs until it is asked to. */
  constructor(
    host: Host,
    client: Client,
    resource: Resource<T>,
    options: InformerOptions<T> = {},
  ) {
    this.#host = host;
    this.#client = client;
    this.#resource = resource;
    this.#options = options;
    this.#cache = new ObjectCache(options.indexes);
    if (options.from !== undefined) {
      for (const item of options.from.items) {
        this.#cache.set(keyOf(item), item);
      }
      this.#resourceVersion = options.from.resourceVersion;
      this.#markSynced();
    }
  }

  /** The last resource version seen; every change up to it is in. Absent before the first list. */
  get resourceVersion(): string | undefined {
    return this.#resourceVersion;
  }

  /** Whether the first list is in. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** How often a list was read: 1 in a good life. */
  get listCount(): number {
    return this.#lists;
  }

  /** Whether an index was declared. */
  hasIndex(name: string): boolean {
    return this.#options.indexes?.[name] !== undefined;
  }

  /** How many objects it holds. */
  get size(): number {
    return this.#cache.size;
  }

  get(key: string): T | undefined {
    return this.#cache.get(key);
  }

  /** All objects held. */
  list(): readonly T[] {
    return this.#cache.list();
  }

  byIndex(index: string, value: string): readonly T[] {
    return this.#cache.byIndex(index, value);
  }

  onChange(handler: (change: Change<T>) => void): Disposable {
    // A wrapper, so that the same function may be registered twice and each registration is ended alone.
    const registered = (change: Change<T>) => handler(change);
    this.#handlers.add(registered);
    for (const [key, object] of this.#entries()) registered({ key, object });
    return { [Symbol.dispose]: () => this.#handlers.delete(registered) };
  }

  async synced(signal?: AbortSignal): Promise<void> {
    if (signal === undefined) return await this.#synced.promise;
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([this.#synced.promise, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const backoff = new ReconnectBackoff(this.#host);
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#relist(signal);
        if (await this.#follow(signal, backoff)) continue;
      } catch (error) {
        if (signal.aborted) return;
        if (isExpired(error)) {
          // Forget the version, not the objects: they stay readable until the list says what changed meanwhile.
          this.#resourceVersion = undefined;
        }
        this.#host.log("debug", "Watch failed, will try again", {
          resource: this.#resource.plural,
          error,
        });
      }
      try {
        await this.#host.clock.sleep(backoff.nextMs(), signal);
      } catch {
        return; // aborted
      }
    }
  }

  /** Watches until the server ends it; answers whether it lasted or brought something, so that the next may follow at once. */
  async #follow(
    signal: AbortSignal,
    backoff: ReconnectBackoff,
  ): Promise<boolean> {
    const startedMs = this.#host.clock.monotonicMs();
    const lasted = () =>
      this.#host.clock.monotonicMs() - startedMs >= SHORT_WATCH_MS;
    let fruitful = false;
    try {
      const watch = this.#client.watch(this.#resource, {
        ...this.#query(),
        resourceVersion: this.#resourceVersion!,
        allowBookmarks: true,
        signal,
      });
      for await (const { type, object } of watch) {
        if (!fruitful) {
          fruitful = true;
          backoff.reset();
        }
        if (type === "DELETED") this.#remove(keyOf(object));
        else if (type !== "BOOKMARK") this.#store(object);
        // After the change, so that whoever reads the version finds its change in.
        this.#resourceVersion = object.metadata.resourceVersion ??
          this.#resourceVersion;
      }
    } catch (error) {
      // A watch that stood for a while and then broke is a new trouble; a server that takes long to be out of reach is the old one.
      if (lasted() && !isUnreachable(error)) backoff.reset();
      throw error;
    }
    if (lasted()) backoff.reset();
    return fruitful || lasted();
  }

  async #relist(signal: AbortSignal): Promise<void> {
    const list = await this.#client.list(this.#resource, {
      ...this.#query(),
      signal,
    });
    this.#lists++;
    const gone = new Set(this.#cache.keys());
    // The version first: handlers that compare with it must not find an older one than their change.
    this.#resourceVersion = list.resourceVersion;
    for (const item of list.items) {
      const key = keyOf(item);
      gone.delete(key);
      const held = this.#cache.get(key);
      if (
        held === undefined ||
        held.metadata.resourceVersion !== item.metadata.resourceVersion ||
        held.metadata.uid !== item.metadata.uid
      ) this.#store(item);
    }
    for (const key of gone) this.#remove(key);
    this.#markSynced();
  }

  #store(received: T): void {
    const object = this.#options.transform?.(received) ?? received;
    const key = keyOf(object);
    const previous = this.#cache.set(key, object);
    this.#notify(
      previous === undefined ? { key, object } : { key, object, previous },
    );
  }

  #remove(key: string): void {
    const previous = this.#cache.delete(key);
    if (previous !== undefined) this.#notify({ key, previous });
  }

  #notify(change: Change<T>): void {
    for (const handler of this.#handlers) {
      try {
        handler(change);
      } catch (error) {
        // One reader's defect must not cut the others off from the news.
        this.#host.log("error", "Informer handler failed", {
          resource: this.#resource.plural,
          key: change.key,
          error,
        });
      }
    }
  }

  *#entries(): Iterable<[string, T]> {
    for (const object of this.#cache.list()) yield [keyOf(object), object];
  }

  #query(): Omit<ListQuery, "limit" | "signal"> {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return {
      ...namespace === undefined ? {} : { namespace },
      ...labelSelector === undefined ? {} : { labelSelector },
      ...fieldSelector === undefined ? {} : { fieldSelector },
    };
  }

  #markSynced(): void {
    this.#hasSynced = true;
    this.#synced.resolve();
  }
}

/** Whether the server no longer knows (410), or does not know yet (504, after a restore), the version we hold. */
function isExpired(error: unknown): boolean {
  return hasStatusCode(error, 410) || hasStatusCode(error, 504);
}

function isUnreachable(error: unknown): boolean {
  return error instanceof HostError && error.code !== "closed";
}
