/**
 * Reads a group of version 1.
 *
 * @module
 * @see {@link https://docs.kernel.org/admin-guide/cgroup-v1/memory.html}
 */
import {
  type GroupCpu,
  type GroupMemory,
  type GroupUsage,
  parseBlkio,
  parseFlat,
  parseLimit,
  parseNumber,
  type ReadFile,
  workingSet,
} from "./group_usage.ts";

/** `cpuacct.stat` counts ticks of a hundredth of a second. */
const TICK_NS = 10_000_000;

/** What a group uses. @param read takes `<controller>/<file>` */
export async function readV1(
  read: ReadFile,
  { detail }: { readonly detail: boolean },
): Promise<GroupUsage> {
  const [cpu, memory] = await Promise.all([
    readCpu(read, detail),
    readMemory(read, detail),
  ]);
  if (!detail) return { ...cpu && { cpu }, ...memory && { memory } };
  const [current, max, bytes, operations] = await Promise.all([
    read("pids/pids.current"),
    read("pids/pids.max"),
    read("blkio/blkio.throttle.io_service_bytes"),
    read("blkio/blkio.throttle.io_serviced"),
  ]);
  const io = parseBlkio(bytes, operations);
  const threads = parseNumber(current);
  const threadsLimit = parseLimit(max);
  return {
    ...cpu && { cpu },
    ...memory && { memory },
    ...threads !== undefined && { threads },
    ...threadsLimit !== undefined && { threadsLimit },
    ...io.length > 0 && { io },
  };
}

async function readCpu(
  read: ReadFile,
  detail: boolean,
): Promise<GroupCpu | undefined> {
  const usageNs = parseNumber(await read("cpuacct/cpuacct.usage"));
  if (usageNs === undefined) return undefined;
  if (!detail) return { usageNs };
  const [split, stat, shares, quota, period] = await Promise.all([
    read("cpuacct/cpuacct.stat"),
    read("cpu/cpu.stat"),
    read("cpu/cpu.shares"),
    read("cpu/cpu.cfs_quota_us"),
    read("cpu/cpu.cfs_period_us"),
  ]);
  const ticks = parseFlat(split ?? "");
  const throttling = parseFlat(stat ?? "");
  const quotaUs = parseNumber(quota);
  return defined({
    usageNs,
    userNs: (ticks.get("user") ?? 0) * TICK_NS,
    systemNs: (ticks.get("system") ?? 0) * TICK_NS,
    periods: throttling.get("nr_periods"),
    throttledPeriods: throttling.get("nr_throttled"),
    throttledNs: throttling.get("throttled_time"),
    shares: parseNumber(shares),
    quotaUs: quotaUs !== undefined && quotaUs > 0 ? quotaUs : undefined,
    periodUs: parseNumber(period),
  });
}

async function readMemory(
  read: ReadFile,
  detail: boolean,
): Promise<GroupMemory | undefined> {
  const [usage, stat, limit] = await Promise.all([
    read("memory/memory.usage_in_bytes"),
    read("memory/memory.stat"),
    read("memory/memory.limit_in_bytes"),
  ]);
  const usageBytes = parseNumber(usage);
  if (usageBytes === undefined || stat === undefined) return undefined;
  const values = parseFlat(stat);
  const value = (name: string) => values.get(name) ?? 0;
  const limitBytes = parseLimit(limit);
  const inactiveFileBytes = value("total_inactive_file");
  const memory = {
    usageBytes,
    workingSetBytes: workingSet(usageBytes, inactiveFileBytes),
    rssBytes: value("total_rss"),
    cacheBytes: value("total_cache"),
    mappedFileBytes: value("total_mapped_file"),
    activeFileBytes: value("total_active_file"),
    inactiveFileBytes,
    swapBytes: value("total_swap"),
    pageFaults: value("total_pgfault"),
    majorPageFaults: value("total_pgmajfault"),
    ...limitBytes !== undefined && { limitBytes },
  };
  if (!detail) return memory;
  const [both, kernel, max, failures, oom] = await Promise.all([
    read("memory/memory.memsw.limit_in_bytes"),
    read("memory/memory.kmem.usage_in_bytes"),
    read("memory/memory.max_usage_in_bytes"),
    read("memory/memory.failcnt"),
    read("memory/memory.oom_control"),
  ]);
  const bothBytes = parseLimit(both);
  return defined({
    ...memory,
    // Version 1 limits memory and swap together.
    swapLimitBytes: bothBytes !== undefined && limitBytes !== undefined
      ? Math.max(0, bothBytes - limitBytes)
      : undefined,
    kernelBytes: parseNumber(kernel),
    maxUsageBytes: parseNumber(max),
    failures: parseNumber(failures),
    oomKills: parseFlat(oom ?? "").get("oom_kill"),
  });
}

/** The same without members that are undefined. */
function defined<T extends object>(
  values: { readonly [K in keyof T]: T[K] | undefined },
): T {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as T;
}
