/**
 * The folder for what must never lie on the node's disk: Secrets, tokens and what is told with them.
 *
 * As root it is a file system in memory, one for all pods, mounted with the first that needs it and taken over by the next agent. After a restart of the
 * machine it is empty, and pods' volumes are written again as they start. Without the right to mount it is a folder that only we can enter.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import type { Mounts } from "./mounts.ts";

/** Only those that get a volume of it bound can look into it. */
const MODE = 0o700;

/** Makes the folder. */
export class MemoryFolder {
  /** Its path, without links once it was made ready. */
  readonly path: string;
  readonly #host: Pick<Host, "disk">;
  readonly #mounts: Mounts | undefined;
  #ready: Promise<void> | undefined;

  constructor(
    host: Pick<Host, "disk">,
    options: { readonly path: string; readonly mounts: Mounts | undefined },
  ) {
    this.#host = host;
    this.path = options.path;
    this.#mounts = options.mounts;
  }

  /** Makes it or finds it. */
  ready(): Promise<void> {
    this.#ready ??= this.#make().catch((error) => {
      this.#ready = undefined; // the next pod tries again
      throw error;
    });
    return this.#ready;
  }

  /** The folder of a pod in it. */
  podFolder(uid: string): string {
    return `${this.path}/${uid}`;
  }

  /** Takes it away. Nobody may have a volume in it. */
  async remove(): Promise<void> {
    this.#ready = undefined;
    await this.#mounts?.unmountBelow(this.path);
    await this.#host.disk.remove(this.path);
  }

  async #make(): Promise<void> {
    const { disk } = this.#host;
    await disk.mkdir(this.path, { mode: MODE });
    if (!this.#mounts || await this.#mounts.at(this.path)) return;
    await this.#mounts.tmpfs(this.path, [
      `mode=${MODE.toString(8)}`,
      "nosuid",
      "nodev",
    ]);
  }
}
