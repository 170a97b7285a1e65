/**
 * What the machine as a whole uses.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import type { Cgroups } from "./cgroups.ts";
import {
  type GroupMemory,
  parseFlat,
  parsePressure,
  workingSet,
} from "./group_usage.ts";
import {
  type InterfaceCounters,
  parseMachineStat,
  parseMemInfo,
  parseNetDev,
  parseThreads,
} from "./proc_files.ts";
import type { PsiStats } from "./summary.ts";
import { textOf } from "./text_file.ts";

/** The machine at a moment. */
export interface MachineUsage {
  readonly cpuNs: number;
  readonly memory?: MachineMemory;
  readonly swap?: { readonly usedBytes: number; readonly freeBytes: number };
  /** Milliseconds since 1970. */
  readonly bootedAt: number;
  readonly psi: {
    readonly cpu?: PsiStats;
    readonly memory?: PsiStats;
    readonly io?: PsiStats;
  };
}

/** Its memory. */
export interface MachineMemory extends
  Pick<
    GroupMemory,
    "usageBytes" | "workingSetBytes" | "rssBytes" | "pageFaults"
  > {
  readonly majorPageFaults: number;
  readonly totalBytes: number;
}

/** Threads that there are and may be. */
export interface MachineThreads {
  readonly current?: number;
  readonly most?: number;
}

/** Looks at the machine. */
export async function machineUsage(
  host: { readonly disk: Pick<Host["disk"], "readText"> },
  cgroups: Cgroups,
): Promise<MachineUsage> {
  const [root, stat, memInfo, vmStat, cpu, memory, io] = await Promise.all([
    cgroups.usage("", { detail: false }),
    textOf(host, "/proc/stat"),
    textOf(host, "/proc/meminfo"),
    textOf(host, "/proc/vmstat"),
    textOf(host, "/proc/pressure/cpu"),
    textOf(host, "/proc/pressure/memory"),
    textOf(host, "/proc/pressure/io"),
  ]);
  const { cpuNs, bootedAt } = parseMachineStat(stat ?? "");
  const info = parseMemInfo(memInfo ?? "");
  const counters = parseFlat(vmStat ?? "");
  const used = memoryOf(info, { counters, root: root?.memory });
  const swapTotal = info.get("SwapTotal");
  const swapFree = info.get("SwapFree") ?? 0;
  const psi = {
    cpu: parsePressure(cpu),
    memory: parsePressure(memory),
    io: parsePressure(io),
  };
  return {
    // Nanoseconds where the kernel counts them; ticks else.
    cpuNs: root?.cpu?.usageNs ?? cpuNs,
    ...used && { memory: used },
    ...swapTotal !== undefined && {
      swap: { usedBytes: swapTotal - swapFree, freeBytes: swapFree },
    },
    bootedAt,
    psi: {
      ...psi.cpu && { cpu: psi.cpu },
      ...psi.memory && { memory: psi.memory },
      ...psi.io && { io: psi.io },
    },
  };
}

/** As kubelet reckons it: from the root's group in version 1; in version 2, whose root counts none, from what is not free. */
function memoryOf(info: ReadonlyMap<string, number>, from: {
  readonly counters: ReadonlyMap<string, number>;
  readonly root: GroupMemory | undefined;
}): MachineMemory | undefined {
  const total = info.get("MemTotal");
  if (total === undefined) return undefined;
  const { root, counters } = from;
  const inactiveFile = root?.inactiveFileBytes ??
    info.get("Inactive(file)") ?? 0;
  const usageBytes = root?.usageBytes ?? total - (info.get("MemFree") ?? 0);
  return {
    usageBytes,
    workingSetBytes: workingSet(usageBytes, inactiveFile),
    rssBytes: root?.rssBytes ?? info.get("AnonPages") ?? 0,
    pageFaults: counters.get("pgfault") ?? 0,
    majorPageFaults: counters.get("pgmajfault") ?? 0,
    totalBytes: total,
  };
}

/** Threads of the machine. */
export async function machineThreads(
  host: { readonly disk: Pick<Host["disk"], "readText"> },
): Promise<MachineThreads> {
  const [load, pids, threads] = await Promise.all([
    textOf(host, "/proc/loadavg"),
    textOf(host, "/proc/sys/kernel/pid_max"),
    textOf(host, "/proc/sys/kernel/threads-max"),
  ]);
  const current = parseThreads(load ?? "");
  // The kernel refuses at whichever it comes to first.
  const limits = [pids, threads].filter((text) => text !== undefined)
    .map(Number);
  return {
    ...current !== undefined && { current },
    ...limits.length > 0 && { most: Math.min(...limits) },
  };
}

/** Interfaces of the machine, or of the network namespace that a process is in. */
export async function interfacesOf(
  host: { readonly disk: Pick<Host["disk"], "readText"> },
  pid?: number,
): Promise<InterfaceCounters[]> {
  const text = await textOf(host, `/proc/${pid ?? "self"}/net/dev`);
  return parseNetDev(text ?? "");
}
