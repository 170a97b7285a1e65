/**
 * What one control group uses, whichever version it was read from.
 *
 * @module
 */
import type { PsiStats } from "./summary.ts";

/** Processor time of a group since it was made. */
export interface GroupCpu {
  readonly usageNs: number;
  readonly userNs?: number;
  readonly systemNs?: number;
  /** Periods of the quota; only with `detail`. */
  readonly periods?: number;
  readonly throttledPeriods?: number;
  readonly throttledNs?: number;
  /** The limits; only with `detail`, and where there are some. */
  readonly shares?: number;
  readonly quotaUs?: number;
  readonly periodUs?: number;
  readonly psi?: PsiStats;
}

/** Memory of a group with all below it. */
export interface GroupMemory {
  readonly usageBytes: number;
  readonly workingSetBytes: number;
  readonly rssBytes: number;
  readonly cacheBytes: number;
  readonly mappedFileBytes: number;
  readonly activeFileBytes: number;
  readonly inactiveFileBytes: number;
  readonly swapBytes: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
  /** Absent without one. */
  readonly limitBytes?: number;
  /** Absent without one. */
  readonly swapLimitBytes?: number;
  /** Only with `detail`. */
  readonly kernelBytes?: number;
  readonly maxUsageBytes?: number;
  readonly failures?: number;
  readonly oomKills?: number;
  readonly psi?: PsiStats;
}

/** What a group read and wrote on a block device; what only the cache saw is not in it. */
export interface GroupIo {
  /** `major:minor`. */
  readonly device: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
}

/** One group. What could not be read is absent. */
export interface GroupUsage {
  readonly cpu?: GroupCpu;
  readonly memory?: GroupMemory;
  /** Threads and the most there may be (absent without a limit); only with `detail`. */
  readonly threads?: number;
  readonly threadsLimit?: number;
  readonly ioPsi?: PsiStats;
  /** Only with `detail`, and where something was read or written. */
  readonly io?: readonly GroupIo[];
}

/** Text of a file of the group, undefined when it has none of that name. */
export type ReadFile = (name: string) => Promise<string | undefined>;

/** `key value` lines. */
export function parseFlat(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const space = line.indexOf(" ");
    if (space > 0) values.set(line.slice(0, space), Number(line.slice(space)));
  }
  return values;
}

/** One number; undefined for `max`, for nothing and for what version 1 writes where there is no limit. */
export function parseLimit(text: string | undefined): number | undefined {
  const value = parseNumber(text);
  return value === undefined || value >= UNLIMITED ? undefined : value;
}

/** One number, undefined when there is none. */
export function parseNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number.parseInt(text, 10);
  return Number.isNaN(value) ? undefined : value;
}

/** Beyond this, version 1 means that there is no limit. */
const UNLIMITED = 2 ** 62;

/**
 * A `*.pressure` file. The kernel counts microseconds.
 *
 * @see {@link https://docs.kernel.org/accounting/psi.html}
 */
export function parsePressure(text: string | undefined): PsiStats | undefined {
  const found: Record<string, PsiStats["full"]> = {};
  const lines = (text ?? "").matchAll(
    /^(some|full) avg10=(\S+) avg60=(\S+) avg300=(\S+) total=(\d+)/gm,
  );
  for (const [, kind, avg10, avg60, avg300, total] of lines) {
    found[kind!] = {
      total: Number(total) * 1000,
      avg10: Number(avg10),
      avg60: Number(avg60),
      avg300: Number(avg300),
    };
  }
  const { some, full = NO_PRESSURE } = found;
  return some && { full, some };
}

/** Old kernels have no `full` for the processor. */
const NO_PRESSURE = { total: 0, avg10: 0, avg60: 0, avg300: 0 };

/** The part of the usage that could not be had back at once. */
export function workingSet(usage: number, inactiveFile: number): number {
  return Math.max(0, usage - inactiveFile);
}

/** `io.stat` of version 2: a device a line. */
export function parseIoStat(text: string | undefined): GroupIo[] {
  const found: GroupIo[] = [];
  for (const [, device, rest] of (text ?? "").matchAll(/^(\d+:\d+) (.*)$/gm)) {
    const values = parseFlat(rest!.replaceAll(" ", "\n").replaceAll("=", " "));
    found.push({
      device: device!,
      readBytes: values.get("rbytes") ?? 0,
      writtenBytes: values.get("wbytes") ?? 0,
      reads: values.get("rios") ?? 0,
      writes: values.get("wios") ?? 0,
    });
  }
  return found;
}

/** `blkio.throttle.io_service_bytes` and `…io_serviced` of version 1: a line for each device and operation. */
export function parseBlkio(
  bytes: string | undefined,
  operations: string | undefined,
): GroupIo[] {
  const counts = (text: string | undefined) =>
    new Map(
      [...(text ?? "").matchAll(/^(\d+:\d+) (Read|Write) (\d+)$/gm)]
        .map(([, device, what, count]) => [`${device} ${what}`, Number(count)]),
    );
  const [sizes, times] = [counts(bytes), counts(operations)];
  const devices = new Set([...sizes.keys()].map((key) => key.split(" ")[0]!));
  return [...devices].map((device) => ({
    device,
    readBytes: sizes.get(`${device} Read`) ?? 0,
    writtenBytes: sizes.get(`${device} Write`) ?? 0,
    reads: times.get(`${device} Read`) ?? 0,
    writes: times.get(`${device} Write`) ?? 0,
  }));
}
