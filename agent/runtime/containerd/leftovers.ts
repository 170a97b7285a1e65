/**
 * Finds and removes what a containerd leaves behind once it is gone: shims, mounts, control groups, files under /run.
 *
 * Everything is found by our own paths, so that a containerd of the machine is never touched.
 *
 * @module
 */

import { dirname, join } from "node:path";
import type { Host } from "../../../src/base/host.ts";

/** Where shims of every containerd on the machine put their sockets (a constant of containerd's). */
const SHIM_SOCKETS = "/run/containerd/s";

/** Where libcni keeps results of every container on the machine (its constant, too; containerd does not let us choose). */
const CNI_RESULTS = "/var/lib/cni/results";

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

/** Removes what ended containers left in folders that the machine's containerds share, and the folders when they are empty. */
export async function removeTraces(
  host: Host,
  traces: BundleTraces,
): Promise<void> {
  for (const path of traces.sockets) {
    if (path.startsWith(`${SHIM_SOCKETS}/`)) await host.disk.remove(path);
  }
  for (const name of await names(host, CNI_RESULTS)) {
    if (traces.ids.some((id) => name.includes(id))) {
      await host.disk.remove(`${CNI_RESULTS}/${name}`);
    }
  }
  await removeCgroups(host, traces.cgroups);
  await removeCgroups(host, traces.cgroups.map((path) => dirname(path)));
  // rmdir keeps what is not empty.
  for (const path of [SHIM_SOCKETS, CNI_RESULTS]) {
    await host.processes.run("rmdir", { args: [path] });
    await host.processes.run("rmdir", { args: [dirname(path)] });
  }
}

/** What the bundles under containerd's state folder tell of containers. */
export interface BundleTraces {
  /** Sockets that shims listen on. */
  readonly sockets: readonly string[];
  /** Control groups, relative to the root of the hierarchy. */
  readonly cgroups: readonly string[];
  /** Ids of containers and sandboxes. */
  readonly ids: readonly string[];
}

/** Reads what will be left of the containers in a state folder; call it before they are removed. */
export async function readBundles(
  host: Host,
  state: string,
): Promise<BundleTraces> {
  const tasks = `${state}/io.containerd.runtime.v2.task/k8s.io`;
  const sockets: string[] = [];
  const cgroups: string[] = [];
  const ids = await names(host, tasks);
  for (const id of ids) {
    // A container of a shim that it shares with its sandbox may have no address of its own.
    const address = await textOf(host, `${tasks}/${id}/address`);
    if (address) sockets.push(address.trim().replace(/^unix:\/\//, ""));
    const spec = await textOf(host, `${tasks}/${id}/config.json`);
    const cgroup = spec && JSON.parse(spec).linux?.cgroupsPath;
    if (cgroup) cgroups.push(String(cgroup));
  }
  return { sockets, cgroups, ids };
}

/** Removes control groups in every hierarchy of cgroup v1, v2 or both; keeps what is in use. Children go before their parents. */
export async function removeCgroups(
  host: Host,
  paths: readonly string[],
): Promise<void> {
  const base = "/sys/fs/cgroup";
  const folders: string[] = [];
  for (const root of ["", ...await names(host, base)]) {
    for (const path of paths) {
      const folder = join(base, root, path);
      const there = await host.disk.stat(folder).catch(() => undefined);
      if (there?.isDirectory) folders.push(folder);
    }
  }
  // The kernel's files in a group go with it; only rmdir(2) does that.
  if (folders.length > 0) await host.processes.run("rmdir", { args: folders });
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
