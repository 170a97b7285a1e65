/**
 * Reads a group of version 2.
 *
 * @module
 * @see {@link https://docs.kernel.org/admin-guide/cgroup-v2.html}
 */
import {
  type GroupCpu,
  type GroupMemory,
  type GroupUsage,
  parseFlat,
  parseIoStat,
  parseLimit,
  parseNumber,
  parsePressure,
  type ReadFile,
  workingSet,
} from "./group_usage.ts";

/** What a group uses. @param read takes a file's name */
export async function readV2(
  read: ReadFile,
  { detail }: { readonly detail: boolean },
): Promise<GroupUsage> {
  const [cpu, memory] = await Promise.all([
    readCpu(read, detail),
    readMemory(read, detail),
  ]);
  if (!detail) return { ...cpu && { cpu }, ...memory && { memory } };
  const [current, max, pressure, stat] = await Promise.all([
    read("pids.current"),
    read("pids.max"),
    read("io.pressure"),
    read("io.stat"),
  ]);
  const io = parseIoStat(stat);
  const threads = parseNumber(current);
  const threadsLimit = parseLimit(max);
  const ioPsi = parsePressure(pressure);
  return {
    ...cpu && { cpu },
    ...memory && { memory },
    ...threads !== undefined && { threads },
    ...threadsLimit !== undefined && { threadsLimit },
    ...ioPsi && { ioPsi },
    ...io.length > 0 && { io },
  };
}

async function readCpu(
  read: ReadFile,
  detail: boolean,
): Promise<GroupCpu | undefined> {
  const stat = await read("cpu.stat");
  if (stat === undefined) return undefined;
  const values = parseFlat(stat);
  const us = (name: string) => (values.get(name) ?? 0) * 1000;
  const cpu = {
    usageNs: us("usage_usec"),
    userNs: us("user_usec"),
    systemNs: us("system_usec"),
  };
  if (!detail) return cpu;
  const [max, weight, pressure] = await Promise.all([
    read("cpu.max"),
    read("cpu.weight"),
    read("cpu.pressure"),
  ]);
  const [quota, period] = (max ?? "").trim().split(" ");
  const quotaUs = parseNumber(quota);
  const periodUs = parseNumber(period);
  const psi = parsePressure(pressure);
  const weighs = parseNumber(weight);
  return {
    ...cpu,
    ...values.has("nr_periods") && {
      periods: values.get("nr_periods")!,
      throttledPeriods: values.get("nr_throttled") ?? 0,
      throttledNs: us("throttled_usec"),
    },
    ...weighs !== undefined && { shares: sharesOf(weighs) },
    ...quotaUs !== undefined && { quotaUs },
    ...periodUs !== undefined && { periodUs },
    ...psi && { psi },
  };
}

/** A weight (1 … 10000) as version 1's shares, as dashboards know them. */
function sharesOf(weight: number): number {
  return Math.trunc(2 + ((weight - 1) * 262142) / 9999);
}

async function readMemory(
  read: ReadFile,
  detail: boolean,
): Promise<GroupMemory | undefined> {
  const [current, stat, max, swap] = await Promise.all([
    read("memory.current"),
    read("memory.stat"),
    read("memory.max"),
    read("memory.swap.current"),
  ]);
  const usageBytes = parseNumber(current);
  if (usageBytes === undefined || stat === undefined) return undefined;
  const values = parseFlat(stat);
  const value = (name: string) => values.get(name) ?? 0;
  const inactiveFileBytes = value("inactive_file");
  const limitBytes = parseLimit(max);
  const memory = {
    usageBytes,
    workingSetBytes: workingSet(usageBytes, inactiveFileBytes),
    rssBytes: value("anon"),
    cacheBytes: value("file"),
    mappedFileBytes: value("file_mapped"),
    activeFileBytes: value("active_file"),
    inactiveFileBytes,
    swapBytes: parseNumber(swap) ?? 0,
    pageFaults: value("pgfault"),
    majorPageFaults: value("pgmajfault"),
    ...limitBytes !== undefined && { limitBytes },
  };
  if (!detail) return memory;
  const [swapMax, peak, events, pressure] = await Promise.all([
    read("memory.swap.max"),
    read("memory.peak"),
    read("memory.events"),
    read("memory.pressure"),
  ]);
  const swapLimitBytes = parseLimit(swapMax);
  const maxUsageBytes = parseNumber(peak);
  const counts = parseFlat(events ?? "");
  const psi = parsePressure(pressure);
  return {
    ...memory,
    ...swapLimitBytes !== undefined && { swapLimitBytes },
    ...values.has("kernel") && { kernelBytes: value("kernel") },
    ...maxUsageBytes !== undefined && { maxUsageBytes },
    ...counts.has("max") && { failures: counts.get("max")! },
    ...counts.has("oom_kill") && { oomKills: counts.get("oom_kill")! },
    ...psi && { psi },
  };
}
