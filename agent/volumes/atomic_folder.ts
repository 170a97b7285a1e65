/**
 * A folder whose files change all at once.
 *
 * @module
 */
import { type Host, HostError } from "../../src/base/host.ts";

/** One file of an {@linkcode updateAtomicFolder}. */
export interface FolderFile {
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

const DATA_LINK = "..data";

/**
 * Makes the folder hold exactly these files, by path within it. Readers see the old set or the new one, never a mixture: the files lie in a folder
 * of their own, `..data` points to it, and what readers open (`key`) points through `..data`. The same layout as kubelet's, which programs rely on
 * when they watch for changes of `..data`.
 *
 * @returns whether anything changed
 */
export async function updateAtomicFolder(
  host: Pick<Host, "disk" | "random">,
  folder: string,
  files: ReadonlyMap<string, FolderFile>,
): Promise<boolean> {
  const { disk } = host;
  await disk.mkdir(folder, { mode: 0o755 });
  const there = await disk.list(folder);
  const names = new Set([...files.keys()].map((path) => path.split("/")[0]!));
  const link = (name: string) =>
    disk.symlink(`${DATA_LINK}/${name}`, `${folder}/${name}`);
  if (there.length === 0) {
    // A pod waits to start, and nobody reads yet: no step more than it takes.
    const version = await writeVersion(host, folder, files);
    await disk.symlink(version, `${folder}/${DATA_LINK}`);
    await Promise.all([...names].map(link));
    return true;
  }
  if (await holds(host, folder, files)) return false;
  const before = there.filter((name) =>
    name.startsWith("..") && name !== DATA_LINK
  );
  const version = await writeVersion(host, folder, files);
  const newLink = `${folder}/..data_tmp`;
  await disk.remove(newLink);
  await disk.symlink(version, newLink);
  await disk.rename(newLink, `${folder}/${DATA_LINK}`);
  for (const name of names) {
    if (!await exists(host, `${folder}/${name}`)) await link(name);
  }
  for (const name of await disk.list(folder)) {
    if (name.startsWith("..") || names.has(name)) continue;
    await disk.remove(`${folder}/${name}`);
  }
  for (const name of before) await disk.remove(`${folder}/${name}`);
  return true;
}

/** Writes the files into a new folder beside the others. @returns its name */
async function writeVersion(
  { disk, random }: Pick<Host, "disk" | "random">,
  folder: string,
  files: ReadonlyMap<string, FolderFile>,
): Promise<string> {
  const version = `..${random.uuid()}`;
  await disk.mkdir(`${folder}/${version}`, { mode: 0o755 });
  await Promise.all([...files].map(async ([path, { content, mode }]) => {
    const slash = path.lastIndexOf("/");
    if (slash > 0) {
      await disk.mkdir(`${folder}/${version}/${path.slice(0, slash)}`);
    }
    await disk.writeAtomic(`${folder}/${version}/${path}`, content, {
      mode,
      sync: false, // made again after a power cut
    });
  }));
  return version;
}

/** Whether the folder holds exactly these contents already. */
async function holds(
  { disk }: Pick<Host, "disk">,
  folder: string,
  files: ReadonlyMap<string, FolderFile>,
): Promise<boolean> {
  const data = `${folder}/${DATA_LINK}`;
  if (!await exists({ disk }, data)) return false;
  const there = (await disk.list(folder)).filter((name) =>
    !name.startsWith("..")
  );
  const wanted = new Set([...files.keys()].map((path) => path.split("/")[0]!));
  if (there.length !== wanted.size) return false;
  if (!there.every((name) => wanted.has(name))) return false;
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
