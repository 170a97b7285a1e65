/**
 * {@linkcode LocalStorage}: the folders of this node that are volumes of claims.
 *
 * @module
 */
import { isLocalPathFolder } from "../../src/api/volumes/local_path.ts";
import { type Host, HostError } from "../../src/base/host.ts";

/** Rights of a new folder: pods run as whom they like. As Rancher's provisioner makes them. */
const MODE = 0o777;

/** Makes such folders when a pod first needs them, and removes them when their volume is reclaimed. How much lies in one is not limited. */
export class LocalStorage {
  /** Where they lie. */
  readonly path: string;
  readonly #disk: Host["disk"];

  constructor({ disk }: Pick<Host, "disk">, options: { path: string }) {
    this.#disk = disk;
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
   */
  async remove(path: string): Promise<void> {
    if (!this.#isOurs(path)) {
      throw new RangeError(
        `"${path}" is no folder of a volume in this node's "${this.path}"`,
      );
    }
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
