/**
 * emptyDir volumes: a folder, a file system in memory, or one of huge pages.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { EmptyDirVolumeSource } from "../../src/api/core/volume.ts";
import { type Host, HostError } from "../../src/base/host.ts";
import { compareQuantities, wholeUnits } from "../../src/api/quantity.ts";
import type { Mounts } from "./mounts.ts";

/** What {@linkcode setUpEmptyDir} needs. */
export interface EmptyDirRequest {
  /** Where it is to be. */
  readonly path: string;
  /** Whose limits and huge pages count. */
  readonly pod: Pod;
  /** Medium and size. */
  readonly source: EmptyDirVolumeSource;
  /** Absent where we may not mount. */
  readonly mounts?: Mounts;
  /** The group that all containers of the pod share, where we may give files away. */
  readonly fsGroup?: number;
  /** The memory that the node has for pods. */
  readonly memoryBytes: number;
}

const MODE = 0o777;
const SHARED_MODE = 0o2777;
const HUGE_PAGES = "HugePages";

/**
 * Makes the volume, or leaves it as it is when it is there: what the pod did to it, its mode too, is the pod's.
 *
 * @throws {Error} when the medium cannot be had
 */
export async function setUpEmptyDir(
  host: Pick<Host, "disk">,
  request: EmptyDirRequest,
): Promise<void> {
  const { path, source, pod } = request;
  const { medium = "" } = source;
  if (medium === "") return await setUpFolder(host, request);
  const isMemory = medium === "Memory";
  if (!isMemory && medium.split("-")[0] !== HUGE_PAGES) {
    throw new Error(`unknown storage medium "${medium}"`);
  }
  const { mounts } = request;
  if (!mounts) {
    throw new Error(
      `medium "${medium}" needs mounts, and this agent runs as an ordinary user`,
    );
  }
  const type = isMemory ? "tmpfs" : "hugetlbfs";
  const there = await mounts.at(path);
  if (there?.type === type) return;
  const options = [
    `mode=${(request.fsGroup === undefined ? MODE : SHARED_MODE).toString(8)}`,
    ...(request.fsGroup === undefined ? [] : [`gid=${request.fsGroup}`]),
  ];
  if (isMemory) {
    const sizeBytes = memorySizeBytes(request);
    await host.disk.mkdir(path);
    await mounts.tmpfs(path, [`size=${sizeBytes}`, ...options]);
  } else {
    const pageSize = hugePageSize(pod, medium);
    await host.disk.mkdir(path);
    await mounts.mount({
      type,
      target: path,
      options: [`pagesize=${pageSize}`, ...options],
    });
    // Unlike tmpfs it takes no setgid with its options.
    if (request.fsGroup !== undefined) {
      await host.disk.chmod(path, SHARED_MODE);
    }
  }
}

/** Under another name first: one that has its own name has its mode and group too. */
async function setUpFolder(
  { disk }: Pick<Host, "disk">,
  { path, fsGroup }: EmptyDirRequest,
): Promise<void> {
  try {
    if ((await disk.stat(path)).isDirectory) return;
  } catch (error) {
    if (!(error instanceof HostError && error.code === "not-found")) {
      throw error;
    }
  }
  const unready = `${path}.new`; // no volume's name has a dot
  await disk.remove(unready);
  await disk.mkdir(unready);
  await disk.chmod(unready, MODE); // the mode of a new folder is cut by the umask
  if (fsGroup !== undefined) {
    await disk.shareWithGroup(unready, { gid: fsGroup, readOnly: false });
  }
  await disk.rename(unready, path);
}

/** The least of the node's memory, the pod's limit if it has one, and the volume's own. */
function memorySizeBytes(
  { pod, source, memoryBytes }: EmptyDirRequest,
): number {
  const limits = pod.spec.containers.map(({ resources }) =>
    resources?.limits?.memory === undefined
      ? 0
      : wholeUnits(resources.limits.memory)
  );
  const podBytes = limits.every((bytes) => bytes > 0)
    ? limits.reduce((sum, bytes) => sum + bytes, 0)
    : 0;
  const ownBytes = source.sizeLimit === undefined
    ? 0
    : wholeUnits(source.sizeLimit);
  return Math.min(
    ...[memoryBytes, podBytes, ownBytes].filter((bytes) => bytes > 0),
  );
}

/** The size of the pages that the pod asks for, which must be one, or be the one that the medium names. */
function hugePageSize(pod: Pod, medium: string): string {
  const wanted = medium.includes("-")
    ? medium.slice(medium.indexOf("-") + 1)
    : undefined;
  const { containers, initContainers = [] } = pod.spec;
  const sizes = [...containers, ...initContainers]
    .flatMap(({ resources }) => Object.keys(resources?.requests ?? {}))
    .filter((name) => name.startsWith("hugepages-"))
    .map((name) => name.slice("hugepages-".length));
  const fitting = wanted === undefined
    ? sizes
    : sizes.filter((size) => compareQuantities(size, wanted) === 0);
  const [size, ...others] = fitting;
  if (size === undefined) {
    throw new Error(
      `medium ${medium}: hugePages storage requested, but there is no resource request for huge pages`,
    );
  }
  if (others.some((other) => compareQuantities(size, other) !== 0)) {
    throw new Error(
      `medium: ${medium} can't be used if container requests multiple huge page sizes`,
    );
  }
  return size;
}
