/**
 * The files of a container that are no volumes: for its last words, and those that tell it its names.
 *
 * A container may write to them, so where the agent may mount they lie in a small file system in memory, one for each container: filled to the brim it
 * troubles nobody but the container, and the node's disk not at all.
 *
 * @module
 */
import { type Host, HostError } from "../../src/base/host.ts";
import { hostsFile, nodeHostsFile } from "../container/hosts_file.ts";
import type { PodFace } from "../container/pod_face.ts";
import type { ContainerPlan } from "../container/services.ts";
import {
  FILE_LIMIT_BYTES,
  readTail,
  terminationPath,
} from "../container/termination_message.ts";
import type { SandboxConfig } from "../runtime/runtime.ts";
import type { Mounts } from "../volumes/mounts.ts";
import { resolvConf } from "./dns/resolv_conf.ts";
import { podHostName } from "./host_name.ts";

/** What a container may write to its files, all together, in bytes. */
const ROOM_BYTES = 1024 * 1024;

/** The node's own. */
const NODE_HOSTS = "/etc/hosts";

/** Where they lie on the node. */
export interface ContainerFiles {
  /** For the container's last words. */
  readonly terminationLog: string;
  /** The pod's hosts file. */
  readonly hostsPath?: string;
  /** Its resolv.conf and its hostname file, where those that the runtime would make have no bound. */
  readonly resolvConfPath?: string;
  readonly hostnamePath?: string;
}

/** What they are made from. */
export interface ContainerFilesContext {
  /** The pod's folder. */
  readonly folder: string;
  readonly face: PodFace;
  readonly plan: ContainerPlan;
  readonly sandbox: SandboxConfig;
  readonly clusterDomain: string;
  /** Absent where the agent may not mount. */
  readonly mounts?: Mounts;
}

/** Makes them for the next attempt, and takes away what older ones left. */
export async function makeContainerFiles(
  host: Pick<Host, "disk" | "processes">,
  context: ContainerFilesContext,
): Promise<ContainerFiles> {
  const { disk } = host;
  const { folder, plan, mounts, face, sandbox } = context;
  const { name } = plan.container;
  const terminationLog = terminationPath(folder, { name, ...plan });
  const own = terminationLog.slice(0, terminationLog.lastIndexOf("/"));
  await disk.mkdir(own);
  const hosts = await hostsText(host, context);
  if (mounts) await bound(mounts, own, hosts?.length ?? 0);
  await makeRoom(host, own, plan.attempt);
  const write = async (path: string, text: string): Promise<string> => {
    await disk.writeAtomic(path, text, { sync: false });
    return path;
  };
  await write(terminationLog, "");
  await disk.chmod(terminationLog, 0o666); // the mode of a new file is cut by the umask
  const hostname = face.pod.spec.hostNetwork
    ? host.processes.hostname()
    : sandbox.hostname;
  return {
    terminationLog,
    ...(hosts !== undefined &&
      { hostsPath: await write(`${own}/etc-hosts`, hosts) }),
    ...(mounts && {
      hostnamePath: await write(`${own}/hostname`, `${hostname}\n`),
      ...(sandbox.dns && {
        resolvConfPath: await write(
          `${own}/resolv.conf`,
          resolvConf(sandbox.dns),
        ),
      }),
    }),
  };
}

/** Undefined as long as the pod has no address. */
async function hostsText(
  { disk }: Pick<Host, "disk">,
  { face, clusterDomain }: ContainerFilesContext,
): Promise<string | undefined> {
  const { pod, sandbox } = face;
  const { hostNetwork, hostAliases: aliases = [] } = pod.spec;
  if (hostNetwork) {
    // A machine without one has no names to tell.
    const own = await disk.readText(NODE_HOSTS).catch(noneIfNotFound);
    return nodeHostsFile(own ?? "", aliases);
  }
  const ips = sandbox?.ips ?? [];
  if (ips.length === 0) return undefined;
  return hostsFile({ ips, ...podHostName(pod, clusterDomain), aliases });
}

/** Mounts the folder's own file system, unless it is there. */
async function bound(
  mounts: Mounts,
  folder: string,
  hostsBytes: number,
): Promise<void> {
  if (await mounts.at(folder)) return;
  await mounts.mount({
    type: "tmpfs",
    target: folder,
    options: [
      `size=${ROOM_BYTES + 2 * hostsBytes}`,
      "mode=755",
      "nosuid",
      "nodev",
      "noexec",
    ],
  });
}

/** Old attempts' last words are asked for no longer, but for those of the last one; of these only the end counts. */
async function makeRoom(
  { disk }: Pick<Host, "disk">,
  folder: string,
  attempt: number,
): Promise<void> {
  for (const name of await disk.list(folder).catch(noneIfNotFound) ?? []) {
    const path = `${folder}/${name}`;
    if (Number(name) !== attempt - 1) {
      await disk.remove(path);
      continue;
    }
    if ((await disk.stat(path)).sizeBytes <= FILE_LIMIT_BYTES) continue;
    const end = await readTail({ disk }, path);
    // Where nothing is left to write to, room has to be made first.
    await disk.remove(path);
    await disk.writeAtomic(path, end, { sync: false });
  }
}

function noneIfNotFound(error: unknown): undefined {
  if (error instanceof HostError && error.code === "not-found") return;
  throw error;
}
