/**
 * Sizes of folders, remembered for a while.
 *
 * @module
 */
import type { DiskUsage, Host } from "../../src/base/host.ts";

/** How long, in milliseconds, a size is good at least and at most. */
const GOOD_MS = { least: 10_000, most: 300_000 } as const;

/** One who asks all the time spends at most one part in so many of it in counting. */
const SPARE = 200;

interface Known {
  readonly usage: DiskUsage;
  readonly goodUntilMs: number;
}

/** Adds folders up when somebody asks; the longer it took, the longer the answer is good. */
export class FolderSizes {
  readonly #host: Pick<Host, "clock" | "disk">;
  readonly #known = new Map<string, Known>();
  readonly #counting = new Map<string, Promise<DiskUsage | undefined>>();

  constructor(host: Pick<Host, "clock" | "disk">) {
    this.#host = host;
  }

  /** Size of a folder or file; undefined when it cannot be told. */
  async get(path: string): Promise<DiskUsage | undefined> {
    const known = this.#known.get(path);
    if (known && known.goodUntilMs > this.#host.clock.monotonicMs()) {
      return known.usage;
    }
    let counting = this.#counting.get(path);
    if (!counting) {
      counting = this.#count(path)
        .finally(() => this.#counting.delete(path));
      this.#counting.set(path, counting);
    }
    return await counting;
  }

  /** Forgets what is no longer good: a pod that is gone is not asked for again. */
  tidy(): void {
    const nowMs = this.#host.clock.monotonicMs();
    for (const [path, { goodUntilMs }] of this.#known) {
      if (goodUntilMs <= nowMs) this.#known.delete(path);
    }
  }

  async #count(path: string): Promise<DiskUsage | undefined> {
    const { clock, disk } = this.#host;
    const beganMs = clock.monotonicMs();
    try {
      const usage = await disk.usage(path);
      const nowMs = clock.monotonicMs();
      const goodMs = Math.min(
        Math.max((nowMs - beganMs) * SPARE, GOOD_MS.least),
        GOOD_MS.most,
      );
      this.#known.set(path, { usage, goodUntilMs: nowMs + goodMs });
      return usage;
    } catch {
      this.#known.delete(path);
      return undefined;
    }
  }
}
