/**
 * Files that were not there before.
 *
 * @module
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { AppendFile } from "../host.ts";

/** Makes it. See `Disk.openNew`: owner and mode are set on what was made, whatever its name leads to by then. */
export async function openNew(
  path: string,
  options: { mode: number; owner?: { uid: number; gid: number } },
): Promise<AppendFile> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  // Nobody else may look into it before its own owner and mode are set.
  const file = await open(
    path,
    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
    0o600,
  );
  const self = `/proc/self/fd/${file.fd}`;
  try {
    const { owner, mode } = options;
    if (owner) await Deno.chown(self, owner.uid, owner.gid);
    await Deno.chmod(self, mode); // the mode of a new file is cut by the umask
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    append: async (data) => {
      for (let at = 0; at < data.length;) {
        const { bytesWritten } = await file.write(data.subarray(at));
        at += bytesWritten;
      }
    },
    sync: () => file.sync(),
    [Symbol.asyncDispose]: () => file.close(),
  };
}
