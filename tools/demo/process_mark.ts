/**
 * Processes that are found again by a later run: by their id and, as ids are given out again, by the moment of their start.
 *
 * @module
 */

/** How long a process may take to end by itself before it is killed. */
export const STOP_GRACE_MS = 30_000;

/** A process. */
export interface ProcessMark {
  readonly pid: number;
  /** The kernel's word for when it was started; absent where the kernel does not tell. */
  readonly started?: string;
}

/** The mark of a process that runs. */
export async function markProcess(pid: number): Promise<ProcessMark> {
  const started = await startOf(pid);
  return started === undefined ? { pid } : { pid, started };
}

/** Whether that very process runs. Never true of another one with its id, nor where the kernel does not tell. */
export async function isAlive(mark: ProcessMark): Promise<boolean> {
  return mark.started !== undefined && await startOf(mark.pid) === mark.started;
}

/** SIGTERM, and SIGKILL when it takes longer than {@linkcode STOP_GRACE_MS}. */
export async function endProcess(mark: ProcessMark): Promise<void> {
  const killAt = performance.now() + STOP_GRACE_MS;
  for (
    let signal: Deno.Signal | undefined = "SIGTERM";
    await isAlive(mark);
    signal = performance.now() > killAt ? "SIGKILL" : undefined
  ) {
    try {
      if (signal) Deno.kill(mark.pid, signal);
    } catch {
      return; // it ended in this moment
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Linux: the boot's id and the ticks from boot to start, field 22 of /proc/PID/stat. A zombie has ended. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    const boot = await Deno.readTextFile("/proc/sys/kernel/random/boot_id");
    return `${boot.trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}
