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

/** Which version there is; undefined when we may not use it (not root) or there is none. */
export async function cgroupVersion(
  host: Pick<Host, "disk" | "processes">,
): Promise<CgroupVersion> {
  if (host.processes.uid !== 0) return undefined;
  const isThere = (path: string) =>
    host.disk.stat(path).then(() => true, () => false);
  if (await isThere(`${ROOT}/cgroup.controllers`)) return 2;
  return await isThere(`${ROOT}/memory/memory.limit_in_bytes`) ? 1 : undefined;
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
  };
}

function planV2(
  path: string,
  resources: ContainerConfig["resources"],
): SuperviseRequest["cgroup"] {
  const folder = `${ROOT}${path}`;
  const parent = folder.slice(0, folder.lastIndexOf("/"));
  const { cpuQuota, cpuPeriod = 100_000, cpuShares } = resources;
  return {
    folders: [folder],
    writes: [
      // Controllers have to be handed down before a child can have limits.
      ...write(`${parent}/cgroup.subtree_control`, "+memory +cpu +pids"),
      ...write(`${folder}/memory.max`, resources.memoryLimitBytes),
      ...write(`${folder}/cpu.weight`, cpuShares && weightOf(cpuShares)),
      ...write(
        `${folder}/cpu.max`,
        cpuQuota && cpuQuota > 0 ? `${cpuQuota} ${cpuPeriod}` : undefined,
      ),
      ...write(`${folder}/pids.max`, PIDS_LIMIT),
    ],
    oomCounter: `${folder}/memory.events`,
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
