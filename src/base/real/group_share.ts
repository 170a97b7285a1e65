/**
 * Files that a group shares, as Kubernetes' fsGroup wants them (kubernetes, pkg/volume/volume_linux.go).
 *
 * @module
 */
import { constants } from "node:fs";
import { lchown, open } from "node:fs/promises";

/** See `held_file.ts`. */
const O_PATH = 0o10000000;

/** What the group gets of each file, and of each folder beside. */
const READ = 0o440;
const READ_WRITE = 0o660;
const ENTER = 0o110;
/** setgid: what is made in a folder gets the folder's group. */
const HAND_GROUP_ON = 0o2000;

/** Folders may lie so deep in each other: all on the way down are open at a time, and the agent needs descriptors for others. */
const MOST_LEVELS = 256;

/** Does it: what lies in a folder first, the folder last, so that one that was not finished shows it. See `Disk.shareWithGroup`. */
export async function shareWithGroup(
  path: string,
  options: { readonly gid: number; readonly readOnly: boolean },
  level = 0,
): Promise<void> {
  if (level > MOST_LEVELS) {
    throw new Error(`Folders lie more than ${MOST_LEVELS} deep in each other`);
  }
  const opened = await open(path, O_PATH | constants.O_NOFOLLOW);
  try {
    const self = `/proc/self/fd/${opened.fd}`;
    const info = await opened.stat();
    if (info.isSymbolicLink()) return await lchown(path, -1, options.gid);
    if (info.isDirectory()) {
      for await (const { name } of Deno.readDir(self)) {
        await shareInner(`${self}/${name}`, options, level + 1);
      }
    }
    await Deno.chown(self, null, options.gid);
    const base = options.readOnly ? READ : READ_WRITE;
    const bits = info.isDirectory() ? base | ENTER | HAND_GROUP_ON : base;
    await Deno.chmod(self, (info.mode & 0o7777) | bits);
  } finally {
    await opened.close();
  }
}

/** A file that goes away while we look is nobody's any more. */
async function shareInner(
  path: string,
  options: { readonly gid: number; readonly readOnly: boolean },
  level: number,
): Promise<void> {
  try {
    await shareWithGroup(path, options, level);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}
