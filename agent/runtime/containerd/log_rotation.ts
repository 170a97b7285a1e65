/**
 * Keeps containers' logs from filling the node's disk: a file beyond a size is renamed and the runtime begins a new one; of the renamed ones all but the newest are
 * compressed (kubelet's containerLogMaxSize and containerLogMaxFiles).
 *
 * @module
 */

import { basename, dirname } from "node:path";
import type { Clock, Disk } from "../../../src/base/host.ts";

/** kubelet's default for containerLogMaxSize. */
export const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

/** kubelet's default for containerLogMaxFiles, the one being written included. */
export const LOG_FILES = 5;

/** Ends the name of a compressed log. */
export const COMPRESSED = ".gz";
/** Ends the name of one that is being compressed. */
export const UNFINISHED = ".tmp";

/** Time, in milliseconds, between two looks: while nobody writes, while somebody does, and when a log is about to be full. */
const LOOK_MS = { idle: 30_000, busy: 10_000, soonest: 1_000 } as const;

const CHUNK_BYTES = 256 * 1024;

/** The log of a running container. */
export interface OpenLog {
  readonly path: string;
  /** Has the runtime write to a new file of that path. */
  readonly reopen: () => Promise<void>;
}

/** How much of logs is kept. */
export interface LogLimits {
  /** @default {@linkcode LOG_LIMIT_BYTES} */
  readonly limitBytes?: number;
  /** Of each container, the one being written included; at least 2. @default {@linkcode LOG_FILES} */
  readonly files?: number;
}

/** Looks at logs again and again, the sooner the faster they grow. */
export class LogRotator {
  readonly #host: {
    readonly disk: Disk;
    readonly clock: Pick<Clock, "now" | "monotonicMs">;
  };
  readonly #limits: LogLimits;
  #sizes = new Map<string, number>();
  #lookedMs: number | undefined;

  constructor(
    host: {
      readonly disk: Disk;
      readonly clock: Pick<Clock, "now" | "monotonicMs">;
    },
    limits: LogLimits = {},
  ) {
    this.#host = host;
    this.#limits = limits;
  }

  /**
   * Rotates those that have grown too big. Answers the time in milliseconds until the next look. A log that cannot be rotated does not keep others from it.
   *
   * @throws {AggregateError} after the last one
   */
  async look(logs: readonly OpenLog[]): Promise<number> {
    const { clock, disk } = this.#host;
    const { limitBytes = LOG_LIMIT_BYTES } = this.#limits;
    const nowMs = clock.monotonicMs();
    const elapsedMs = nowMs - (this.#lookedMs ?? nowMs);
    this.#lookedMs = nowMs;
    const sizes = new Map<string, number>();
    const errors: unknown[] = [];
    let nextMs: number = LOOK_MS.idle;
    for (const log of logs) {
      try {
        const isRotated = await rotateLog(this.#host, log, this.#limits);
        const info = await disk.stat(log.path).catch(() => undefined);
        const size = info?.sizeBytes ?? 0;
        sizes.set(log.path, size);
        // One that is new here may just have begun to flood.
        const before = this.#sizes.get(log.path);
        const grown = isRotated
          ? limitBytes
          : before === undefined
          ? 0
          : size - before;
        if (grown <= 0 && before !== undefined) continue;
        nextMs = Math.min(nextMs, LOOK_MS.busy);
        if (grown <= 0 || elapsedMs <= 0) continue;
        nextMs = Math.min(nextMs, (limitBytes - size) * elapsedMs / grown);
      } catch (error) {
        errors.push(error);
      }
    }
    this.#sizes = sizes;
    if (errors.length > 0) {
      throw new AggregateError(errors, "Could not rotate all logs");
    }
    return Math.max(LOOK_MS.soonest, nextMs);
  }
}

/**
 * Rotates the log if it has grown to the limit; answers whether it had.
 * The old file's name goes on with the time, so that names sort by age.
 *
 * @throws when the runtime does not reopen the log; the file has its old name again then.
 */
export async function rotateLog(
  host: { readonly disk: Disk; readonly clock: Pick<Clock, "now"> },
  log: OpenLog,
  options: LogLimits = {},
): Promise<boolean> {
  const { limitBytes = LOG_LIMIT_BYTES, files = LOG_FILES } = options;
  const { disk, clock } = host;
  const info = await disk.stat(log.path).catch(() => undefined);
  if (!info || info.sizeBytes < limitBytes) return false;
  const folder = dirname(log.path);
  const older = await usedFiles(disk, log.path);
  // With the new file and the one that is about to be renamed.
  const room = Math.max(0, files - 2);
  let leftBytes = limitBytes * files;
  for (const [age, name] of older.toReversed().entries()) {
    const path = `${folder}/${name}`;
    leftBytes -= await disk.stat(path).then((i) => i.sizeBytes, () => 0);
    // Who writes faster than we look has files beyond the limit: all together they may have what so many full ones have.
    if (age >= room || leftBytes < 0) await disk.remove(path);
    else if (!name.endsWith(COMPRESSED)) await compress(disk, path);
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

/** Rotated files, oldest first. What a rotation that was cut short has left is removed. */
async function usedFiles(disk: Disk, path: string): Promise<string[]> {
  const folder = dirname(path);
  const start = `${basename(path)}.`;
  const names = (await disk.list(folder)).filter((name) =>
    name.startsWith(start)
  );
  const isLeft = (name: string) =>
    name.endsWith(UNFINISHED) || names.includes(`${name}${COMPRESSED}`);
  for (const name of names.filter(isLeft)) {
    await disk.remove(`${folder}/${name}`);
  }
  return names.filter((name) => !isLeft(name)).toSorted();
}

/** Puts `path.gz` in the place of a file, whole or not at all. */
async function compress(disk: Disk, path: string): Promise<void> {
  const unfinished = `${path}${UNFINISHED}`;
  await disk.remove(unfinished);
  {
    await using file = await disk.openAppend(unfinished);
    const gzip = new CompressionStream("gzip");
    const written = gzip.readable.pipeTo(
      new WritableStream({ write: (bytes) => file.append(bytes) }),
    );
    const writer = gzip.writable.getWriter();
    for (let offset = 0;;) {
      const bytes = await disk.readAt(path, { offset, length: CHUNK_BYTES });
      if (bytes.length === 0) break;
      offset += bytes.length;
      await writer.write(bytes);
    }
    await writer.close();
    await written;
  }
  await disk.rename(unfinished, `${path}${COMPRESSED}`);
  await disk.remove(path);
}
