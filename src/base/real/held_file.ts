/**
 * Files that are reached without following a link, and held open.
 *
 * openat(2) by way of `/proc/self/fd`: what lies behind a descriptor is one folder for ever, so that only the last name of each step is looked up, and
 * `O_NOFOLLOW` keeps that one from being a link. Whoever swaps names meanwhile can make a step fail, not lead it elsewhere.
 *
 * @module
 */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { type HeldFile, HostError } from "../host.ts";
import { fileInfo } from "./file_info.ts";

/** Linux' flag for a descriptor that only names: nothing is read, no device is woken, no right to read is needed. Node has no word for it. */
const O_PATH = 0o10000000;

/** setgid of a folder: what is made in it gets its group. */
const HAND_GROUP_ON = 0o2000;

/** Opens it. See `Disk.hold`. */
export async function holdFile(
  root: string,
  names: readonly string[],
  { makeMode }: { readonly makeMode?: number },
): Promise<HeldFile> {
  let at = await openName(root);
  for (const name of names) {
    const folder = at;
    try {
      if (name === "" || name === "." || name === ".." || name.includes("/")) {
        throw new HostError("invalid", `Not the name of a file: "${name}"`);
      }
      at = await openIn(folder, name, makeMode);
    } finally {
      await folder.close();
    }
  }
  const path = pathOf(at);
  try {
    const mine = await Deno.stat(path);
    return {
      path: path.replace("self", String(Deno.pid)),
      info: fileInfo(mine),
      isAt: async (other) => {
        const theirs = await Deno.lstat(other);
        return theirs.ino === mine.ino && theirs.dev === mine.dev;
      },
      [Symbol.asyncDispose]: () => at.close(),
    };
  } catch (error) {
    await at.close();
    throw error;
  }
}

async function openIn(
  folder: FileHandle,
  name: string,
  makeMode: number | undefined,
): Promise<FileHandle> {
  const path = `${pathOf(folder)}/${name}`;
  try {
    return await openName(path);
  } catch (error) {
    const isMissing = (error as { code?: string }).code === "ENOENT";
    if (!isMissing || makeMode === undefined) throw error;
  }
  let made = true;
  try {
    await mkdir(path, { mode: makeMode });
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    made = false;
  }
  const opened = await openName(path);
  // The mode of a new folder is cut by the umask. Its group and the bit that hands the group on may come from the folder above: they stay.
  if (made) {
    try {
      const { mode } = await opened.stat();
      await Deno.chmod(pathOf(opened), makeMode | (mode & HAND_GROUP_ON));
    } catch (error) {
      await opened.close();
      throw error;
    }
  }
  return opened;
}

/** @throws {HostError} `invalid` when it is a link */
async function openName(path: string): Promise<FileHandle> {
  const opened = await open(path, O_PATH | constants.O_NOFOLLOW);
  // A link itself is what these two flags open.
  if ((await opened.stat()).isSymbolicLink()) {
    await opened.close();
    throw new HostError("invalid", `A link is in the way: "${path}"`);
  }
  return opened;
}

function pathOf({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`;
}
