/**
 * How the machine's control groups are arranged.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";

/** Where they are mounted. */
export const CGROUP_MOUNT = "/sys/fs/cgroup";

/** Controllers without which limits cannot be kept. */
export const NEEDED_CONTROLLERS: readonly string[] = ["memory", "cpu", "pids"];

/** Controllers that are used where they are. */
const WELCOME_CONTROLLERS: readonly string[] = ["cpuacct", "hugetlb"];

/** One of the two arrangements. */
export interface CgroupLayout {
  readonly version: 1 | 2;
  /** Which of those that we use are there. In version 1 each is a hierarchy of its own. */
  readonly controllers: readonly string[];
  /** Sizes of huge pages as the groups' files name them: `2MB`. */
  readonly hugePages: readonly string[];
  /** Whether groups can be kept from swapping. */
  readonly limitsSwap: boolean;
}

/** Looks at the machine; undefined when there are no groups that could carry limits. */
export async function cgroupLayout(
  { disk }: Pick<Host, "disk">,
): Promise<CgroupLayout | undefined> {
  const unified = await disk.readText(`${CGROUP_MOUNT}/cgroup.controllers`)
    .then((text) => text.trim().split(" "), () => undefined);
  const there = unified ?? await disk.list(CGROUP_MOUNT).catch(() => []);
  const controllers = [...NEEDED_CONTROLLERS, ...WELCOME_CONTROLLERS]
    .filter((name) => there.includes(name));
  if (NEEDED_CONTROLLERS.some((name) => !controllers.includes(name))) {
    return undefined;
  }
  return {
    version: unified ? 2 : 1,
    controllers,
    hugePages: controllers.includes("hugetlb") ? await hugePages(disk) : [],
    limitsSwap: await limitsSwap(disk, unified !== undefined),
  };
}

/** The root of version 2 has no such file, but every group below it, ours among them. */
async function limitsSwap(
  disk: Host["disk"],
  isUnified: boolean,
): Promise<boolean> {
  const own = await disk.readText("/proc/self/cgroup").catch(() => "");
  const path = /^0::(.*)$/m.exec(own)?.[1] ?? "/";
  const file = isUnified
    ? `${CGROUP_MOUNT}${path}/memory.swap.max`
    : `${CGROUP_MOUNT}/memory/memory.memsw.limit_in_bytes`;
  return await disk.stat(file).then(() => true, () => false);
}

/** `2MB` of `hugepages-2048kB`. */
async function hugePages(disk: Host["disk"]): Promise<string[]> {
  const names = await disk.list("/sys/kernel/mm/hugepages").catch(() => []);
  return names.flatMap((name) => {
    const kilobytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0);
    return kilobytes > 0 ? [pageSizeName(kilobytes * 1024)] : [];
  });
}

/** How the kernel's files and the CRI name a size of huge pages: `64KB`, `2MB`, `1GB`. */
export function pageSizeName(bytes: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && size % 1024 === 0 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size}${units[unit]}`;
}
