/**
 * A container's cgroups, version 1 or 2. The supervisor makes them, writes the limits and removes them again.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import type { ContainerConfig } from "../runtime.ts";
import type { SuperviseRequest } from "./supervisor.ts";

const ROOT = "/sys/fs/cgroup";

/** Most threads and processes that one container may have: more than an engine with a full pool of threads needs. */
export const PIDS_LIMIT = 2048;

/** How the machine's cgroups are arranged. */
export type CgroupVersion = 1 | 2 | undefined;

/** Controllers that carry the limits. */
const CONTROLLERS = ["memory", "cpu", "pids"];

/**
 * Which version there is; undefined when there is none that we may use: not root, or in a container that may not make groups.
 *
 * @param probe path of a group that may be made and removed to find out
 */
export async function cgroupVersion(
  host: Pick<Host, "disk" | "processes">,
  probe: string,
): Promise<CgroupVersion> {
  if (host.processes.uid !== 0) return undefined;
  const { disk } = host;
  const offered = await disk.readText(`${ROOT}/cgroup.controllers`)
    .then((text) => text.trim().split(" "), () => undefined);
  const version = offered ? 2 : 1;
  if (offered && CONTROLLERS.some((name) => !offered.includes(name))) {
    return undefined;
  }
  const groups = version === 2
    ? [`${ROOT}${probe}`]
    : CONTROLLERS.map((name) => `${ROOT}/${name}${probe}`);
  for (const group of groups) {
    const top = group.slice(0, group.indexOf("/", ROOT.length + 1));
    const isThere = await disk.stat(version === 2 ? ROOT : top)
      .then(() => true, () => false);
    if (!isThere) return undefined;
  }
  const made = await host.processes.run("/bin/sh", {
    args: ["-c", 'mkdir -p "$@" && rmdir "$@"', "sh", ...groups],
  });
  return made.code === 0 ? version : undefined;
}

/** What the supervisor is to do for a container whose cgroup is `path` (below the root, for example `/wherry/pod1/abc`). */
export function cgroupPlan(
  version: CgroupVersion,
  path: string,
  resources: ContainerConfig["resources"],
): SuperviseRequest["cgroup"] {
  if (version === 2) return planV2(path, resources);
  if (version === 1) return planV1(path, resources);
  return undefined;
}

/** Removes these groups, the inner ones first, as far as they are there and empty. */
export async function removeCgroups(
  host: Pick<Host, "disk" | "processes">,
  version: CgroupVersion,
  paths: readonly string[],
): Promise<void> {
  const folders: string[] = [];
  for (const path of paths) {
    for (const folder of cgroupPlan(version, path, {})?.folders ?? []) {
      if (await host.disk.stat(folder).then(() => true, () => false)) {
        folders.push(folder);
      }
    }
  }
  if (folders.length) await host.processes.run("rmdir", { args: folders });
}

function planV1(
  path: string,
  resources: ContainerConfig["resources"],
): SuperviseRequest["cgroup"] {
  const memory = `${ROOT}/memory${path}`;
  const cpu = `${ROOT}/cpu${path}`;
  const pids = `${ROOT}/pids${path}`;
  return {
    folders: [memory, cpu, pids],
    writes: [
      ...write(`${memory}/memory.limit_in_bytes`, resources.memoryLimitBytes),
      ...write(`${cpu}/cpu.shares`, resources.cpuShares),
      ...write(`${cpu}/cpu.cfs_period_us`, resources.cpuPeriod),
      ...write(`${cpu}/cpu.cfs_quota_us`, resources.cpuQuota),
      ...write(`${pids}/pids.max`, PIDS_LIMIT),
    ],
    oomCounter: `${memory}/memory.oom_control`,
    logFolder: cpu,
  };
}

function planV2(
  path: string,
  resources: ContainerConfig["resources"],
): SuperviseRequest["cgroup"] {
  const folder = `${ROOT}${path}`;
  // From the root down: a group can hand down only what it was handed itself.
  const parents = path.split("/").slice(1).map((_, depth, names) =>
    `${ROOT}${names.slice(0, depth).map((name) => `/${name}`).join("")}`
  );
  const { cpuQuota, cpuPeriod = 100_000, cpuShares } = resources;
  return {
    folders: [folder],
    writes: [
      ...parents.flatMap((parent) =>
        write(`${parent}/cgroup.subtree_control`, "+memory +cpu +pids")
      ),
      ...write(`${folder}/memory.max`, resources.memoryLimitBytes),
      ...write(`${folder}/cpu.weight`, cpuShares && weightOf(cpuShares)),
      ...write(
        `${folder}/cpu.max`,
        cpuQuota && cpuQuota > 0 ? `${cpuQuota} ${cpuPeriod}` : undefined,
      ),
      ...write(`${folder}/pids.max`, PIDS_LIMIT),
    ],
    oomCounter: `${folder}/memory.events`,
    // One group for all: what it has of the log in memory can be written out at any time, and the kernel takes the guest before a writer (-900).
    logFolder: folder,
  };
}

/** Shares (2 … 262144) as version 2's weight (1 … 10000), the way the kubelet reckons it (KEP-2254). */
function weightOf(shares: number): number {
  return Math.floor(1 + ((Math.max(shares, 2) - 2) * 9999) / 262142);
}

function write(
  path: string,
  value: string | number | undefined,
): { path: string; value: string }[] {
  return value === undefined ? [] : [{ path, value: String(value) }];
}
