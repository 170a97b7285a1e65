/**
 * Keeps containers' logs from filling the node's disk: a file beyond a size is renamed and the runtime begins a new one
 * (kubelet's containerLogMaxSize and containerLogMaxFiles).
 *
 * @module
 */

import { basename, dirname } from "node:path";
import type { Clock, Disk } from "../../../src/base/host.ts";

/** kubelet's default for containerLogMaxSize. */
export const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

/** kubelet's default for containerLogMaxFiles, the one being written included. */
export const LOG_FILES = 5;

/** The log of a running container. */
export interface OpenLog {
  readonly path: string;
  /** Has the runtime write to a new file of that path. */
  readonly reopen: () => Promise<void>;
}

/**
 * Rotates the log if it has grown beyond the limit; answers whether it had.
 * The old file's name goes on with the time, so that names sort by age.
 *
 * @throws when the runtime does not reopen the log; the file has its old name again then.
 */
export async function rotateLog(
  host: { readonly disk: Disk; readonly clock: Pick<Clock, "now"> },
  log: OpenLog,
  options: {
    /** @default {@linkcode LOG_LIMIT_BYTES} */
    readonly limitBytes?: number;
    /** @default {@linkcode LOG_FILES} */
    readonly files?: number;
  } = {},
): Promise<boolean> {
  const { limitBytes = LOG_LIMIT_BYTES, files = LOG_FILES } = options;
  const { disk, clock } = host;
  const info = await disk.stat(log.path).catch(() => undefined);
  if (!info || info.sizeBytes <= limitBytes) return false;
  const folder = dirname(log.path);
  const start = `${basename(log.path)}.`;
  const older = (await disk.list(folder)).filter((name) =>
    name.startsWith(start)
  );
  // With the new file and the one that is about to be renamed.
  for (const name of older.slice(0, Math.max(0, older.length - (files - 2)))) {
    await disk.remove(`${folder}/${name}`);
  }
  const stamp = new Date(clock.now()).toISOString().replaceAll(/[-:]/g, "");
  const rotated = `${log.path}.${stamp}`;
  await disk.rename(log.path, rotated);
  try {
    await log.reopen();
  } catch (error) {
    await disk.rename(rotated, log.path);
    throw error;
  }
  return true;
}
