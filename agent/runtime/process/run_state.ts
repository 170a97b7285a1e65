/**
 * What a supervisor wrote about its container, and whether that is still so.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";

/** A process, told apart from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`: clock ticks after boot. */
  readonly startTicks: string;
  readonly bootId: string;
}

/** The content of a container's `state` file. */
export type RunState =
  /** The supervisor has begun; there is no process yet. */
  | { readonly kind: "starting" }
  | {
    readonly kind: "running";
    readonly process: ProcessIdentity;
    readonly supervisor: ProcessIdentity;
    /** Wall-clock ms. */
    readonly startedAt: number;
  }
  | {
    readonly kind: "exited";
    readonly startedAt: number;
    /** Exit status, or 128 + signal number. */
    readonly code: number;
    /** How many of the container's processes the kernel killed for memory. */
    readonly oomKills: number;
  }
  /** Written by the agent: the process is gone and nobody saw how. */
  | {
    readonly kind: "lost";
    readonly startedAt: number;
    /** When it was noticed, wall-clock ms. */
    readonly noticedAt: number;
    readonly why: "rebooted" | "unknown";
  };

/** Reads a state line; undefined when it is none (never started, or a write that a power cut spoilt). */
export function parseRunState(text: string): RunState | undefined {
  const [kind, ...words] = text.trim().split(/ +/);
  if (kind === "starting") return { kind };
  if (kind === "lost") {
    const [startedAt, noticedAt, why] = words;
    if (why !== "rebooted" && why !== "unknown") return undefined;
    return {
      kind,
      startedAt: Number(startedAt),
      noticedAt: Number(noticedAt),
      why,
    };
  }
  const [bootId = "", startedAt, pid, startTicks, by, bySince, code, oom] =
    words;
  if (![startedAt, pid, startTicks, by, bySince].every(isNumber)) {
    return undefined;
  }
  if (kind === "running") {
    return {
      kind,
      startedAt: Number(startedAt),
      process: { pid: Number(pid), startTicks: startTicks ?? "", bootId },
      supervisor: { pid: Number(by), startTicks: bySince ?? "", bootId },
    };
  }
  if (kind !== "exited" || !isNumber(code)) return undefined;
  return {
    kind,
    startedAt: Number(startedAt),
    code: Number(code),
    oomKills: Number(oom) || 0,
  };
}

function isNumber(word: string | undefined): boolean {
  return word !== undefined && /^\d+$/.test(word);
}

/** The line for {@linkcode parseRunState}. */
export function formatLost(
  state: Extract<RunState, { kind: "lost" }>,
): string {
  return `lost ${state.startedAt} ${state.noticedAt} ${state.why}\n`;
}

/** Whether that very process still runs. */
export async function isRunning(
  host: Pick<Host, "disk">,
  process: ProcessIdentity,
  bootId: string,
): Promise<boolean> {
  if (process.bootId !== bootId) return false;
  let stat: string;
  try {
    stat = await host.disk.readText(`/proc/${process.pid}/stat`);
  } catch {
    return false;
  }
  // The name, in parentheses, may hold anything; the fields that follow it begin with number 3, the state.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[19] === process.startTicks && fields[0] !== "Z";
}
