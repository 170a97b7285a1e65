/**
 * The series of cAdvisor that are read from a control group or an interface.
 *
 * @module
 */
import type { MetricType } from "./exposition.ts";
import type { GroupIo, GroupUsage } from "./group_usage.ts";
import type { InterfaceCounters } from "./proc_files.ts";
import type { PsiStats } from "./summary.ts";

/** A metric of a group: its name without `container_`, its type, what it is, and how it is read. */
export type Metric = readonly [
  string,
  MetricType,
  string,
  (group: GroupUsage) => number | undefined,
];

const seconds = (ns: number | undefined) =>
  ns === undefined ? undefined : ns / 1e9;
const stalled = (psi: PsiStats | undefined) => seconds(psi?.full.total);
const waiting = (psi: PsiStats | undefined) => seconds(psi?.some.total);

/** What a group uses. */
export const METRICS: readonly Metric[] = [
  [
    "cpu_user_seconds_total",
    "counter",
    "Processor time used in programs",
    ({ cpu }) => seconds(cpu?.userNs),
  ],
  [
    "cpu_system_seconds_total",
    "counter",
    "Processor time used in the kernel",
    ({ cpu }) => seconds(cpu?.systemNs),
  ],
  [
    "cpu_cfs_periods_total",
    "counter",
    "Periods in which the quota counted",
    ({ cpu }) => cpu?.quotaUs && cpu.periods,
  ],
  [
    "cpu_cfs_throttled_periods_total",
    "counter",
    "Periods in which the quota was used up",
    ({ cpu }) => cpu?.quotaUs && cpu.throttledPeriods,
  ],
  [
    "cpu_cfs_throttled_seconds_total",
    "counter",
    "Time that was spent in waiting for the next period",
    ({ cpu }) => cpu?.quotaUs && seconds(cpu.throttledNs),
  ],
  [
    "memory_cache",
    "gauge",
    "Files kept in memory",
    ({ memory }) => memory?.cacheBytes,
  ],
  [
    "memory_rss",
    "gauge",
    "Memory that belongs to no file",
    ({ memory }) => memory?.rssBytes,
  ],
  [
    "memory_kernel_usage",
    "gauge",
    "Memory of the kernel for the container",
    ({ memory }) => memory?.kernelBytes,
  ],
  [
    "memory_mapped_file",
    "gauge",
    "Files mapped into memory",
    ({ memory }) => memory?.mappedFileBytes,
  ],
  ["memory_swap", "gauge", "Swap in use", ({ memory }) => memory?.swapBytes],
  [
    "memory_failcnt",
    "counter",
    "How often the limit was met",
    ({ memory }) => memory?.failures,
  ],
  [
    "memory_usage_bytes",
    "gauge",
    "All memory in use",
    ({ memory }) => memory?.usageBytes,
  ],
  [
    "memory_max_usage_bytes",
    "gauge",
    "Most memory that was in use",
    ({ memory }) => memory?.maxUsageBytes,
  ],
  [
    "memory_working_set_bytes",
    "gauge",
    "Memory that cannot be had back at once",
    ({ memory }) => memory?.workingSetBytes,
  ],
  [
    "memory_total_active_file_bytes",
    "gauge",
    "Files in memory that were used lately",
    ({ memory }) => memory?.activeFileBytes,
  ],
  [
    "memory_total_inactive_file_bytes",
    "gauge",
    "Files in memory that were not used lately",
    ({ memory }) => memory?.inactiveFileBytes,
  ],
  [
    "oom_events_total",
    "counter",
    "Processes that were killed for memory",
    ({ memory }) => memory?.oomKills,
  ],
  ["threads", "gauge", "Threads", ({ threads }) => threads],
  [
    "threads_max",
    "gauge",
    "Most threads that there may be; 0 for any number",
    ({ threads, threadsLimit }) =>
      threads === undefined ? undefined : threadsLimit ?? 0,
  ],
  [
    "pressure_cpu_stalled_seconds_total",
    "counter",
    "Time in which nothing went on for want of processors",
    ({ cpu }) => stalled(cpu?.psi),
  ],
  [
    "pressure_cpu_waiting_seconds_total",
    "counter",
    "Time in which something waited for a processor",
    ({ cpu }) => waiting(cpu?.psi),
  ],
  [
    "pressure_memory_stalled_seconds_total",
    "counter",
    "Time in which nothing went on for want of memory",
    ({ memory }) => stalled(memory?.psi),
  ],
  [
    "pressure_memory_waiting_seconds_total",
    "counter",
    "Time in which something waited for memory",
    ({ memory }) => waiting(memory?.psi),
  ],
  [
    "pressure_io_stalled_seconds_total",
    "counter",
    "Time in which nothing went on for input and output",
    ({ ioPsi }) => stalled(ioPsi),
  ],
  [
    "pressure_io_waiting_seconds_total",
    "counter",
    "Time in which something waited for input and output",
    ({ ioPsi }) => waiting(ioPsi),
  ],
];

/** What the container may use; these carry no time of their own. */
export const SPECS: readonly Metric[] = [
  [
    "spec_cpu_period",
    "gauge",
    "Period of the processor quota, in microseconds",
    ({ cpu }) => cpu?.periodUs,
  ],
  [
    "spec_cpu_quota",
    "gauge",
    "Processor time in each period, in microseconds",
    ({ cpu }) => cpu?.quotaUs,
  ],
  [
    "spec_cpu_shares",
    "gauge",
    "Share of the processors when they are short",
    ({ cpu }) => cpu?.shares,
  ],
  [
    "spec_memory_limit_bytes",
    "gauge",
    "Most memory that there may be; 0 for any",
    ({ memory }) => memory && (memory.limitBytes ?? 0),
  ],
  [
    "spec_memory_swap_limit_bytes",
    "gauge",
    "Most swap that there may be; 0 for any",
    ({ memory }) => memory && (memory.swapLimitBytes ?? 0),
  ],
];

/** What goes through an interface: a name without `container_network_`, where it is read, and what it is. */
export const NETWORK:
  readonly (readonly [string, keyof InterfaceCounters, string])[] = [
    ["receive_bytes_total", "rxBytes", "Bytes that came"],
    ["receive_packets_total", "rxPackets", "Packets that came"],
    [
      "receive_packets_dropped_total",
      "rxDropped",
      "Packets that came and were dropped",
    ],
    ["receive_errors_total", "rxErrors", "Errors in what came"],
    ["transmit_bytes_total", "txBytes", "Bytes that went"],
    ["transmit_packets_total", "txPackets", "Packets that went"],
    [
      "transmit_packets_dropped_total",
      "txDropped",
      "Packets that were to go and were dropped",
    ],
    ["transmit_errors_total", "txErrors", "Errors in what went"],
  ];

/** What is read and written on block devices: a name without `container_fs_`, where it is read, and what it is. */
export const DISK_IO: readonly (readonly [string, keyof GroupIo, string])[] = [
  ["reads_bytes_total", "readBytes", "Bytes read"],
  ["writes_bytes_total", "writtenBytes", "Bytes written"],
  ["reads_total", "reads", "Reads"],
  ["writes_total", "writes", "Writes"],
];
