/**
 * Tells a process from a later one that got the same number.
 *
 * @module
 */

import type { Disk } from "../../../src/base/host.ts";

/** A process that outlives us, as it is written down. */
export interface ProcessMark {
  readonly pid: number;
  /** Start time in clock ticks after boot (field 22 of /proc/PID/stat, proc(5)). */
  readonly startTicks: string;
  /** The boot that the ticks count from. */
  readonly bootId: string;
}

/** Marks a running process; undefined when it is gone (or a zombie). */
export async function markProcess(
  disk: Pick<Disk, "readText">,
  pid: number,
): Promise<ProcessMark | undefined> {
  try {
    // One after the other: a read must not be under way when the answer is out.
    const stat = await disk.readText(`/proc/${pid}/stat`);
    const bootId = await disk.readText("/proc/sys/kernel/random/boot_id");
    // The name, in parentheses, may hold anything; state is field 3.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const startTicks = fields[22 - 3];
    if (fields[0] === "Z" || startTicks === undefined) return undefined;
    return { pid, startTicks, bootId: bootId.trim() };
  } catch {
    return undefined;
  }
}

/** Whether the marked process still runs. */
export async function isRunning(
  disk: Pick<Disk, "readText">,
  mark: ProcessMark,
): Promise<boolean> {
  const now = await markProcess(disk, mark.pid);
  return now?.startTicks === mark.startTicks && now.bootId === mark.bootId;
}
