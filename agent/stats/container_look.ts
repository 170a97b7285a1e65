/**
 * One look at a container: its control group where it has one, else its processes, else what the runtime says.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import type { ContainerStatus, Runtime } from "../runtime/runtime.ts";
import type { ContainerUsage } from "../runtime/usage.ts";
import type { Cgroups } from "./cgroups.ts";
import type { GroupCpu, GroupMemory, GroupUsage } from "./group_usage.ts";
import { parseProcessStat, parseResident } from "./proc_files.ts";
import { textOf } from "./text_file.ts";

/** What a container uses. */
export interface ContainerLook extends GroupUsage {
  readonly container: ContainerStatus;
  /** Its control group, where it has one. */
  readonly cgroupPath?: string;
  /** Its processes; only with `detail`, or where usage had to be read from them. */
  readonly pids: readonly number[];
  readonly told?: ContainerUsage;
}

/** What a runtime counts itself, by container. Asked once for all, and only when it is needed. */
export type Told = () => Promise<ReadonlyMap<string, ContainerUsage>>;

/** What a look needs. */
export interface LookOptions {
  readonly cgroups: Cgroups;
  readonly runtime: Runtime;
  /** The group of its pod. */
  readonly podGroup: string | undefined;
  readonly told: Told;
  readonly detail: boolean;
}

type LookHost = { readonly disk: Pick<Host["disk"], "readText"> };

/** Looks at a container that runs. */
export async function lookAt(
  host: LookHost,
  container: ContainerStatus,
  options: LookOptions,
): Promise<ContainerLook> {
  const { cgroups, runtime, podGroup, detail } = options;
  const place = runtime.containerPlace
    ? await runtime.containerPlace(container.id)
    : undefined;
  // A CRI runtime with the cgroupfs driver names a container's group after it.
  const cgroupPath = place?.cgroupPath ??
    (runtime.containerPlace || podGroup === undefined
      ? undefined
      : `${podGroup}/${container.id}`);
  const group = cgroupPath === undefined
    ? undefined
    : await cgroups.usage(cgroupPath, { detail });
  const isWhole = group?.cpu !== undefined && group.memory !== undefined;
  const pids = cgroupPath !== undefined && group && (detail || !isWhole)
    ? await cgroups.processes(cgroupPath)
    : [];
  if (pids.length === 0 && place?.pid !== undefined) pids.push(place.pid);
  const own = isWhole ? undefined : await processesUsage(host, pids);
  const needed = detail || (!isWhole && !own);
  const told = needed ? (await options.told()).get(container.id) : undefined;
  const cpu = group?.cpu ?? own?.cpu ?? cpuTold(told);
  const memory = group?.memory ?? own?.memory ?? memoryTold(told);
  return {
    ...group,
    ...cpu && { cpu },
    ...memory && { memory },
    container,
    ...group && cgroupPath !== undefined && { cgroupPath },
    pids,
    ...told && { told },
  };
}

/** The sum of some processes. Those that ended take their processor time with them, unless their parent is still there. */
export async function processesUsage(
  host: LookHost,
  pids: readonly number[],
): Promise<Pick<GroupUsage, "cpu" | "memory" | "threads"> | undefined> {
  let found = false;
  const sum = { usageNs: 0, userNs: 0, systemNs: 0, threads: 0 };
  const memory = { bytes: 0, pageFaults: 0, majorPageFaults: 0 };
  for (const pid of pids) {
    const [stat, status] = await Promise.all([
      textOf(host, `/proc/${pid}/stat`),
      textOf(host, `/proc/${pid}/status`),
    ]);
    const process = stat === undefined ? undefined : parseProcessStat(stat);
    if (!process) continue;
    found = true;
    sum.usageNs += process.cpuNs;
    sum.userNs += process.userNs;
    sum.systemNs += process.systemNs;
    sum.threads += process.threads;
    memory.bytes += parseResident(status ?? "") ?? 0;
    memory.pageFaults += process.pageFaults;
    memory.majorPageFaults += process.majorPageFaults;
  }
  if (!found) return undefined;
  const { threads, ...cpu } = sum;
  const { bytes, pageFaults, majorPageFaults } = memory;
  return {
    cpu,
    memory: memoryFrom({
      usageBytes: bytes,
      workingSetBytes: bytes,
      rssBytes: bytes,
      pageFaults,
      majorPageFaults,
    }),
    threads,
  };
}

function cpuTold(told: ContainerUsage | undefined): GroupCpu | undefined {
  return told?.cpuNs === undefined ? undefined : { usageNs: told.cpuNs };
}

function memoryTold(told: ContainerUsage | undefined): GroupMemory | undefined {
  const memory = told?.memory;
  if (!memory) return undefined;
  const { workingSetBytes, usageBytes = workingSetBytes } = memory;
  return memoryFrom({
    workingSetBytes,
    usageBytes,
    rssBytes: memory.rssBytes ?? 0,
    swapBytes: told.swapBytes ?? 0,
    pageFaults: memory.pageFaults ?? 0,
    majorPageFaults: memory.majorPageFaults ?? 0,
    ...memory.availableBytes !== undefined && {
      limitBytes: memory.availableBytes + workingSetBytes,
    },
  });
}

/** A group's memory of which only a part is known. */
export function memoryFrom(
  known: Partial<GroupMemory> & Pick<GroupMemory, "workingSetBytes">,
): GroupMemory {
  return {
    usageBytes: 0,
    rssBytes: 0,
    cacheBytes: 0,
    mappedFileBytes: 0,
    activeFileBytes: 0,
    inactiveFileBytes: 0,
    swapBytes: 0,
    pageFaults: 0,
    majorPageFaults: 0,
    ...known,
  };
}
