/**
 * Programs that are on the machine already.
 *
 * @module
 */

import { delimiter, join } from "node:path";
import { runCommand } from "./run_command.ts";

/** Folders that an ordinary user's PATH often lacks. */
const SYSTEM = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** The program's path, looked for on PATH and in the system's own folders, but not in the folder `except`. */
export async function findProgram(
  name: string,
  options: { readonly except?: string } = {},
): Promise<string | undefined> {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter);
  for (const folder of [...folders, ...SYSTEM]) {
    if (!folder || folder === options.except) continue;
    const path = join(folder, name);
    const info = await Deno.stat(path).catch(() => undefined);
    if (info?.isFile && ((info.mode ?? 0o111) & 0o111) !== 0) return path;
  }
  return undefined;
}

/** The first thing in `--version`'s output that looks like a version, for example "1.6.20". */
export async function programVersion(
  path: string,
): Promise<string | undefined> {
  const result = await runCommand(path, { args: ["--version"] });
  if (result.code !== 0) return undefined;
  return result.stdout.match(/\d+\.\d+(\.\d+)?/)?.[0];
}

/** Whether `version` is `minimum` or newer; both dotted numbers. */
export function isAtLeast(version: string, minimum: string): boolean {
  const have = version.split(".").map(Number);
  const need = minimum.split(".").map(Number);
  for (const [i, part] of need.entries()) {
    const own = have[i] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
