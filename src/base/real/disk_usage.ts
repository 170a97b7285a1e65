/**
 * How full file systems and folders are.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import type { DiskSpace, DiskUsage } from "../host.ts";

/** stat(2) counts blocks of this size, whatever the file system's own is. */
const STAT_BLOCK_BYTES = 512;

/** Names of one folder that are looked at together: Deno's threads are few, and the agent has other work for them. */
const TOGETHER = 16;

/** Stands in names for what is no UTF-8: what has such a name cannot be looked at by it. */
const UNREADABLE = "\ufffd";

/** A file cannot be named: its path is too long, or no UTF-8. */
class Unnameable extends Error {}

/** The file system under a path, by statfs(2). */
export async function diskSpace(path: string): Promise<DiskSpace> {
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(path);
  return {
    capacityBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    usedBytes: (blocks - bfree) * bsize,
    inodes: files,
    inodesFree: ffree,
  };
}

/**
 * Adds up what lies at and below a path, on its own file system. Where names do not lead to all of it du(1) does, which takes more: containers must not
 * keep to their limits by how they name their files.
 */
export async function diskUsage(path: string): Promise<DiskUsage> {
  try {
    return await walked(path);
  } catch (error) {
    if (!(error instanceof Unnameable)) throw error;
    const [kilobytes, inodes] = await Promise.all([
      sumOf("-skx", path),
      sumOf("-sx", "--inodes", path),
    ]);
    if (kilobytes === undefined) throw error;
    return { usedBytes: kilobytes * 1024, inodes: inodes ?? 1 };
  }
}

/** What du says last; undefined when it does not know the option. Files that go away meanwhile are none of its failures. */
async function sumOf(...args: readonly string[]): Promise<number | undefined> {
  const path = args.at(-1)!;
  const { stdout } = await new Deno.Command("du", {
    args: [...args.slice(0, -1), "--", path],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    detached: true, // a terminal's Ctrl-C is not for it
  }).spawn().output();
  const [, sum] = /^(\d+)\t/.exec(new TextDecoder().decode(stdout)) ?? [];
  return sum === undefined ? undefined : Number(sum);
}

async function walked(path: string): Promise<DiskUsage> {
  const top = await Deno.lstat(path);
  const sum = { usedBytes: bytesOf(top), inodes: 1 };
  if (!top.isDirectory) return sum;
  /** Files that have several names, by inode. */
  const seen = new Set<number>();
  const open = [path];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const names = await namesIn(folder);
    for (let at = 0; at < names.length; at += TOGETHER) {
      const paths = names.slice(at, at + TOGETHER)
        .map((name) => `${folder}/${name}`);
      for (const [i, info] of (await Promise.all(paths.map(look))).entries()) {
        if (info === undefined || info.dev !== top.dev) continue;
        if ((info.nlink ?? 1) > 1 && info.isFile && info.ino !== null) {
          if (seen.has(info.ino)) continue;
          seen.add(info.ino);
        }
        sum.usedBytes += bytesOf(info);
        sum.inodes++;
        if (info.isDirectory) open.push(paths[i]!);
      }
    }
  }
  return sum;
}

function bytesOf({ blocks, size }: Deno.FileInfo): number {
  return blocks === null ? size : blocks * STAT_BLOCK_BYTES;
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) names.push(name);
  } catch (error) {
    unlessGone(error, folder);
  }
  return names;
}

async function look(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    return unlessGone(error, path);
  }
}

/** @throws {Unnameable} when the path is no good, or the error unless it says that there is nothing */
function unlessGone(error: unknown, path: string): undefined {
  const isGone = error instanceof Deno.errors.NotFound;
  const isTooLong = (error as { code?: string }).code === "ENAMETOOLONG";
  if (isTooLong || isGone && path.includes(UNREADABLE)) {
    throw new Unnameable(`No path leads to all of "${path.slice(0, 100)}"`);
  }
  if (!isGone) throw error;
  return undefined;
}
