/**
 * {@linkcode LocalStorage}: the folders of this node that are volumes of claims.
 *
 * @module
 */
import { isLocalPathFolder } from "../../src/api/volumes/local_path.ts";
import { type Host, HostError } from "../../src/base/host.ts";
import type { Mounts } from "./mounts.ts";

/** Rights of a new folder: pods run as whom they like. As Rancher's provisioner makes them. */
const MODE = 0o777;

/** Makes such folders when a pod first needs them, and removes them when their volume is reclaimed. How much lies in one is not limited. */
export class LocalStorage {
  /** Where they lie. */
  readonly path: string;
  readonly #disk: Host["disk"];
  readonly #mounts: Pick<Mounts, "below">;

  constructor(
    { disk }: Pick<Host, "disk">,
    options: {
      readonly path: string;
      /** Absent where there is no table of mounts. */
      readonly mounts?: Pick<Mounts, "below">;
    },
  ) {
    this.#disk = disk;
    this.#mounts = options.mounts ?? { below: () => Promise.resolve([]) };
    this.path = options.path;
  }

  /** Makes a folder, if it is one of ours and not there. */
  async ensure(path: string): Promise<void> {
    if (!this.#isOurs(path) || await this.exists(path)) return;
    // Only who knows the whole path gets into a folder: others of the machine may not look around.
    await this.#disk.mkdir(this.path, { mode: 0o711 });
    await this.#disk.mkdir(path, { mode: MODE });
    await this.#disk.chmod(path, MODE); // the mode of a new folder is cut by the umask
  }

  /**
   * Removes a folder with all in it; no error when it is not there.
   *
   * @throws {RangeError} when it is none of ours
   * @throws {Error} when something is mounted in it: a container has left it there, and it may be somebody's data
   */
  async remove(path: string): Promise<void> {
    if (!this.#isOurs(path)) {
      throw new RangeError(
        `"${path}" is no folder of a volume in this node's "${this.path}"`,
      );
    }
    const [mount] = await this.#mounts.below(path);
    if (mount) throw new Error(`something is mounted at "${mount.path}"`);
    await this.#disk.remove(path);
  }

  #isOurs(path: string): boolean {
    const start = `${this.path}/`;
    return path.startsWith(start) &&
      isLocalPathFolder(path.slice(start.length));
  }

  /** Whether there is anything at a path. */
  async exists(path: string): Promise<boolean> {
    try {
      await this.#disk.stat(path);
      return true;
    } catch (error) {
      if (error instanceof HostError && error.code === "not-found") {
        return false;
      }
      throw error;
    }
  }
}
