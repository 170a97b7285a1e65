/**
 * Components that were built before. Their engine draws on chance while it is filled, so that no two builds are the same: but the same source is to be
 * the same artifact, which is neither pushed nor rolled out again.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";

/** How many are kept: of 13 MB each. */
const KEPT = 8;

/** Components on the disk, by the digest of what they were built of. */
export class BuiltComponents {
  readonly #host: Pick<Host, "disk">;
  readonly #folder: string;

  /** @param cacheFolder `components` is made in it */
  constructor(host: Pick<Host, "disk">, cacheFolder: string) {
    this.#host = host;
    this.#folder = `${cacheFolder}/components`;
  }

  /** What was built of it. */
  async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return await this.#host.disk.read(this.#pathOf(key)).catch(() => undefined);
  }

  /** Keeps one, and lets go of the oldest. */
  async put(key: string, content: Uint8Array): Promise<void> {
    const { disk } = this.#host;
    await disk.mkdir(this.#folder);
    await disk.writeAtomic(this.#pathOf(key), content);
    const files = await Promise.all(
      (await disk.list(this.#folder)).map(async (name) => {
        const path = `${this.#folder}/${name}`;
        return { path, modified: (await disk.stat(path)).modified };
      }),
    );
    files.sort((a, b) => b.modified - a.modified);
    for (const { path } of files.slice(KEPT)) await disk.remove(path);
  }

  #pathOf(key: string): string {
    return `${this.#folder}/${key}.wasm`;
  }
}
