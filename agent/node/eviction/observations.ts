/**
 * How much the node has left, looked at as cheaply as can be: it happens all the time.
 *
 * @module
 */
import type { DiskSpace, Host } from "../../../src/base/host.ts";
import { parseMemInfo, parseThreads } from "../../stats/proc_files.ts";
import type { Signal } from "./threshold.ts";

/** What is left, and of how much: bytes, files or processes. */
export interface Observation {
  readonly available: number;
  readonly capacity: number;
}

/** By signal. What could not be seen is absent. */
export type Observations = Partial<Readonly<Record<Signal, Observation>>>;

/** What {@linkcode NodeLooker} looks at. */
export interface NodeLookerOptions {
  readonly dataDir: string;
  /** Where images lie; asked once it can tell. @default where the data lies */
  readonly imageFolder?: () => Promise<string | undefined>;
  /** Signals that somebody set a threshold on: of others only the cheap ones are looked at. */
  readonly signals: ReadonlySet<Signal>;
  /** What all pods together hold of memory, and may; for nodes with reserves. */
  readonly podsMemory?: () => Promise<
    { readonly workingSetBytes: number; readonly mostBytes: number } | undefined
  >;
}

/** Looks at a Linux machine: one file of the kernel's and one or two calls of statfs. */
export class NodeLooker {
  readonly #host: Pick<Host, "disk">;
  readonly #options: NodeLookerOptions;
  #images: string | undefined;

  constructor(host: Pick<Host, "disk">, options: NodeLookerOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Whether images lie on a file system of their own. */
  async hasImageFs(): Promise<boolean> {
    const { node, images } = await this.#disks();
    return node !== undefined && images !== undefined &&
      (node.capacityBytes !== images.capacityBytes ||
        node.inodes !== images.inodes);
  }

  /** The file system of images. */
  async imageFs(): Promise<DiskSpace | undefined> {
    return (await this.#disks()).images;
  }

  /** Everything, now. */
  async observe(): Promise<Observations> {
    const [memory, { node, images }, pids, allocatable] = await Promise.all([
      this.#memory(),
      this.#disks(),
      this.#pids(),
      this.#allocatable(),
    ]);
    return {
      ...memory && { "memory.available": memory },
      ...allocatable && { "allocatableMemory.available": allocatable },
      ...node && {
        "nodefs.available": bytesOf(node),
        ...node.inodes > 0 && { "nodefs.inodesFree": filesOf(node) },
      },
      // Containers write where their images are; there is no runtime of ours that splits the two.
      ...images && {
        "imagefs.available": bytesOf(images),
        "containerfs.available": bytesOf(images),
        ...images.inodes > 0 && {
          "imagefs.inodesFree": filesOf(images),
          "containerfs.inodesFree": filesOf(images),
        },
      },
      ...pids && { "pid.available": pids },
    };
  }

  /** As kubelet reckons it: what is free, and what the cache of files would give back at once. */
  async #memory(): Promise<Observation | undefined> {
    const info = parseMemInfo(await this.#text("/proc/meminfo"));
    const capacity = info.get("MemTotal");
    if (capacity === undefined) return undefined;
    const available = (info.get("MemFree") ?? 0) +
      (info.get("Inactive(file)") ?? 0);
    return { available: Math.min(available, capacity), capacity };
  }

  async #pids(): Promise<Observation | undefined> {
    if (!this.#options.signals.has("pid.available")) return undefined;
    const [load, pids, threads] = await Promise.all([
      this.#text("/proc/loadavg"),
      this.#text("/proc/sys/kernel/pid_max"),
      this.#text("/proc/sys/kernel/threads-max"),
    ]);
    const current = parseThreads(load);
    const capacity = Math.min(Number(pids), Number(threads));
    if (current === undefined || !(capacity > 0)) return undefined;
    return { available: capacity - current, capacity };
  }

  async #allocatable(): Promise<Observation | undefined> {
    const memory = await this.#options.podsMemory?.();
    if (!memory) return undefined;
    const { workingSetBytes, mostBytes } = memory;
    return {
      available: Math.max(0, mostBytes - workingSetBytes),
      capacity: mostBytes,
    };
  }

  async #disks(): Promise<
    { node: DiskSpace | undefined; images: DiskSpace | undefined }
  > {
    const { dataDir, imageFolder } = this.#options;
    this.#images ??= await imageFolder?.().catch(() => undefined);
    const node = await this.#space(dataDir);
    return {
      node,
      images: this.#images === undefined
        ? node
        : await this.#space(this.#images),
    };
  }

  async #space(path: string): Promise<DiskSpace | undefined> {
    try {
      return await this.#host.disk.space(path);
    } catch {
      return undefined;
    }
  }

  async #text(path: string): Promise<string> {
    try {
      return await this.#host.disk.readText(path);
    } catch {
      return "";
    }
  }
}

function bytesOf(space: DiskSpace): Observation {
  return { available: space.availableBytes, capacity: space.capacityBytes };
}

function filesOf(space: DiskSpace): Observation {
  return { available: space.inodesFree, capacity: space.inodes };
}
