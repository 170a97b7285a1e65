/**
 * What a runtime can tell of its containers' usage beside what stands in their control groups.
 *
 * @module
 */

/** One running container. What the runtime does not know is absent. */
export interface ContainerUsage {
  readonly id: string;
  /** Nanoseconds of CPU so far. */
  readonly cpuNs?: number;
  readonly memory?: {
    readonly workingSetBytes: number;
    readonly usageBytes?: number;
    readonly rssBytes?: number;
    readonly availableBytes?: number;
    readonly pageFaults?: number;
    readonly majorPageFaults?: number;
  };
  readonly swapBytes?: number;
  /** What it wrote into its own file system. */
  readonly writableLayer?: {
    readonly usedBytes: number;
    readonly inodesUsed?: number;
  };
}

/** Where a running container's processes are. */
export interface ContainerPlace {
  /** Its control group, relative to the root; absent where it has none of its own. */
  readonly cgroupPath?: string;
  /** One of its processes. */
  readonly pid?: number;
}

/** The file system that images lie on, and what they take of it. */
export interface ImageFileSystem {
  /** Somewhere on it. */
  readonly path: string;
  readonly usedBytes: number;
  readonly inodesUsed?: number;
}
