/**
 * What the machine is, read once at start.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";

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
  const memory = /^MemTotal:\s*(\d+) kB$/m.exec(await read("/proc/meminfo"));
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
  };
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

/** Size by `df`, the one program that every Linux has for it. */
async function storageBytes(
  { processes }: Pick<Host, "processes">,
  path: string,
): Promise<number> {
  try {
    const { code, stdout } = await processes.run("df", {
      args: ["-Pk", path],
      timeoutMs: 5_000,
    });
    const blocks = /\n\S+\s+(\d+)\s/.exec(stdout);
    if (code === 0 && blocks) return Number(blocks[1]) * 1024;
  } catch {
    // no df: simulated machines, minimal images
  }
  return UNKNOWN.storageBytes;
}
