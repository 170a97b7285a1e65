/**
 * Our own containerd and the runtime on it, as one thing that is opened, used and stopped.
 *
 * @module
 */

import type { Host } from "../../../src/base/host.ts";
import { ContainerdRegistries } from "../../images/containerd_registries.ts";
import type { Registries } from "../../images/registries.ts";
import {
  ContainerdProcess,
  type ContainerdTools,
  REGISTRY_DIR,
} from "./containerd_process.ts";
import type { Containers } from "./containers.ts";
import { CriRuntime } from "./cri_runtime.ts";
import { ImageMounts } from "./image_mounts.ts";
import type { LogLimits } from "./log_rotation.ts";
import { importImage } from "./import_image.ts";
import { goArchitecture } from "../elf.ts";
import { makePauseArchive, PAUSE_IMAGE } from "./pause_image.ts";

/** How long, in milliseconds, containerd may take to notice how the network is configured. */
const NETWORK_SETTLE_MS = 5_000;

/** Where and with what. */
export interface OwnContainerdOptions {
  /** Folder for images and configuration, for example `D/containerd`. */
  readonly dir: string;
  readonly tools: ContainerdTools;
  /** Folder with the pod network's CNI configuration. @default `<dir>/cni` */
  readonly cniConfDir?: string;
  /** How much of containers' logs is kept. @default kubelet's limits */
  readonly logs?: LogLimits;
  /** The registries that images may come from. @default those that containerd finds by itself */
  readonly registries?: Registries;
}

/** Our own containerd. Disposing lets go of it; pods and containerd go on. */
export class OwnContainerd implements Containers {
  readonly #host: Host;
  readonly #process: ContainerdProcess;
  readonly #registries: ContainerdRegistries | undefined;
  /** Runs pods on it. */
  readonly runtime: CriRuntime;

  private constructor(
    host: Host,
    parts: {
      process: ContainerdProcess;
      runtime: CriRuntime;
      registries: ContainerdRegistries | undefined;
    },
  ) {
    this.#host = host;
    this.#registries = parts.registries;
    this.#process = parts.process;
    this.runtime = parts.runtime;
  }

  /** Finds or starts containerd, sees to its sandbox image, and brings it back whenever it dies while we are here. */
  static async open(
    host: Host,
    options: OwnContainerdOptions,
  ): Promise<OwnContainerd> {
    const process = new ContainerdProcess(host, {
      ...options,
      sandboxImage: PAUSE_IMAGE,
    });
    await process.ensure();
    const registries = options.registries &&
      await ContainerdRegistries.open(host, {
        dir: `${options.dir}/${REGISTRY_DIR}`,
        registries: options.registries,
      });
    const runtime = await CriRuntime.open(host, {
      socket: process.socket,
      ...registries && {
        beforePull: (image: string) => registries.beforePull(image),
      },
      ...(options.logs && { logs: options.logs }),
      revive: () => process.ensure(),
      imageMounts: new ImageMounts(host, {
        ctr: options.tools.ctr,
        socket: process.socket,
        snapshotter: () => process.snapshotter(),
      }),
    });
    const own = new OwnContainerd(host, { process, runtime, registries });
    try {
      await own.#seeToPauseImage(options.dir);
    } catch (error) {
      await own[Symbol.asyncDispose]();
      throw error;
    }
    return own;
  }

  /** Path of containerd's socket. */
  get socket(): string {
    return this.#process.socket;
  }

  /** Its process id, undefined when it does not run just now. */
  pid(): Promise<number | undefined> {
    return this.#process.pid();
  }

  /** Loads an OCI or Docker archive; answers the names of its images once pods can use them. */
  async importImage(path: string): Promise<string[]> {
    const names = await importImage(this.#host, path, {
      ctr: this.#process.tools.ctr,
      socket: this.#process.socket,
      snapshotter: await this.#process.snapshotter(),
    });
    await this.runtime.waitForImages(names);
    return names;
  }

  /** containerd reads the folder of configurations when the kernel tells it that something changed there: until then every pod is refused with "cni plugin not initialized". */
  async networkConfigured(): Promise<void> {
    const { clock } = this.#host;
    const deadlineMs = clock.monotonicMs() + NETWORK_SETTLE_MS;
    for (let pauseMs = 5;; pauseMs = Math.min(2 * pauseMs, 200)) {
      const { ready } = await this.runtime.status();
      if (ready || clock.monotonicMs() > deadlineMs) return;
      await clock.sleep(pauseMs);
    }
  }

  /** Ends all pods and containerd, and removes everything outside the data folder; images, exit codes and logs stay. */
  async stop(): Promise<void> {
    await this.#letGo(() => this.runtime.stopAll());
    await this.#process.stop();
  }

  /** {@linkcode OwnContainerd.stop}, and removes the data folder. */
  async purge(): Promise<void> {
    await this.#letGo(() => this.runtime.removeAll());
    await this.#process.purge();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runtime[Symbol.asyncDispose]();
    await this.#registries?.[Symbol.asyncDispose]();
  }

  async #letGo(endPods: () => Promise<void>): Promise<void> {
    // A containerd that does not answer is ended with all that it has.
    await endPods().catch((error) =>
      this.#host.log("warn", "Cannot end the pods in order", { error })
    );
    await this[Symbol.asyncDispose]();
  }

  async #seeToPauseImage(dir: string): Promise<void> {
    if (await this.runtime.imageStatus(PAUSE_IMAGE)) return;
    const { crypto, disk, processes } = this.#host;
    const archive = `${dir}/pause.tar`;
    await disk.writeAtomic(
      archive,
      makePauseArchive(
        goArchitecture(processes.arch),
        (data) => crypto.sha256(data),
      ),
      { sync: false },
    );
    await this.importImage(archive);
    await disk.remove(archive);
  }
}
