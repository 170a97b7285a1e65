/**
 * A folder for the time of a piece of work.
 *
 * @module
 */
import { encodeHex } from "../../base/bytes.ts";
import type { Host } from "../../base/host.ts";

const NAME_BYTES = 6;

/** Makes a folder in the machine's place for temporary files, and removes it after the work, however that ended. */
export async function withFolder<T>(
  host: Pick<Host, "disk" | "random" | "processes">,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const parent = host.processes.env("TMPDIR") || "/tmp";
  const folder = `${parent}/wherry-${encodeHex(host.random.bytes(NAME_BYTES))}`;
  await host.disk.mkdir(folder, { mode: 0o700 });
  try {
    return await work(await host.disk.realPath(folder));
  } finally {
    await host.disk.remove(folder);
  }
}
