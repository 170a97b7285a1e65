/**
 * Images as folders.
 *
 * The CRI of containerd before 2.1 mounts no images. containerd's client does: a read-only snapshot of the image, mounted where we say. The client holds
 * the snapshot by a lease of a day; a root for the garbage collector takes its place, so that it stays until it is released, also when the image is
 * removed meanwhile.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";

/** Which containerd, and with what. */
export interface ImageMountOptions {
  /** Path of containerd's client `ctr`. */
  readonly ctr: string;
  readonly socket: string;
  /** As containerd's CRI part has it. @default containerd's own */
  readonly snapshotter?: () => Promise<string>;
}

/** Unpacking an image from a slow card. */
const TIMEOUT_MS = 10 * 60_000;

/** Mounts images of one containerd. A snapshot has the name of its folder. */
export class ImageMounts {
  readonly #host: Pick<Host, "processes">;
  readonly #options: ImageMountOptions;

  constructor(host: Pick<Host, "processes">, options: ImageMountOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Mounts an image that is on the node on a folder that is there. @throws {Error} in the client's words */
  async mount(imageRef: string, folder: string): Promise<void> {
    // What another agent began, or a restart of the machine left, is in the way.
    await this.release(folder);
    const snapshotter = await this.#snapshotter();
    const failed = await this.#ctr(
      ...["images", "mount", ...snapshotter, imageRef, folder],
    ) ?? await this.#ctr(
      ...["snapshots", ...snapshotter, "label", folder],
      "containerd.io/gc.root=volume",
    );
    if (failed !== undefined) {
      throw new Error(`Cannot mount image "${imageRef}": ${failed}`);
    }
    await this.#ctr("leases", "delete", folder);
  }

  /** Lets go of an image's snapshot; nothing happens when there is none. The folder is not mounted any more. */
  async release(folder: string): Promise<void> {
    const snapshotter = await this.#snapshotter();
    await this.#ctr("snapshots", ...snapshotter, "rm", folder);
    await this.#ctr("leases", "delete", folder);
  }

  async #snapshotter(): Promise<string[]> {
    const name = await this.#options.snapshotter?.();
    return name === undefined ? [] : ["--snapshotter", name];
  }

  /** @returns why it failed */
  async #ctr(...words: readonly string[]): Promise<string | undefined> {
    const { ctr, socket } = this.#options;
    const { code, stderr } = await this.#host.processes.run(ctr, {
      args: ["--address", socket, "--namespace", "k8s.io", ...words],
      timeoutMs: TIMEOUT_MS,
    });
    if (code === 0) return undefined;
    return stderr.trim().replace(/^ctr: /, "") || `ctr ended with ${code}`;
  }
}
