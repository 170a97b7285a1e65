/**
 * Ends the command of a session whose client has gone.
 *
 * A CRI runtime only closes such a command's input and output: one that neither reads nor writes goes on for as long as its container does. The CRI
 * has no word for ending it, so its process is found among those that the runtime put into the container beside the container's own.
 *
 * @module
 */
import type { Clock, Host } from "../../../src/base/host.ts";
import { StartGate } from "./start_gate.ts";

/** Clock ticks in a second, as /proc counts them (the kernel's USER_HZ). */
const TICKS = 100;

/** A command may only just be starting: it is looked for again after these times, in milliseconds. */
const LOOKS_MS = [0, 200, 1_000] as const;

/** Sessions that were opened within this time, in clock ticks, may have started their processes in any order. */
const UNSURE_TICKS = 50;

/** A session with a command in a container. */
export interface CommandSession {
  readonly command: readonly string[];
  /** When the runtime was asked, in clock ticks since the machine started. */
  readonly openedTicks: number;
  /** Resolves when it is over. */
  readonly closed: Promise<void>;
}

/** What is open in one container, and what is about to be killed there. */
export class ContainerSessions {
  readonly open: Set<CommandSession> = new Set();
  readonly doomed: Set<number> = new Set();
  readonly gate: StartGate;
  /** Commands that run, and those whose remains are looked for. */
  users = 0;

  constructor(clock: Clock) {
    this.gate = new StartGate(clock);
  }
}

/** A process that the runtime put into a container. */
export interface CommandProcess {
  readonly pid: number;
  readonly startTicks: number;
  readonly command: readonly string[];
}

/** The machine's age in clock ticks; as exact as the kernel tells it. */
export async function machineTicks(host: Pick<Host, "disk">): Promise<number> {
  const [seconds = "0"] = (await host.disk.readText("/proc/uptime")).split(" ");
  return Math.floor(Number(seconds) * TICKS);
}

/** Those open sessions whose process might be taken for this one's. */
export function lookalikes(
  { command, openedTicks }: CommandSession,
  open: Iterable<CommandSession>,
): CommandSession[] {
  return [...open].filter((one) =>
    sameWords(one.command, command) &&
    Math.abs(one.openedTicks - openedTicks) <= UNSURE_TICKS
  );
}

/**
 * The process of a session that is over, if it is certain: one that shows another command by now is ours only when it can be nobody else's.
 *
 * @param open sessions that are not over; none of them is a {@linkcode lookalikes lookalike}
 */
export function processOf(
  { command, openedTicks }: CommandSession,
  { open, processes }: {
    readonly open: readonly CommandSession[];
    readonly processes: readonly CommandProcess[];
  },
): CommandProcess | undefined {
  const since = processes
    .filter(({ startTicks }) => startTicks >= openedTicks - 1)
    .toSorted((a, b) => a.startTicks - b.startTicks);
  const same = since.filter((process) => sameWords(process.command, command));
  // The first: sessions that were opened later than ours have their processes after ours.
  if (same.length > 0) {
    const later = open.filter((one) =>
      one.openedTicks > openedTicks && sameWords(one.command, command)
    );
    return same.length > later.length ? same[0] : undefined;
  }
  return since.length === 1 && open.length === 0 ? since[0] : undefined;
}

/**
 * Kills the process of a session that is over, and what it has started.
 *
 * @param at.initPid the container's own process
 */
export async function endRemains(
  host: Pick<Host, "disk" | "processes" | "clock">,
  session: CommandSession,
  at: {
    readonly containerId: string;
    readonly initPid: number;
    readonly sessions: ContainerSessions;
  },
): Promise<void> {
  const { open, doomed } = at.sessions;
  for (
    let others = lookalikes(session, open);
    others.length > 0;
    others = lookalikes(session, open)
  ) {
    await Promise.race(others.map(({ closed }) => closed));
  }
  for (const waitMs of LOOKS_MS) {
    if (waitMs > 0) await host.clock.sleep(waitMs);
    const all = await processesIn(host, at);
    const init = all.find(({ pid }) => pid === at.initPid);
    if (!init) return; // the container has ended, and everything in it
    const found = processOf(session, {
      open: [...open],
      processes: all.filter(({ pid, parent }) =>
        parent === init.parent && pid !== init.pid && !doomed.has(pid)
      ),
    });
    if (!found) continue;
    doomed.add(found.pid);
    // Children become somebody else's when their parent ends, so all are found before.
    for (const pid of [found.pid, ...descendants(found.pid, all)]) {
      host.processes.signal(pid, "SIGKILL");
    }
    return;
  }
}

interface ProcessInfo extends CommandProcess {
  readonly parent: number;
}

/** All processes in the container's control group. */
async function processesIn(
  { disk }: Pick<Host, "disk">,
  { containerId, initPid }: { containerId: string; initPid: number },
): Promise<ProcessInfo[]> {
  const read = (path: string) => disk.readText(path).catch(() => "");
  const group = groupFolder(await read(`/proc/${initPid}/cgroup`), containerId);
  if (group === undefined) return [];
  const pids = (await read(`${group}/cgroup.procs`)).split("\n").filter(
    Boolean,
  );
  const found = await Promise.all(pids.map(async (pid) => {
    const [stat, words] = await Promise.all([
      read(`/proc/${pid}/stat`),
      read(`/proc/${pid}/cmdline`),
    ]);
    // The name, in parentheses, may hold anything; the fields that follow it begin with number 3, the state.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      pid: Number(pid),
      parent: Number(fields[1]),
      startTicks: Number(fields[19]),
      command: words.split("\0").slice(0, -1),
    };
  }));
  return found.filter(({ parent }) => parent > 0);
}

/** Where the group's list of processes is, under version 1 or 2. */
function groupFolder(text: string, containerId: string): string | undefined {
  for (const line of text.split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (!path?.includes(containerId)) continue;
    if (controllers === "") return `/sys/fs/cgroup${path}`;
    if (controllers === "memory" || controllers === "pids") {
      return `/sys/fs/cgroup/${controllers}${path}`;
    }
  }
  return undefined;
}

function descendants(of: number, all: readonly ProcessInfo[]): number[] {
  return all.filter(({ parent }) => parent === of)
    .flatMap(({ pid }) => [pid, ...descendants(pid, all)]);
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}
