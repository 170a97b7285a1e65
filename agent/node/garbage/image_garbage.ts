/**
 * Removes images that nobody uses when the disk gets full.
 *
 * @module
 * @see {@link https://kubernetes.io/docs/concepts/architecture/garbage-collection/#container-image-garbage-collection}
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import { messageOf } from "../../../src/base/errors.ts";
import type { DiskSpace, Host } from "../../../src/base/host.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { NodeEvents } from "../node_events.ts";
import type { ImageGarbageOptions } from "../node_options.ts";

/** What an {@linkcode ImageGarbage} works with. */
export interface ImageGarbageParts extends ImageGarbageOptions {
  readonly runtimes: readonly Runtime[];
  /** The file system of images. */
  readonly disk: () => Promise<DiskSpace | undefined>;
  /** Pods that are here: images that they mount are used as well. */
  readonly pods: () => readonly Pod[];
  readonly events: () => NodeEvents;
  /** Called after images were removed. */
  readonly onRemoved: () => void;
}

interface NodeImage {
  readonly runtime: Runtime;
  readonly id: string;
  readonly names: readonly string[];
  readonly sizeBytes: number;
  readonly pinned: boolean;
}

/** What is remembered of an image, by the monotonic clock. */
interface Seen {
  readonly firstMs: number;
  /** -1: never. */
  lastUsedMs: number;
}

/** Images of sandboxes are never used by a container, and never to be removed; runtimes from before the mark `pinned` do not say so. */
const SANDBOX_IMAGE = /(^|\/)pause[:@]/;

/** The images of a node. */
export class ImageGarbage {
  readonly #host: Pick<Host, "clock" | "log">;
  readonly #parts: ImageGarbageParts;
  readonly #startedMs: number;
  #seen = new Map<string, Seen>();
  #hasFailed = false;

  /** @throws {RangeError} for percentages that make no sense, with kubelet's reason */
  constructor(host: Pick<Host, "clock" | "log">, parts: ImageGarbageParts) {
    this.#host = host;
    this.#parts = parts;
    this.#startedMs = host.clock.monotonicMs();
    const { high, low } = this.#thresholds;
    const refuse = (why: string) => {
      throw new RangeError(`Cannot collect images: ${why}`);
    };
    if (!(high >= 0 && high <= 100)) {
      refuse(`invalid HighThresholdPercent ${high}, must be in range [0-100]`);
    }
    if (!(low >= 0 && low <= 100)) {
      refuse(`invalid LowThresholdPercent ${low}, must be in range [0-100]`);
    }
    if (low > high) {
      refuse(
        `LowThresholdPercent ${low} can not be higher than HighThresholdPercent ${high}`,
      );
    }
  }

  /** Whether there is anything to do from time to time. */
  get isOn(): boolean {
    return this.#thresholds.high < 100 || this.#maximumAgeMs > 0;
  }

