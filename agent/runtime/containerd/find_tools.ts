/**
 * Looks for the programs that our own containerd is made of.
 *
 * @module
 */

import type { Host } from "../../../src/base/host.ts";
import type { ContainerdTools } from "./containerd_process.ts";

/** Where distributions put CNI plugins; a folder `cni` beside containerd comes before them. */
const CNI_FOLDERS = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"];

/** Folders that PATH may lack. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * The programs on PATH.
 *
 * @throws {Error} naming what is missing.
 */
export async function findContainerdTools(
  host: Host,
): Promise<ContainerdTools> {
  const find = async (name: string) => {
    const path = await findProgram(host, name);
    if (path) return path;
    throw new Error(`Cannot run containers: no "${name}" on PATH`);
  };
  const containerd = await find("containerd");
  const ctr = await find("ctr");
  const runc = await find("runc");
  await find("containerd-shim-runc-v2");
  const beside = `${containerd.slice(0, containerd.lastIndexOf("/"))}/cni`;
  const plugin = await firstThere(
    host,
    [beside, ...CNI_FOLDERS].map((folder) => `${folder}/bridge`),
  );
  if (!plugin) throw new Error("Cannot run containers: no CNI plugins found");
  return {
    containerd,
    ctr,
    runc,
    cniBin: plugin.slice(0, plugin.lastIndexOf("/")),
  };
}

/** A program's path on PATH or in the system's folders. */
export function findProgram(
  host: Host,
  name: string,
): Promise<string | undefined> {
  const folders = (host.processes.env("PATH") ?? "").split(":")
    .filter(Boolean).concat(SYSTEM_FOLDERS);
  return firstThere(host, folders.map((folder) => `${folder}/${name}`));
}

async function firstThere(
  host: Host,
  paths: readonly string[],
): Promise<string | undefined> {
  for (const path of paths) {
    if (await host.disk.stat(path).then(() => true, () => false)) return path;
  }
  return undefined;
}
