/**
 * A folder whose files change all at once.
 *
 * @module
 */
import { posix } from "node:path";
import { type Host, HostError } from "../../src/base/host.ts";

/** One file of an {@linkcode updateAtomicFolder}. */
export interface FolderFile {
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  /** Its owner. @default whoever the agent is */
  readonly uid?: number;
}

/** How the folder is to be. */
export interface FolderOptions {
  /** The group that may read all of it. @default the files' modes and the agent's group */
  readonly gid?: number;
  /** Folders that are to be there for others to mount something on, by path. */
  readonly mountPoints?: readonly string[];
}

const DATA_LINK = "..data";

/** Longest path, and longest name in one. */
const PATH_LENGTH = 4096;
const NAME_LENGTH = 255;

/**
 * Makes the folder hold exactly these files, by path within it. Readers see the old set or the new one, never a mixture: the files lie in a folder
 * of their own, `..data` points to it, and what readers open (`key`) points through `..data`. The same layout as kubelet's, which programs rely on
 * when they watch for changes of `..data`.
 *
 * @returns whether anything changed
 * @throws {Error} in kubelet's words when a path leads out of the folder
 */
export async function updateAtomicFolder(
  host: Pick<Host, "disk" | "random">,
  folder: string,
  { gid, mountPoints = [], ...wish }: FolderOptions & {
    readonly files: ReadonlyMap<string, FolderFile>;
  },
): Promise<boolean> {
  const { disk } = host;
  for (const path of wish.files.keys()) checkPath(path);
  const files = new Map(
    [...wish.files].map(([path, file]) => [posix.normalize(path), file]),
  );
  await disk.mkdir(folder, { mode: 0o755 });
  const names = firstNames(files.keys());
  const points = mountPoints.filter((path) => !names.has(path.split("/")[0]!));
  const pointNames = firstNames(points);
  const there = (await disk.list(folder))
    .filter((name) => !pointNames.has(name));
  for (const path of points) await disk.mkdir(`${folder}/${path}`);
  const link = (name: string) =>
    disk.symlink(`${DATA_LINK}/${name}`, `${folder}/${name}`);
  const write = async () => {
    const version = `..${host.random.uuid()}`;
    try {
      await writeVersion(host, `${folder}/${version}`, files);
      if (gid !== undefined) {
        await disk.shareWithGroup(folder, { gid, readOnly: true });
      }
    } catch (error) {
      // It is tried again and again: what a full disk took of it must not pile up.
      await disk.remove(`${folder}/${version}`);
      throw error;
    }
    return version;
  };
  if (there.length === 0) {
    // A pod waits to start, and nobody reads yet: no step more than it takes.
    const version = await write();
    await disk.symlink(version, `${folder}/${DATA_LINK}`);
    await Promise.all([...names].map(link));
    return true;
  }
  if (await holds(host, folder, { files, there })) return false;
  const before = there.filter((name) =>
    name.startsWith("..") && name !== DATA_LINK
  );
  const version = await write();
  const newLink = `${folder}/..data_tmp`;
  await disk.remove(newLink);
  await disk.symlink(version, newLink);
  await disk.rename(newLink, `${folder}/${DATA_LINK}`);
  for (const name of names) {
    if (!await exists(host, `${folder}/${name}`)) await link(name);
  }
  for (const name of await disk.list(folder)) {
    if (name.startsWith("..") || names.has(name) || pointNames.has(name)) {
      continue;
    }
    await disk.remove(`${folder}/${name}`);
  }
  for (const name of before) await disk.remove(`${folder}/${name}`);
  return true;
}

/** Nothing may be written outside of the folder, nor over the names that this layout needs. */
function checkPath(path: string): void {
  const names = path.split("/");
  const problem = path === ""
    ? `must not be empty: "${path}"`
    : path.startsWith("/")
    ? `must be relative path: ${path}`
    : path.length > PATH_LENGTH
    ? `must be less than or equal to ${PATH_LENGTH} characters`
    : names.includes("..")
    ? `must not contain '..': ${path}`
    : names.some((name) => name.length > NAME_LENGTH)
    ? `filenames must be less than or equal to ${NAME_LENGTH} characters`
    : names[0]!.startsWith("..")
    ? `must not start with '..': ${path}`
    : undefined;
  if (problem) throw new Error(`invalid path: ${problem}`);
}

/** The names at the top of these paths. */
function firstNames(paths: Iterable<string>): Set<string> {
  return new Set([...paths].map((path) => path.split("/")[0]!));
}

/** Writes the files into a new folder. @throws the first error, once nothing is under way any more */
async function writeVersion(
  { disk }: Pick<Host, "disk">,
  folder: string,
  files: ReadonlyMap<string, FolderFile>,
): Promise<void> {
  await disk.mkdir(folder, { mode: 0o755 });
  const write = async (path: string, { content, mode, uid }: FolderFile) => {
    const full = `${folder}/${path}`;
    if (path.includes("/")) {
      await disk.mkdir(full.slice(0, full.lastIndexOf("/")));
    }
    await disk.writeAtomic(full, content, {
      mode,
      sync: false, // made again after a power cut
    });
    if (uid !== undefined) await disk.chown(full, { uid });
  };
  const ends = await Promise.allSettled(
    [...files].map(([path, file]) => write(path, file)),
  );
  for (const end of ends) {
    if (end.status === "rejected") throw end.reason;
  }
}

/** Whether the folder holds exactly these contents already. */
async function holds(
  { disk }: Pick<Host, "disk">,
  folder: string,
  { files, there }: {
    readonly files: ReadonlyMap<string, FolderFile>;
    /** The names in the folder. */
    readonly there: readonly string[];
  },
): Promise<boolean> {
  const data = `${folder}/${DATA_LINK}`;
  if (!await exists({ disk }, data)) return false;
  const visible = there.filter((name) => !name.startsWith(".."));
  const wanted = firstNames(files.keys());
  if (visible.length !== wanted.size) return false;
  if (!visible.every((name) => wanted.has(name))) return false;
  for (const [path, { content }] of files) {
    try {
      const has = await disk.read(`${data}/${path}`);
      if (!sameBytes(has, content)) return false;
    } catch (error) {
      if (error instanceof HostError && error.code === "not-found") {
        return false;
      }
      throw error;
    }
  }
  // What is no longer wanted may lie beside what is, deeper than the names above.
  const nested = [...files.keys()].some((path) => path.includes("/"));
  return !nested || await countFiles({ disk }, data) === files.size;
}

/** How many files lie in a folder and the folders in it. */
async function countFiles(
  { disk }: Pick<Host, "disk">,
  folder: string,
): Promise<number> {
  let count = 0;
  for (const name of await disk.list(folder)) {
    const path = `${folder}/${name}`;
    const { isDirectory } = await disk.stat(path);
    count += isDirectory ? await countFiles({ disk }, path) : 1;
  }
  return count;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

async function exists(
  { disk }: Pick<Host, "disk">,
  path: string,
): Promise<boolean> {
  try {
    await disk.stat(path);
    return true;
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") return false;
    throw error;
  }
}
