/**
 * What Linux tells under `/proc`.
 *
 * @module
 * @see {@link https://man7.org/linux/man-pages/man5/proc.5.html}
 */

/** Clock ticks of a second: USER_HZ, the same on every architecture that we run on. */
const TICKS_PER_SECOND = 100;
const TICK_NS = 1e9 / TICKS_PER_SECOND;

/** Values of `/proc/meminfo`, in bytes. */
export function parseMemInfo(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const [, name, kilobytes] of text.matchAll(/^(\S+):\s+(\d+) kB$/gm)) {
    values.set(name!, Number(kilobytes) * 1024);
  }
  return values;
}

/** Counters of one network interface. */
export interface InterfaceCounters {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

/** Interfaces of `/proc/net/dev` without the loopback. */
export function parseNetDev(text: string): InterfaceCounters[] {
  const interfaces: InterfaceCounters[] = [];
  for (const [, name, rest] of text.matchAll(/^\s*([^\s:]+):\s*(\d.*)$/gm)) {
    if (name === "lo") continue;
    const n = rest!.trim().split(/\s+/).map(Number);
    interfaces.push({
      name: name!,
      rxBytes: n[0] ?? 0,
      rxPackets: n[1] ?? 0,
      rxErrors: n[2] ?? 0,
      rxDropped: n[3] ?? 0,
      txBytes: n[8] ?? 0,
      txPackets: n[9] ?? 0,
      txErrors: n[10] ?? 0,
      txDropped: n[11] ?? 0,
    });
  }
  return interfaces;
}

/** What `/proc/stat` tells of the machine. */
export interface MachineStat {
  /** Time of all processors that was not idle. */
  readonly cpuNs: number;
  /** Milliseconds since 1970. */
  readonly bootedAt: number;
}

/** Reads `/proc/stat`. */
export function parseMachineStat(text: string): MachineStat {
  const ticks = (/^cpu\s+(.*)$/m.exec(text)?.[1] ?? "").split(/\s+/)
    .map(Number);
  // user nice system idle iowait irq softirq steal; a guest's time is in user already
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = ticks;
  const boot = /^btime (\d+)$/m.exec(text)?.[1];
  return {
    cpuNs: (user + nice + system + irq + softirq) * TICK_NS,
    bootedAt: Number(boot ?? 0) * 1000,
  };
}

/** What `/proc/<pid>/stat` tells of a process and its children that have ended. */
export interface ProcessStat {
  readonly cpuNs: number;
  readonly userNs: number;
  readonly systemNs: number;
  readonly threads: number;
  /** Ticks from the machine's start to its own. */
  readonly startTicks: number;
  readonly virtualBytes: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
}

/** Reads `/proc/<pid>/stat`; undefined when it is none. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The name may hold anything, so count from behind its last parenthesis.
  const end = text.lastIndexOf(")");
  if (end < 0) return undefined;
  const n = text.slice(end + 2).split(" ").map(Number);
  const at = (field: number) => n[field - 3] ?? 0; // the manual's numbers
  const userNs = (at(14) + at(16)) * TICK_NS;
  const systemNs = (at(15) + at(17)) * TICK_NS;
  return {
    cpuNs: userNs + systemNs,
    userNs,
    systemNs,
    threads: at(20),
    startTicks: at(22),
    virtualBytes: at(23),
    pageFaults: at(10),
    majorPageFaults: at(12),
  };
}

/** Memory of a process, in bytes, from `/proc/<pid>/status`: `stat` counts pages, whose size is not the same everywhere. */
export function parseResident(text: string): number | undefined {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** Threads of the machine, from `/proc/loadavg`. */
export function parseThreads(text: string): number | undefined {
  const threads = /^\S+ \S+ \S+ \d+\/(\d+)/.exec(text)?.[1];
  return threads === undefined ? undefined : Number(threads);
}

/** Milliseconds since 1970 at which a process began that `/proc/<pid>/stat` told of. */
export function startedAt(stat: ProcessStat, bootedAt: number): number {
  return bootedAt + (stat.startTicks / TICKS_PER_SECOND) * 1000;
}

/** Names of block devices (`/dev/sda`) by `major:minor`, from `/proc/diskstats`. */
export function parseDevices(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^\s*(\d+)\s+(\d+)\s+(\S+)/gm)]
      .map(([, major, minor, name]) => [`${major}:${minor}`, `/dev/${name}`]),
  );
}
