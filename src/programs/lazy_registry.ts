/**
 * The registry of images, opened by the first request for it: a server that nobody asks for images pays nothing.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { ImageRegistry } from "../apiserver/image_registry.ts";
import { type Host, HostError } from "../base/host.ts";
import { serviceUnavailable } from "../api/status.ts";
import type { Registry } from "../addons/registry/registry.ts";

/** Where and how images are kept. */
export interface ImageOptions {
  /** The folder. Made when it is first needed. */
  readonly dir: string;
  /** Whether contents are files of the folder, or rows of the KV that is in it as for servers without a disk. @default "files" */
  readonly contents?: "files" | "kv";
  /** Most bytes of contents. @default as many as the disk has */
  readonly quotaBytes?: number;
}

/** In the KV of the registry. */
const INDEX_PREFIX = ["registry", "index"];
const CONTENTS_PREFIX = ["registry", "contents"];

/** See the module. */
export class LazyRegistry implements ImageRegistry, AsyncDisposable {
  readonly #host: Host;
  readonly #options: ImageOptions;
  readonly #resources = new AsyncDisposableStack();
  #opening: Promise<Registry> | undefined;
  #opened: Registry | undefined;

  constructor(host: Host, options: ImageOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Opens the registry if need be, and asks it. */
  async answer(
    asked: Parameters<ImageRegistry["answer"]>[0],
  ): Promise<Response> {
    const registry = this.#opened ?? await this.#ready();
    return await registry.answer(asked);
  }

  /** Figures for `/debug/state`; nothing before the first request. */
  stats(): Record<string, unknown> {
    return this.#opened === undefined ? {} : { images: this.#opened.stats() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opening?.catch(() => {});
    await this.#resources.disposeAsync();
  }

  async #ready(): Promise<Registry> {
    if (this.#resources.disposed) {
      throw serviceUnavailable("The server is shutting down");
    }
    this.#opening ??= this.#open();
    try {
      return this.#opened = await this.#opening;
    } catch (error) {
      // The next request tries again.
      this.#opening = undefined;
      if (!(error instanceof HostError)) throw error;
      this.#host.log("error", "Registry cannot be opened", {
        dir: this.#options.dir,
        error: error.message,
      });
      throw serviceUnavailable("The registry cannot be opened");
    }
  }

  async #open(): Promise<Registry> {
    const host = this.#host;
    const { dir, contents = "files", quotaBytes } = this.#options;
    const { Registry } = await import("../addons/registry/registry.ts");
    await using stack = new AsyncDisposableStack();
    if (contents === "kv") await host.disk.mkdir(dir, { mode: 0o700 });
    else await host.disk.mkdir(dirname(dir), { mode: 0o700 });
    const files = contents === "kv"
      ? undefined
      : await (await import("../addons/registry/disk_blob_store.ts"))
        .DiskBlobStore.open(host, dir);
    stack.use(await host.disk.lock(join(dir, "lock")));
    const path = join(dir, "index.sqlite3");
    // Nobody else may read what the database makes: it takes the mode of what is there.
    {
      await using _made = await host.disk.openAppend(path, { mode: 0o600 });
    }
    const kv = stack.adopt(await host.openKv(path), (open) => open.close());
    const store = files ??
      await (await import("../store/kv_blob_store.ts")).KvBlobStore.open(host, {
        kv,
        prefix: CONTENTS_PREFIX,
      });
    const registry = stack.use(
      await Registry.open(host, {
        store,
        kv,
        prefix: INDEX_PREFIX,
        ...quotaBytes !== undefined && { quotaBytes },
      }),
    );
    this.#resources.use(stack.move());
    return registry;
  }
}
