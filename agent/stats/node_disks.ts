/**
 * What the node's and the pods' disks hold.
 *
 * @module
 */
import type { DiskSpace, DiskUsage, Host } from "../../src/base/host.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Volume } from "../../src/api/core/volume.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ImageFileSystem } from "../runtime/usage.ts";
import type { ContainerLook } from "./container_look.ts";
import { FolderSizes } from "./folder_sizes.ts";
import type { PodLook } from "./pod_look.ts";
import { fsStats, wholeFs } from "./stats_text.ts";
import type { ContainerStats, FsStats, VolumeStats } from "./summary.ts";
import { textOf } from "./text_file.ts";
import { upperFolder } from "./writable_layer.ts";

/** How long, in milliseconds, what the runtimes say of their images is good. */
const FRESH_MS = 1_000;

/** Where things lie on the node. */
export interface DiskPlaces {
  /** The agent's data folder: volumes and logs are in it. */
  readonly dataDir: string;
  readonly runtimes: readonly Runtime[];
  /** Folder of a pod's logs, with a folder for each container in it. */
  readonly logFolder: (pod: Pod) => string;
  /** Where a volume lies; undefined for one that takes nothing of the node's disk. */
  readonly volumePath: (pod: Pod, volume: Volume) => string | undefined;
}

/** A pod's part of the summary that is about disks. */
export interface PodDisks {
  readonly volume?: readonly VolumeStats[];
  readonly "ephemeral-storage": FsStats;
  /** By container name. */
  readonly containers: ReadonlyMap<
    string,
    Pick<ContainerStats, "rootfs" | "logs">
  >;
}

/** Looks at disks. */
export class NodeDisks {
  readonly #host: Pick<Host, "clock" | "disk">;
  readonly #places: DiskPlaces;
  readonly #sizes: FolderSizes;
  #asked: { atMs: number; answer: Promise<ImageFileSystem> } | undefined;

  constructor(host: Pick<Host, "clock" | "disk">, places: DiskPlaces) {
    this.#host = host;
    this.#places = places;
    this.#sizes = new FolderSizes(host);
  }

  /** The file system of the data folder, and that of images. */
  async node(time: string): Promise<{ fs?: FsStats; imageFs: FsStats }> {
    const [space, images] = await Promise.all([
      this.#space(this.#places.dataDir),
      this.#images(),
    ]);
    const imageSpace = await this.#space(images.path);
    return {
      ...space && { fs: wholeFs(space, time) },
      imageFs: fsStats(imageSpace, { time, usage: usageOf(images) }),
    };
  }

  /** What a pod has on disks. */
  async pod({ of: { pod }, containers }: PodLook, time: string): Promise<
    PodDisks
  > {
    const { dataDir, logFolder } = this.#places;
    const [node, images] = await Promise.all([
      this.#space(dataDir),
      this.#images(),
    ]);
    const imageSpace = await this.#space(images.path);
    const own = new Map<string, Pick<ContainerStats, "rootfs" | "logs">>();
    const taken: (Partial<DiskUsage> | undefined)[] = [];
    const logs = await this.#sizes.get(logFolder(pod));
    taken.push(logs);
    for (const look of containers) {
      const written = await this.#written(look);
      taken.push(written);
      const { name } = look.container;
      const log = await this.#sizes.get(`${logFolder(pod)}/${name}`);
      own.set(name, {
        ...written && {
          rootfs: fsStats(imageSpace, { time, usage: written }),
        },
        logs: fsStats(node, { time, usage: log }),
      });
    }
    const volume: VolumeStats[] = [];
    for (const one of pod.spec.volumes ?? []) {
      const { stats, usage } = await this.#volume(pod, one, time) ?? {};
      if (stats) volume.push(stats);
      if (isEphemeral(one)) taken.push(usage);
    }
    return {
      ...volume.length > 0 && { volume },
      "ephemeral-storage": fsStats(node, { time, usage: sumOf(taken) }),
      containers: own,
    };
  }

