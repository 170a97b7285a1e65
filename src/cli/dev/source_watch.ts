/**
 * Tells when a source has changed: its file, or one that it imports.
 *
 * @module
 */
import { dirname } from "node:path";
import { encodeHex } from "../../base/bytes.ts";
import type { Host } from "../../base/host.ts";
import { filesOf } from "../build/deno_tool.ts";
import { sourceKind } from "../build/product.ts";

/** Editors write in several steps. */
const SETTLE_MS = 15;

/** Watches the folders of the source's files: editors put a new file in the place of the old one. */
export class SourceWatch implements Disposable {
  readonly #host: Host;
  readonly #path: string;
  #files: readonly string[] = [];
  #state = "";
  readonly #watchers = new Map<string, Disposable>();
  #wake: (() => void) | undefined;
  #rung = false;

  /** @param path absolute */
  constructor(host: Host, path: string) {
    this.#host = host;
    this.#path = path;
  }

  /** Reads which files there are, and what they say now. Call it before what is built of them. */
  async look(): Promise<void> {
    this.#rung = false;
    const files = sourceKind(this.#path) === "script"
      ? await filesOf(this.#host, this.#path)
      : [this.#path];
    // Those from before stay: while a file has an error nobody knows what it imports.
    this.#files = [...new Set([...this.#files, ...files])];
    for (const folder of new Set(this.#files.map((file) => dirname(file)))) {
      if (this.#watchers.has(folder)) continue;
      const watcher = this.#host.disk.watch(folder, () => this.#ring());
      this.#watchers.set(folder, watcher);
    }
    this.#state = await this.#read();
  }

  /** Resolves when what the files say is something else. @throws the signal's reason */
  async changed(signal: AbortSignal): Promise<void> {
    while (true) {
      signal.throwIfAborted();
      if (this.#rung) {
        this.#rung = false;
        await this.#host.clock.sleep(SETTLE_MS, signal);
        if (await this.#read() !== this.#state) return;
        continue;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers.values()) watcher[Symbol.dispose]();
    this.#watchers.clear();
  }

  #ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** What the files say, in short. */
  async #read(): Promise<string> {
    const digests = await Promise.all(
      this.#files.map((file) =>
        this.#host.disk.read(file).then(
          (content) => encodeHex(this.#host.crypto.sha256(content)),
          () => "gone",
        )
      ),
    );
    return digests.join(" ");
  }
}
