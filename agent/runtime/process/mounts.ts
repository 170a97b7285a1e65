/**
 * A container's mounts without a container: WASI and its like know folders only, and the engine may run as a user who cannot enter the
 * folders above them.
 *
 * As root each container gets a mount namespace: every mount is a bind mount on a numbered folder of ours, which the supervisor opens, so
 * that neither the path nor its folders' permissions count; read-only is the kernel's. Otherwise the engine gets the machine's own path, where nothing
 * would keep it from writing: what is to be read-only is refused, but for what the agent has made for this one pod and makes again when it changes.
 * (An ordinary user of a machine with user namespaces is better off: `guest_root.ts`.)
 *
 * Mounted files become a folder with all of them that belong into it; the guest finds them as before. (Another mount on that very folder hides them.)
 *
 * @module
 */
import { posix } from "node:path";
import { type Host, HostError } from "../../../src/base/host.ts";
import { type ContainerConfig, RuntimeError } from "../runtime.ts";
import type { GuestFolder } from "./engine.ts";
import { MOUNTS_PATH } from "./supervisor.ts";

/** How a container's mounts are made. */
export interface MountPlan {
  /** What the engine is told. */
  readonly folders: readonly GuestFolder[];
  /** Mount points to make below the container's `mnt`. */
  readonly points: readonly {
    readonly name: string;
    readonly isFile: boolean;
  }[];
  /** The mount table in fstab's form; absent where we may not mount. */
  readonly table?: string;
  /** Files to link below `mnt` where we may not mount. */
  readonly links: readonly { readonly from: string; readonly name: string }[];
  /** The table of a root of its own (`guest_root.ts`), which takes the place of all the others. */
  readonly rootTable?: string;
}

/** What {@linkcode planMounts} plans for. */
export interface MountRequest {
  readonly mounts: ContainerConfig["mounts"];
  /** The container's `mnt` folder. */
  readonly folder: string;
  /** Whether we may mount. */
  readonly isRoot: boolean;
  /** Whether the engine itself keeps guests from writing to what is read-only. @default false */
  readonly keepsReadOnly?: boolean;
  /** Lays this file over the machine's `/etc/resolv.conf` for the engine; root only. */
  readonly resolvConf?: string;
}

/** Files of the machine that an engine reads itself, so that a mount of them has to reach it too. */
const SYSTEM_FILES = ["/etc/hosts", "/etc/resolv.conf"];

/**
 * Plans the mounts.
 *
 * @throws {RuntimeError} `CreateContainerError` when a mount's source is missing
 */
export async function planMounts(
  host: Pick<Host, "disk">,
  request: MountRequest,
): Promise<MountPlan> {
  const { isRoot, folder } = request;
  const folders: GuestFolder[] = [];
  const points: { name: string; isFile: boolean }[] = [];
  const links: { from: string; name: string }[] = [];
  const table: string[] = [];
  const bind = (from: string, to: string, readOnly: boolean) =>
    table.push(
      `${escape(from)} ${escape(to)} none bind${readOnly ? ",ro" : ""} 0 0\n`,
    );
  const ofFiles = new Map<string, number>();
  for (const [position, mount] of request.mounts.entries()) {
    refuseWhatIsNone(mount);
    const isFile = await isFileAt(host, mount.hostPath);
    const { readOnly } = mount;
    const to = isFile
      ? posix.dirname(mount.containerPath)
      : mount.containerPath;
    // A guest that knows several folders by one name finds the files of one of them.
    const shared = isFile ? ofFiles.get(to) : undefined;
    const i = shared ?? position;
    if (isFile) ofFiles.set(to, i);
    const name = isFile
      ? `${i}/${posix.basename(mount.containerPath)}`
      : String(i);
    const tell = (from: string) => {
      if (shared === undefined) folders.push({ from, to, readOnly });
    };
    if (!isRoot && !request.keepsReadOnly) refuseWhatIsWritable(mount);
    if (isRoot) {
      points.push({ name, isFile });
      bind(mount.hostPath, `${folder}/${name}`, readOnly);
      tell(`${MOUNTS_PATH}/${i}`);
      if (
        SYSTEM_FILES.includes(mount.containerPath) &&
        await exists(host, mount.containerPath)
      ) bind(mount.hostPath, mount.containerPath, true);
    } else if (isFile) {
      links.push({ from: mount.hostPath, name });
      tell(`${folder}/${i}`);
    } else {
      folders.push({ from: mount.hostPath, to, readOnly });
    }
  }
  const resolvConf = "/etc/resolv.conf";
  if (isRoot && request.resolvConf && await exists(host, resolvConf)) {
    bind(request.resolvConf, resolvConf, true);
  }
  return {
    folders,
    points,
    links,
    ...(table.length > 0 ? { table: table.join("") } : {}),
  };
}

/** Makes what the plan needs below `folder`. */
export async function prepareMounts(
  host: Pick<Host, "disk" | "processes">,
  plan: MountPlan,
  folder: string,
): Promise<void> {
  const { disk, processes } = host;
  for (const { name, isFile } of plan.points) {
    const path = `${folder}/${name}`;
    await disk.mkdir(isFile ? posix.dirname(path) : path);
    if (isFile) await disk.writeAtomic(path, "", { sync: false });
  }
  for (const { from, name } of plan.links) {
    const path = `${folder}/${name}`;
    await disk.mkdir(posix.dirname(path));
    const done = await processes.run("ln", { args: [from, path] });
    if (done.code !== 0) {
      throw new RuntimeError(
        "CreateContainerError",
        `Can not mount the file "${from}": ${done.stderr.trim()}`,
      );
    }
  }
}

/** What is mounted later reaches no guest, and nothing that it could mount reaches the machine. */
export function refuseWhatIsNone(
  { hostPath, propagation = "None" }: ContainerConfig["mounts"][number],
): void {
  if (propagation === "None") return;
  throw new RuntimeError(
    "CreateContainerError",
    `Can not mount "${hostPath}" with propagation "${propagation}": a guest has no mounts of its own`,
  );
}

/** Files and volumes that the agent makes from objects. */
const MADE_FOR_THE_POD =
  /\/pods\/[^/]+\/(?:containers|volumes\/kubernetes\.io~configmap)\//;

/** Without mounts of our own nothing keeps a guest from writing where the agent's user may. */
function refuseWhatIsWritable(
  { hostPath, containerPath, readOnly }: ContainerConfig["mounts"][number],
): void {
  if (!readOnly || MADE_FOR_THE_POD.test(hostPath)) return;
  throw new RuntimeError(
    "CreateContainerError",
    `Can not mount "${containerPath}" read-only: this agent runs as an ordinary user, and the machine gives those no user namespaces`,
  );
}

/** Whether it is a file rather than a folder. @throws {RuntimeError} when it is neither or missing */
export async function isFileAt(
  host: Pick<Host, "disk">,
  path: string,
): Promise<boolean> {
  try {
    const info = await host.disk.stat(await host.disk.realPath(path));
    if (info.special) {
      throw new RuntimeError(
        "CreateContainerError",
        `Can not mount "${path}": it is a ${
          info.special.replace("-", " ")
        }, and a guest knows files and folders only`,
      );
    }
    return info.isFile;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new RuntimeError(
      "CreateContainerError",
      `Can not mount "${path}": ${error.message}`,
      { cause: error },
    );
  }
}

function exists(host: Pick<Host, "disk">, path: string): Promise<boolean> {
  return host.disk.stat(path).then(() => true, () => false);
}

/** fstab's way to write blanks. */
function escape(path: string): string {
  return path.replace(
    /[\s\\#]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
}