  /** A pod's volumes that are claims. */
  async claims(pod: Pod, time: string): Promise<VolumeStats[]> {
    const found: VolumeStats[] = [];
    for (const volume of pod.spec.volumes ?? []) {
      if (!volume.persistentVolumeClaim) continue;
      const { stats } = await this.#volume(pod, volume, time) ?? {};
      if (stats) found.push(stats);
    }
    return found;
  }

  /** Forgets the sizes of folders that nobody has asked for lately. */
  tidy(): void {
    this.#sizes.tidy();
  }

  /** What a container wrote into its own file system: counted here where it can be found, since runtimes count it seldom. */
  async #written(
    { pids: [pid], told }: ContainerLook,
  ): Promise<Partial<DiskUsage> | undefined> {
    const info = pid === undefined
      ? undefined
      : await textOf(this.#host, `/proc/${pid}/mountinfo`);
    const upper = info === undefined ? undefined : upperFolder(info);
    const counted = upper && await this.#sizes.get(upper);
    if (counted) return counted;
    return told?.writableLayer && usageOf(told.writableLayer);
  }

  async #volume(pod: Pod, volume: Volume, time: string): Promise<
    { stats: VolumeStats; usage: DiskUsage | undefined } | undefined
  > {
    const path = this.#places.volumePath(pod, volume);
    const space = path === undefined ? undefined : await this.#space(path);
    if (path === undefined || !space) return undefined;
    const claim = volume.persistentVolumeClaim?.claimName;
    // A claim's volume is a disk of its own, or stands for one.
    if (claim !== undefined) {
      const pvcRef = { name: claim, namespace: pod.metadata.namespace! };
      const stats = { ...wholeFs(space, time), name: volume.name, pvcRef };
      return { stats, usage: undefined };
    }
    const usage = await this.#sizes.get(path);
    if (!usage) return undefined;
    const stats = { ...fsStats(space, { time, usage }), name: volume.name };
    return { stats, usage };
  }

  /** Asked once for all pods of a summary. */
  #images(): Promise<ImageFileSystem> {
    const nowMs = this.#host.clock.monotonicMs();
    if (!this.#asked || nowMs - this.#asked.atMs >= FRESH_MS) {
      this.#asked = { atMs: nowMs, answer: this.#askImages() };
    }
    return this.#asked.answer;
  }

  /** Of the first runtime that can tell; else what the images of all take below the data folder. */
  async #askImages(): Promise<ImageFileSystem> {
    const { runtimes, dataDir } = this.#places;
    for (const runtime of runtimes) {
      const told = await runtime.imageFileSystem?.().catch(() => undefined);
      if (told) return told;
    }
    let usedBytes = 0;
    for (const runtime of runtimes) {
      for (const image of await runtime.listImages().catch(() => [])) {
        usedBytes += image.sizeBytes;
      }
    }
    return { path: dataDir, usedBytes };
  }

  async #space(path: string): Promise<DiskSpace | undefined> {
    try {
      return await this.#host.disk.space(path);
    } catch {
      return undefined;
    }
  }
}

/** Whether a volume's content goes with the pod and lies on the node's disk. Secrets, tokens and what is told with them lie in memory. */
function isEphemeral({ emptyDir, configMap }: Volume): boolean {
  return emptyDir ? !emptyDir.medium : configMap !== undefined;
}

function usageOf(
  { usedBytes, inodesUsed }: {
    readonly usedBytes: number;
    readonly inodesUsed?: number;
  },
): Partial<DiskUsage> {
  return { usedBytes, ...inodesUsed !== undefined && { inodes: inodesUsed } };
}

function sumOf(parts: readonly (Partial<DiskUsage> | undefined)[]): DiskUsage {
  const sum = { usedBytes: 0, inodes: 0 };
  for (const part of parts) {
    sum.usedBytes += part?.usedBytes ?? 0;
    sum.inodes += part?.inodes ?? 0;
  }
  return sum;
}
