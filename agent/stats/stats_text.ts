/**
 * Looks in the words of kubelet's stats API.
 *
 * @module
 */
import type { DiskSpace, DiskUsage } from "../../src/base/host.ts";
import type { GroupUsage } from "./group_usage.ts";
import type { InterfaceCounters } from "./proc_files.ts";
import type { CpuRate } from "./rates.ts";
import type {
  CpuStats,
  FsStats,
  InterfaceStats,
  IoStats,
  MemoryStats,
  NetworkStats,
  SwapStats,
} from "./summary.ts";

/** The interface that stands for all. */
const DEFAULT_INTERFACE = "eth0";

/** RFC 3339 with seconds, as metav1.Time prints. */
export function statsTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Members that both containers and pods have of their group. */
export function groupStats(
  look: GroupUsage,
  { time, rate }: { readonly time: string; readonly rate: CpuRate | undefined },
): { cpu?: CpuStats; memory?: MemoryStats; swap?: SwapStats; io?: IoStats } {
  const { cpu, memory, ioPsi } = look;
  return {
    ...cpu && {
      cpu: {
        time,
        ...rate && { usageNanoCores: rate.nanoCores },
        usageCoreNanoSeconds: cpu.usageNs,
        ...cpu.psi && { psi: cpu.psi },
      },
    },
    ...memory && {
      memory: {
        time,
        ...memory.limitBytes !== undefined && {
          availableBytes: Math.max(
            0,
            memory.limitBytes - memory.workingSetBytes,
          ),
        },
        usageBytes: memory.usageBytes,
        workingSetBytes: memory.workingSetBytes,
        rssBytes: memory.rssBytes,
        pageFaults: memory.pageFaults,
        majorPageFaults: memory.majorPageFaults,
        ...memory.psi && { psi: memory.psi },
      },
      swap: {
        time,
        ...memory.swapLimitBytes !== undefined && {
          swapAvailableBytes: Math.max(
            0,
            memory.swapLimitBytes - memory.swapBytes,
          ),
        },
        swapUsageBytes: memory.swapBytes,
      },
    },
    ...ioPsi && { io: { time, psi: ioPsi } },
  };
}

/** A file system, and how much of it something takes. */
export function fsStats(
  space: DiskSpace | undefined,
  { time, usage }: {
    readonly time: string;
    readonly usage: Partial<DiskUsage> | undefined;
  },
): FsStats {
  return {
    time,
    ...space && {
      availableBytes: space.availableBytes,
      capacityBytes: space.capacityBytes,
    },
    ...usage?.usedBytes !== undefined && { usedBytes: usage.usedBytes },
    ...space && { inodesFree: space.inodesFree, inodes: space.inodes },
    ...usage?.inodes !== undefined && { inodesUsed: usage.inodes },
  };
}

/** A whole file system, with all that is used in it. */
export function wholeFs(space: DiskSpace, time: string): FsStats {
  return fsStats(space, {
    time,
    usage: {
      usedBytes: space.usedBytes,
      inodes: space.inodes - space.inodesFree,
    },
  });
}

/** Interfaces; the first one stands for all where there is none of the usual name. */
export function networkStats(
  interfaces: readonly InterfaceCounters[],
  time: string,
): NetworkStats {
  const all = interfaces.map(interfaceStats);
  const main = all.find(({ name }) => name === DEFAULT_INTERFACE) ?? all[0];
  return { time, ...main ?? { name: "" }, interfaces: all };
}

function interfaceStats(
  { name, rxBytes, rxErrors, txBytes, txErrors }: InterfaceCounters,
): InterfaceStats {
  return { name, rxBytes, rxErrors, txBytes, txErrors };
}
