/**
 * The stats API of kubelet: what `/stats/summary` answers.
 *
 * A member that is absent is not known. Counters are numbers: 2^53 nanoseconds of CPU are 104 days of one core, and beyond that the last digits are
 * rounded, as any reader of JSON in a browser does it.
 *
 * @module
 * @see {@link https://kubernetes.io/docs/reference/instrumentation/node-metrics/}
 */

/** What {@linkcode NodeStats.summary} is to hold. */
export interface SummaryOptions {
  /** Leaves out disks, networks and processes, which are dearer to find out. @default false */
  readonly onlyCpuAndMemory?: boolean;
  /**
   * Whether `usageNanoCores` is to be there even if it takes a second look a moment later; else it is there when somebody asked a while ago.
   * @default false
   */
  readonly rates?: boolean;
}

/** Tells what the node and its pods use. Everything is found out when asked; nothing is sampled meanwhile. */
export interface NodeStats {
  /** The node and all its pods. */
  summary(options?: SummaryOptions): Promise<Summary>;
  /** The node alone, without a look at any pod: for what is asked again and again. */
  node(): Promise<NodeSummary>;
}

/** All of it. */
export interface Summary {
  readonly node: NodeSummary;
  readonly pods: readonly PodStats[];
}

/** The machine. */
export interface NodeSummary {
  readonly nodeName: string;
  readonly systemContainers?: readonly ContainerStats[];
  /** When the machine was started. */
  readonly startTime: string;
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
  readonly io?: IoStats;
  readonly network?: NetworkStats;
  /** The file system that the agent's data and the pods' volumes lie on. */
  readonly fs?: FsStats;
  readonly runtime?: RuntimeStats;
  readonly rlimit?: RlimitStats;
  readonly swap?: SwapStats;
}

/** How many processes there may be. */
export interface RlimitStats {
  readonly time: string;
  readonly maxpid?: number;
  /** Threads that there are. */
  readonly curproc?: number;
}

/** File systems of images and of what containers write into their own. */
export interface RuntimeStats {
  readonly imageFs?: FsStats;
  readonly containerFs?: FsStats;
}

/** Processes of a pod. */
export interface ProcessStats {
  readonly process_count?: number;
}

/** One pod. */
export interface PodStats {
  readonly podRef: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
  };
  readonly startTime: string;
  readonly containers: readonly ContainerStats[];
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
  readonly io?: IoStats;
  readonly network?: NetworkStats;
  readonly volume?: readonly VolumeStats[];
  /** Everything that it has on the node's disk: what its containers wrote, their logs and emptyDirs. */
  readonly "ephemeral-storage"?: FsStats;
  readonly process_stats?: ProcessStats;
  readonly swap?: SwapStats;
}

/** One container. */
export interface ContainerStats {
  readonly name: string;
  readonly startTime: string;
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
  readonly io?: IoStats;
  /** What it wrote into its own file system. */
  readonly rootfs?: FsStats;
  readonly logs?: FsStats;
  readonly swap?: SwapStats;
}

/** What came and went through one interface. */
export interface InterfaceStats {
  readonly name: string;
  readonly rxBytes?: number;
  readonly rxErrors?: number;
  readonly txBytes?: number;
  readonly txErrors?: number;
}

/** The interface that stands for all, and all. */
export interface NetworkStats extends InterfaceStats {
  readonly time: string;
  readonly interfaces?: readonly InterfaceStats[];
}

/** Processor time. */
export interface CpuStats {
  readonly time: string;
  /** Nanoseconds of CPU per second, over the time between two looks. */
  readonly usageNanoCores?: number;
  readonly usageCoreNanoSeconds?: number;
  readonly psi?: PsiStats;
}

/** Memory. */
export interface MemoryStats {
  readonly time: string;
  /** What is left below the limit; absent without one. */
  readonly availableBytes?: number;
  readonly usageBytes?: number;
  /** What cannot be had back by dropping files from the cache that were not used lately. */
  readonly workingSetBytes?: number;
  readonly rssBytes?: number;
  readonly pageFaults?: number;
  readonly majorPageFaults?: number;
  readonly psi?: PsiStats;
}

/** Input and output. */
export interface IoStats {
  readonly time: string;
  readonly psi?: PsiStats;
}

/** How much time was lost in waiting for a resource: by all at once, and by any. */
export interface PsiStats {
  readonly full: PsiData;
  readonly some: PsiData;
}

/** Pressure of one resource. */
export interface PsiData {
  /** Nanoseconds. */
  readonly total: number;
  /** Percent of the last 10, 60 and 300 seconds. */
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
}

/** Swap. */
export interface SwapStats {
  readonly time: string;
  readonly swapAvailableBytes?: number;
  readonly swapUsageBytes?: number;
}

/** A file system, and a part in it. */
export interface FsStats {
  readonly time: string;
  readonly availableBytes?: number;
  readonly capacityBytes?: number;
  /** What is used by whatever this is about, which need not be all that is used in the file system. */
  readonly usedBytes?: number;
  readonly inodesFree?: number;
  readonly inodes?: number;
  readonly inodesUsed?: number;
}

/** A volume. */
export interface VolumeStats extends FsStats {
  readonly name: string;
  readonly pvcRef?: { readonly name: string; readonly namespace: string };
}
