/**
 * What the machine is, read once at start.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { binaryQuantity } from "./capacity.ts";

/** Facts about the machine under the node. */
export interface MachineInfo {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Size of the file system that pods' data lies on. */
  readonly storageBytes: number;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  /** "linux" */
  readonly os: string;
  /** "amd64" or "arm64". */
  readonly arch: string;
  readonly hostname: string;
  /** Bytes in huge pages by their size (`2Mi`, `1Gi`). @default the machine has none */
  readonly hugePages?: Readonly<Record<string, number>>;
  /** 0 without swap. @default 0 */
  readonly swapBytes?: number;
}

/** What stands in for facts that the machine does not tell. */
const UNKNOWN = { cpus: 1, memoryBytes: 512 * 1024 ** 2, storageBytes: 0 };

/** Reads what Linux tells about itself. What is missing is left empty or small; nothing fails. */
export async function readMachine(
  host: Pick<Host, "disk" | "processes">,
  dataDir: string,
): Promise<MachineInfo> {
  const read = (path: string) => readText(host, path);
  const cpuInfo = await read("/proc/cpuinfo");
  const cpus = [...cpuInfo.matchAll(/^processor\s*:/gm)].length;
  const memInfo = await read("/proc/meminfo");
  const memory = /^MemTotal:\s*(\d+) kB$/m.exec(memInfo);
  const swap = /^SwapTotal:\s*(\d+) kB$/m.exec(memInfo);
  const release = await read("/etc/os-release");
  const machineId = (await read("/etc/machine-id")).trim();
  const uuid = (await read("/sys/class/dmi/id/product_uuid")).trim();
  const { arch, os } = host.processes;
  return {
    cpus: cpus || UNKNOWN.cpus,
    memoryBytes: memory ? Number(memory[1]) * 1024 : UNKNOWN.memoryBytes,
    storageBytes: await storageBytes(host, dataDir),
    machineId,
    systemUuid: uuid || machineId,
    bootId: (await read("/proc/sys/kernel/random/boot_id")).trim(),
    kernelVersion: (await read("/proc/sys/kernel/osrelease")).trim(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1] ?? "",
    os,
    arch: arch === "aarch64" ? "arm64" : "amd64",
    hostname: host.processes.hostname(),
    hugePages: await hugePages(host),
    swapBytes: swap ? Number(swap[1]) * 1024 : 0,
  };
}

/** Huge pages that were set aside, by size. */
async function hugePages(
  host: Pick<Host, "disk">,
): Promise<Record<string, number>> {
  const folder = "/sys/kernel/mm/hugepages";
  const found: Record<string, number> = {};
  let names: readonly string[];
  try {
    names = await host.disk.list(folder);
  } catch {
    return found;
  }
  for (const name of names) {
    const kib = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1]);
    if (!kib) continue;
    const count = Number(
      await readText(host, `${folder}/${name}/nr_hugepages`),
    );
    found[binaryQuantity(kib * 1024)] = count * kib * 1024;
  }
  return found;
}

async function readText(
  { disk }: Pick<Host, "disk">,
  path: string,
): Promise<string> {
  try {
    return await disk.readText(path);
  } catch {
    return ""; // not every system tells everything
  }
}

async function storageBytes(
  { disk }: Pick<Host, "disk">,
  path: string,
): Promise<number> {
  try {
    return (await disk.space(path)).capacityBytes;
  } catch {
    return UNKNOWN.storageBytes;
  }
}
