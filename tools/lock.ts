/**
 * Mutual exclusion between processes that prepare the same folder.
 *
 * @module
 */

import { join } from "node:path";

/** Runs `work` while no other process (or call) runs under the same folder's lock. The lock falls with the process. */
export async function withFolderLock<T>(
  folder: string,
  work: () => Promise<T>,
): Promise<T> {
  using file = await Deno.open(join(folder, ".lock"), {
    create: true,
    write: true,
  });
  await file.lock(true);
  try {
    return await work();
  } finally {
    await file.unlock();
  }
}
