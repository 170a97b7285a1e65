/**
 * Removes whole folders, whatever lies in them.
 *
 * Deno goes down by recursion, with a stack and an open descriptor for every level: folders that a container has put thousands deep into each other would
 * end the process (stack overflow, which nobody can catch). Such ones are left to rm(1), which goes without.
 *
 * @module
 */

/** Folders that lie no deeper in each other are Deno's. */
const MOST_LEVELS = 64;
/** So many folders are looked at to find out. */
const MOST_FOLDERS = 1_000;
/** Stands in names for what is no UTF-8: such a folder cannot be looked into by its name. */
const UNREADABLE = "\ufffd";

/** Removes a file, a link, or a folder with all in it. Links are not followed. @throws Deno's errors, or what rm says */
export async function removeTree(path: string): Promise<void> {
  if (await isShallow(path)) {
    return await Deno.remove(path, { recursive: true });
  }
  const { success, stderr } = await new Deno.Command("rm", {
    args: ["-rf", "--", path],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    detached: true, // a terminal's Ctrl-C is not for it
  }).spawn().output();
  if (success) return;
  const text = new TextDecoder().decode(stderr).trim();
  throw new Error(text.split("\n")[0]!.slice(0, 500));
}

async function isShallow(path: string): Promise<boolean> {
  if (!(await Deno.lstat(path)).isDirectory) return true;
  let level = [path];
  let count = 0;
  for (let depth = 0; level.length > 0; depth++) {
    count += level.length;
    if (depth > MOST_LEVELS || count > MOST_FOLDERS) return false;
    const below: string[] = [];
    for (const folder of level) {
      const names = await foldersIn(folder);
      if (names.some((name) => name.includes(UNREADABLE))) return false;
      below.push(...names.map((name) => `${folder}/${name}`));
    }
    level = below;
  }
  return true;
}

/** Those that cannot be looked into have nothing in them that we could remove. */
async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) names.push(name);
    }
  } catch {
    return [];
  }
  return names;
}
