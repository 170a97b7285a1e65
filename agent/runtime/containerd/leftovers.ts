/**
 * Finds and removes what a containerd leaves behind once it is gone: shims, mounts, control groups, files under /run.
 *
 * Everything is found by our own paths, so that a containerd of the machine is never touched.
 *
 * @module
 */

import type { Host } from "../../../src/base/host.ts";

/** Where shims of every containerd on the machine put their sockets (a constant of containerd's). */
const SHIM_SOCKETS = "/run/containerd/s";

/** How long a killed process may take to vanish. */
const KILL_WAIT_MS = 5_000;

/** Ids of the shims that serve the containerd with this socket. */
export async function findShims(
  host: Host,
  socket: string,
): Promise<number[]> {
  const found: number[] = [];
  for (const name of await host.disk.list("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const args = await commandLine(host, pid);
    if (!args[0]?.includes("containerd-shim")) continue;
    if (args.includes(socket)) found.push(pid);
  }
  return found;
}

/** Kills the processes and waits until they are gone. */
export async function killAll(
  host: Host,
  pids: readonly number[],
): Promise<void> {
  const left = new Set(pids);
  for (const pid of left) host.processes.signal(pid, "SIGKILL");
  const deadline = host.clock.monotonicMs() + KILL_WAIT_MS;
  while (left.size > 0 && host.clock.monotonicMs() < deadline) {
    for (const pid of left) {
      if ((await commandLine(host, pid)).length === 0) left.delete(pid);
    }
    if (left.size > 0) await host.clock.sleep(20);
  }
}

/** Mount points at or below a folder, deepest first. */
export async function mountsUnder(
  host: Host,
  folder: string,
): Promise<string[]> {
  const table = await host.disk.readText("/proc/self/mountinfo");
  return table.split("\n")
    .map((line) => unescapeMount(line.split(" ")[4] ?? ""))
    .filter((path) => path === folder || path.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length);
}

/** Unmounts everything at or below a folder, also what is still busy. */
export async function unmountAll(host: Host, folder: string): Promise<void> {
  // The same point may carry several mounts.
  for (const path of await mountsUnder(host, folder)) {
    await host.processes.run("umount", { args: ["-l", path] });
  }
}

/** Removes the sockets of shims that have ended, and containerd's folder under /run when nobody else uses it. */
export async function removeShimSockets(
  host: Host,
  sockets: readonly string[],
): Promise<void> {
  for (const path of sockets) {
    if (path.startsWith(`${SHIM_SOCKETS}/`)) await host.disk.remove(path);
  }
  // rmdir keeps what is not empty.
  for (const folder of [SHIM_SOCKETS, "/run/containerd"]) {
    await host.processes.run("rmdir", { args: [folder] });
  }
}

/** What the bundles under containerd's state folder tell of containers. */
export interface BundleTraces {
  /** Sockets that shims listen on. */
  readonly sockets: readonly string[];
  /** Control groups, relative to the root of the hierarchy. */
  readonly cgroups: readonly string[];
}

/** Reads what will be left of the containers in a state folder; call it before they are removed. */
export async function readBundles(
  host: Host,
  state: string,
): Promise<BundleTraces> {
  const tasks = `${state}/io.containerd.runtime.v2.task/k8s.io`;
  const sockets: string[] = [];
  const cgroups: string[] = [];
  for (const id of await names(host, tasks)) {
    // A container of a shim that it shares with its sandbox may have no address of its own.
    const address = await textOf(host, `${tasks}/${id}/address`);
    if (address) sockets.push(address.trim().replace(/^unix:\/\//, ""));
    const spec = await textOf(host, `${tasks}/${id}/config.json`);
    const cgroup = spec && JSON.parse(spec).linux?.cgroupsPath;
    if (cgroup) cgroups.push(String(cgroup));
  }
  return { sockets, cgroups };
}

/** Removes empty control groups at `path` (and below it) in every hierarchy of cgroup v1, v2 or both. */
export async function removeCgroups(host: Host, path: string): Promise<void> {
  const base = "/sys/fs/cgroup";
  for (const root of ["", ...await names(host, base)]) {
    const folder = [base, root, path.replace(/^\/+/, "")].filter(Boolean)
      .join("/");
    await removeCgroup(host, folder);
  }
}

async function removeCgroup(host: Host, folder: string): Promise<void> {
  for (const name of await names(host, folder)) {
    const child = `${folder}/${name}`;
    const info = await host.disk.stat(child).catch(() => undefined);
    if (info?.isDirectory) await removeCgroup(host, child);
  }
  const there = await host.disk.stat(folder).catch(() => undefined);
  // The kernel's files in it go with it; only rmdir(2) does that.
  if (there?.isDirectory) await host.processes.run("rmdir", { args: [folder] });
}

async function commandLine(host: Host, pid: number): Promise<string[]> {
  try {
    const text = await host.disk.readText(`/proc/${pid}/cmdline`);
    return text.split("\0").filter(Boolean);
  } catch {
    return [];
  }
}

async function textOf(host: Host, path: string): Promise<string> {
  return await host.disk.readText(path).catch(() => "");
}

async function names(host: Host, folder: string): Promise<string[]> {
  try {
    return await host.disk.list(folder);
  } catch {
    return [];
  }
}

/** mountinfo writes blanks and such as octal (proc(5)). */
function unescapeMount(text: string): string {
  return text.replace(
    /\\([0-7]{3})/g,
    (_, octal) => String.fromCharCode(parseInt(octal, 8)),
  );
}
