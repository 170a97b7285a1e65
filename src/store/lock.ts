/**
 * One process per KV file: two writers would give "database is locked" at moments of their choosing.
 *
 * @module
 */
import { type Disk, HostError } from "../base/host.ts";
import { StoreInUseError } from "./store.ts";

/** Takes the lock of a KV file, held until disposed or the process ends. @throws {StoreInUseError} */
export async function lockKvFile(
  disk: Disk,
  path: string,
): Promise<AsyncDisposable> {
  try {
    return await disk.lock(`${path}.lock`);
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "in-use") throw error;
    throw new StoreInUseError(
      `Can not open the store "${path}": another process has it open`,
      { cause: error },
    );
  }
}
