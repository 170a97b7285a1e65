/**
 * hostPath volumes: a check, and what `…OrCreate` makes.
 *
 * @module
 */
import type { HostPathVolumeSource } from "../../src/api/core/volume.ts";
import { type FileInfo, type Host, HostError } from "../../src/base/host.ts";

/** What is neither file nor folder, by the type's name, and kubelet's word for it. */
const SPECIAL: Readonly<
  Record<string, readonly [NonNullable<FileInfo["special"]>, string]>
> = {
  Socket: ["socket", "a socket file"],
  CharDevice: ["char-device", "a character device"],
  BlockDevice: ["block-device", "a block device"],
};

/**
 * Makes sure that the path is what the volume's type says; links are followed.
 *
 * @throws when it is not
 * @see {@link https://kubernetes.io/docs/concepts/storage/volumes/#hostpath-volume-types}
 */
export async function checkHostPath(
  { disk }: Pick<Host, "disk">,
  source: HostPathVolumeSource,
): Promise<void> {
  const { path, type = "" } = source;
  if (path.split("/").includes("..")) {
    throw new Error(`invalid HostPath \`${path}\`: must not contain '..'`);
  }
  if (type === "") return;
  const info = await statOf({ disk }, path);
  const special = SPECIAL[type];
  if (special) {
    return check(info?.special === special[0], `${path} is not ${special[1]}`);
  }
  switch (type) {
    case "DirectoryOrCreate":
      if (!info) return await disk.mkdir(path, { mode: 0o755 });
      return check(info.isDirectory, `${path} is not a directory`);
    case "Directory":
      return check(info?.isDirectory, `${path} is not a directory`);
    case "FileOrCreate":
      if (!info) return await disk.writeAtomic(path, "", { mode: 0o644 });
      return check(info.isFile, `${path} is not a file`);
    case "File":
      return check(info?.isFile, `${path} is not a file`);
    default:
      throw new Error(`${type} is an invalid volume type`);
  }
}

function check(ok: boolean | undefined, message: string): void {
  if (!ok) throw new Error(`hostPath type check failed: ${message}`);
}

async function statOf(
  { disk }: Pick<Host, "disk">,
  path: string,
): Promise<FileInfo | undefined> {
  try {
    return await disk.stat(await disk.realPath(path));
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") {
      return undefined;
    }
    throw error;
  }
}