  /** These images are on the node, somebody has seen. Their age counts from now. */
  seen(ids: readonly (string | undefined)[]): void {
    const nowMs = this.#host.clock.monotonicMs();
    for (const id of ids) {
      if (id === undefined || this.#seen.has(id)) continue;
      this.#seen.set(id, { firstMs: nowMs, lastUsedMs: -1 });
    }
  }

  /** Looks whether the disk is too full, and frees it. What cannot be done is told, from the second time on. */
  async collect(): Promise<void> {
    try {
      await this.#collect();
      this.#hasFailed = false;
    } catch (error) {
      const message = messageOf(error);
      this.#host.log("warn", "Could not collect images", { error: message });
      if (this.#hasFailed) {
        this.#parts.events().warning("ImageGCFailed", message);
      }
      this.#hasFailed = true;
    }
  }

  /** Removes all images that nobody uses and that are not new. */
  async deleteUnused(): Promise<void> {
    const nowMs = this.#host.clock.monotonicMs();
    await this.#free(await this.#candidates(nowMs), {
      nowMs,
      bytes: Infinity,
    });
  }

  async #collect(): Promise<void> {
    const { clock } = this.#host;
    const nowMs = clock.monotonicMs();
    const { high, low } = this.#thresholds;
    const disk = await this.#parts.disk();
    if (!disk) return;
    const capacity = disk.capacityBytes;
    if (capacity === 0) {
      const message = "invalid capacity 0 on image filesystem";
      this.#parts.events().warning("InvalidDiskCapacity", message);
      throw new Error(`Cannot tell how full the disk is: ${message}`);
    }
    const available = Math.min(disk.availableBytes, capacity);
    const used = 100 - Math.floor(available * 100 / capacity);
    const ages = this.#maximumAgeMs > 0 &&
      nowMs - this.#startedMs > this.#maximumAgeMs;
    if (used < high && !ages) return;
    let candidates = await this.#candidates(nowMs);
    if (ages) candidates = await this.#freeOld(candidates, nowMs);
    if (used < high) return;
    const wanted = Math.floor(capacity * (100 - low) / 100) - available;
    const freed = await this.#free(candidates, { nowMs, bytes: wanted });
    if (freed >= wanted) return;
    const message =
      `Insufficient free disk space on the node's image filesystem (${used}% of ${
        sizeText(capacity)
      } used). Failed to free sufficient space by deleting unused images (freed ${freed} bytes). ` +
      "Investigate disk usage, as it could be used by active images, logs, volumes, or other data.";
    this.#parts.events().warning("FreeDiskSpaceFailed", message);
    throw new Error(message);
  }

  get #thresholds(): { high: number; low: number } {
    const { highThresholdPercent: high = 85, lowThresholdPercent: low = 80 } =
      this.#parts;
    return { high, low };
  }

  get #maximumAgeMs(): number {
    return this.#parts.maximumAgeMs ?? 0;
  }

  /** What nobody uses, the longest unused first. */
  async #candidates(nowMs: number): Promise<NodeImage[]> {
    const images = await this.#images();
    const used = await this.#references();
    this.seen(images.map(({ id }) => id));
    const there = new Set(images.map(({ id }) => id));
    for (const id of this.#seen.keys()) {
      if (!there.has(id)) this.#seen.delete(id);
    }
    return images.filter((image) => {
      const isUsed = used.has(image.id) ||
        image.names.some((name) => used.has(name));
      if (isUsed) this.#seen.get(image.id)!.lastUsedMs = nowMs;
      return !isUsed && !image.pinned;
    }).sort((a, b) => {
      const [x, y] = [this.#seen.get(a.id)!, this.#seen.get(b.id)!];
      return x.lastUsedMs - y.lastUsedMs || x.firstMs - y.firstMs;
    });
  }

  async #images(): Promise<NodeImage[]> {
    const all = await Promise.all(
      this.#parts.runtimes.map(async (runtime) => {
        if (!runtime.removeImage) return [];
        const images = await runtime.listImages();
        return images.flatMap(({ id, names, sizeBytes, pinned = false }) =>
          id === undefined ? [] : [{
            runtime,
            id,
            names,
            sizeBytes,
            pinned: pinned || names.some((name) => SANDBOX_IMAGE.test(name)),
          }]
        );
      }),
    );
    return all.flat();
  }

  /** Ids and names of images that a container, running or not, or a pod's volume uses. */
  async #references(): Promise<Set<string>> {
    const used = new Set<string>();
    for (const runtime of this.#parts.runtimes) {
      if (!runtime.removeImage) continue;
      for (const { containers } of await runtime.listSandboxes()) {
        for (const { image, imageRef } of containers) {
          used.add(image).add(imageRef);
        }
      }
    }
    for (const { spec } of this.#parts.pods()) {
      for (const { image } of spec.volumes ?? []) {
        if (!image?.reference) continue;
        used.add(image.reference);
        for (const runtime of this.#parts.runtimes) {
          const there = await runtime.imageStatus(image.reference);
          if (there) used.add(there.imageRef);
        }
      }
    }
    return used;
  }

  async #freeOld(
    images: readonly NodeImage[],
    nowMs: number,
  ): Promise<NodeImage[]> {
    const isOld = ({ id }: NodeImage) => {
      const { firstMs, lastUsedMs } = this.#seen.get(id)!;
      return nowMs - Math.max(firstMs, lastUsedMs) > this.#maximumAgeMs;
    };
    await this.#remove(images.filter(isOld), Infinity);
    return images.filter((image) => !isOld(image));
  }

  /** Answers the bytes that were freed. */
  async #free(
    images: readonly NodeImage[],
    { nowMs, bytes }: { readonly nowMs: number; readonly bytes: number },
  ): Promise<number> {
    const { minimumAgeMs = 120_000 } = this.#parts;
    // One that has just come is about to be used.
    const ripe = images.filter(({ id }) =>
      nowMs - this.#seen.get(id)!.firstMs >= minimumAgeMs
    );
    return await this.#remove(ripe, bytes);
  }

  async #remove(
    images: readonly NodeImage[],
    bytes: number,
  ): Promise<number> {
    let freed = 0;
    const errors: string[] = [];
    for (const { runtime, id, names, sizeBytes } of images) {
      if (freed >= bytes) break;
      try {
        this.#host.log("info", "Removing an image that nobody uses", {
          names,
          sizeBytes,
        });
        await runtime.removeImage!(id);
        this.#seen.delete(id);
        freed += sizeBytes;
      } catch (error) {
        errors.push(messageOf(error));
      }
    }
    if (freed > 0) this.#parts.onRemoved();
    if (errors.length === 0) return freed;
    throw new Error(
      `Could not remove all images that were to go: wanted to free ${bytes} bytes, but freed ${freed} bytes space with errors in image deletion: ${
        errors.join(", ")
      }`,
    );
  }
}

function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}
