/**
 * Files that may not be there.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";

/** The text of a file of `/proc` or `/sys`; undefined when it is not there, or gone since. */
export async function textOf(
  { disk }: { readonly disk: Pick<Host["disk"], "readText"> },
  path: string,
): Promise<string | undefined> {
  try {
    return await disk.readText(path);
  } catch {
    return undefined;
  }
}
