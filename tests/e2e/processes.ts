/**
 * Looks at the machine's processes, as an operator would. Linux only.
 *
 * @module
 */

/** A process as /proc shows it. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Arguments, each ended by NUL. */
  readonly command: string;
  readonly environment: string;
  readonly name: string;
  readonly cgroup: string;
}

/** All processes but zombies. */
export async function processes(): Promise<Process[]> {
  const found: Process[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const read = (file: string) =>
      Deno.readTextFile(`/proc/${name}/${file}`).catch(() => "");
    const [command, environment, status, cgroup] = await Promise.all([
      read("cmdline"),
      read("environ"),
      read("status"),
      read("cgroup"),
    ]);
    const field = (key: string) =>
      new RegExp(`^${key}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
    if (!command || field("State").startsWith("Z")) continue;
    found.push({
      pid: Number(name),
      parent: Number(field("PPid")),
      name: field("Name"),
      command,
      environment,
      cgroup,
    });
  }
  return found;
}

/** An engine that runs a guest: in a root folder of its own, or as an ordinary user without one. */
const ENGINE = /^\/(?:proc\/self\/fd\/|\.wherry\/wasmtime\0)/;

/** Those that live as long as their container, by the POD_NAME that they were given; of these pods only. */
export async function workloads(
  pods: Iterable<string>,
): Promise<Map<string, number[]>> {
  const wanted = new Set(pods);
  const found = new Map<string, number[]>();
  for (const { pid, name, command, environment } of await processes()) {
    // Supervisors, and a request's own process, are others.
    const isWorkload = ENGINE.test(command) || name === "serve";
    const pod = /POD_NAME=([-a-z0-9]+)\0/.exec(`${command}\0${environment}`);
    if (!isWorkload || !pod || !wanted.has(pod[1]!)) continue;
    const pids = found.get(pod[1]!) ?? [];
    found.set(pod[1]!, [...pids, pid].sort((a, b) => a - b));
  }
  return found;
}

/** What a node runs besides its agent: engines, supervisors, containerd with its shims, containers. */
export async function nodeProcesses(
  options: {
    /** The cluster's folder: nothing else on the machine has it in its command line. */
    readonly dir: string;
    /** UIDs of pods; containers' control groups carry them. */
    readonly uids: readonly string[];
    /** Server, agent, ourselves. */
    readonly except: readonly number[];
  },
): Promise<number[]> {
  const config = await Deno.readTextFile(
    `${options.dir}/agent/containerd/config.toml`,
  ).catch(() => "");
  const marks = [options.dir];
  const state = /^state = "(.+)"$/m.exec(config)?.[1];
  if (state) marks.push(state);
  const all = await processes();
  const ours = new Set<number>();
  const except = new Set([...options.except, Deno.pid]);
  const isOurs = ({ parent, command, cgroup }: Process) =>
    ours.has(parent) || marks.some((mark) => command.includes(mark)) ||
    options.uids.some((uid) => cgroup.includes(uid));
  for (let before = -1; before !== ours.size;) {
    before = ours.size;
    for (const process of all) {
      if (!except.has(process.pid) && isOurs(process)) ours.add(process.pid);
    }
  }
  return [...ours];
}

/** Kills them all, and waits until they are gone. */
export async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // It ended with its parent.
    }
  }
  const left = new Set(pids);
  while ((await processes()).some(({ pid }) => left.has(pid))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
