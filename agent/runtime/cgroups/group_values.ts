/**
 * What a control group is told, and the files that it goes to.
 *
 * @module
 */
import { CGROUP_MOUNT, type CgroupLayout } from "./cgroup_layout.ts";

/** The limits and weights of a group. What is absent stays as the kernel has it. */
export interface GroupValues {
  /** 2 … 262144. */
  readonly cpuShares?: number;
  /** Microseconds in each period; 0 and less for no limit. */
  readonly cpuQuota?: number;
  /** Microseconds. */
  readonly cpuPeriod?: number;
  /** 0 for no limit. */
  readonly memoryLimitBytes?: number;
  readonly pidsLimit?: number;
  /** Bytes by size of page, as {@linkcode CgroupLayout.hugePages} names it. */
  readonly hugePages?: ReadonlyMap<string, number>;
}

/** A file of the kernel and what to write into it. */
export interface GroupWrite {
  readonly path: string;
  readonly value: string;
}

/** The folders that make up a group. */
export function groupFolders(
  { version, controllers }: CgroupLayout,
  path: string,
): string[] {
  return version === 2
    ? [`${CGROUP_MOUNT}${path}`]
    : controllers.map((name) => `${CGROUP_MOUNT}/${name}${path}`);
}

/** Hands the controllers down from the root to a group in version 2; nothing in version 1, where every group has its hierarchy's. */
export function delegationWrites(
  { version, controllers }: CgroupLayout,
  path: string,
): GroupWrite[] {
  if (version === 1) return [];
  const names = path.split("/").slice(1);
  // From the root down: a group can hand down only what it was handed itself.
  return [
    "",
    ...names.map((_, depth) => `/${names.slice(0, depth + 1).join("/")}`),
  ]
    .flatMap((group) =>
      controllers.map((name) => ({
        path: `${CGROUP_MOUNT}${group}/cgroup.subtree_control`,
        value: `+${name}`,
      }))
    );
}

/** The files of a group and what goes into them. */
export function valueWrites(
  layout: CgroupLayout,
  path: string,
  values: GroupValues,
): GroupWrite[] {
  return layout.version === 2
    ? writesV2(`${CGROUP_MOUNT}${path}`, values)
    : writesV1(path, values);
}

function writesV1(path: string, values: GroupValues): GroupWrite[] {
  const file = (controller: string, name: string) =>
    `${CGROUP_MOUNT}/${controller}${path}/${name}`;
  const { cpuQuota, memoryLimitBytes } = values;
  return [
    ...write(file("cpu", "cpu.shares"), values.cpuShares),
    ...write(file("cpu", "cpu.cfs_period_us"), values.cpuPeriod),
    ...write(
      file("cpu", "cpu.cfs_quota_us"),
      cpuQuota === undefined ? undefined : cpuQuota > 0 ? cpuQuota : -1,
    ),
    ...write(
      file("memory", "memory.limit_in_bytes"),
      memoryLimitBytes === 0 ? -1 : memoryLimitBytes,
    ),
    ...write(file("pids", "pids.max"), values.pidsLimit),
    ...[...values.hugePages ?? []].flatMap(([size, bytes]) =>
      write(file("hugetlb", `hugetlb.${size}.limit_in_bytes`), bytes)
    ),
  ];
}

function writesV2(folder: string, values: GroupValues): GroupWrite[] {
  const { cpuQuota, cpuPeriod = 100_000, cpuShares, memoryLimitBytes } = values;
  return [
    ...write(
      `${folder}/cpu.weight`,
      cpuShares === undefined ? undefined : weightOf(cpuShares),
    ),
    ...write(
      `${folder}/cpu.max`,
      cpuQuota === undefined
        ? undefined
        : `${cpuQuota > 0 ? cpuQuota : "max"} ${cpuPeriod}`,
    ),
    ...write(
      `${folder}/memory.max`,
      memoryLimitBytes === 0 ? "max" : memoryLimitBytes,
    ),
    ...write(`${folder}/pids.max`, values.pidsLimit),
    ...[...values.hugePages ?? []].flatMap(([size, bytes]) =>
      write(`${folder}/hugetlb.${size}.max`, bytes)
    ),
  ];
}

/** Shares (2 … 262144) as version 2's weight (1 … 10000), the way kubelet reckons it (KEP-2254). */
export function weightOf(shares: number): number {
  return Math.floor(1 + ((Math.max(shares, 2) - 2) * 9999) / 262142);
}

function write(path: string, value: string | number | undefined): GroupWrite[] {
  return value === undefined ? [] : [{ path, value: String(value) }];
}
