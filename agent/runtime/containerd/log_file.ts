/**
 * Reads a container's log file, from anywhere in it and on through its rotations.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import { type Disk, HostError } from "../../../src/base/host.ts";
import type { LogEntry } from "../runtime.ts";
import { LogLines } from "./log_line.ts";
import { COMPRESSED, UNFINISHED } from "./log_rotation.ts";

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** A place in a log file that moves forward as entries are read. */
export class LogFile {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #lines = new LogLines();
  /** Rotated files that were there before and are not read yet. */
  readonly #before: string[];
  /** All that were there before; a new one is the file that we were reading. */
  readonly #older: Set<string>;
  #offset: number;

  private constructor(
    disk: Disk,
    at: {
      path: string;
      before: readonly string[];
      offset: number;
      older: readonly string[];
    },
  ) {
    this.#disk = disk;
    this.#path = at.path;
    this.#before = [...at.before];
    this.#offset = at.offset;
    this.#older = new Set(at.older);
  }

  /** At the start of the oldest file that rotation kept, or where the last `tailLines` lines begin; files that ended before `since` are left out. */
  static async open(
    disk: Disk,
    path: string,
    options: { tailLines?: number; since?: number } = {},
  ): Promise<LogFile> {
    const { tailLines, since } = options;
    const older = await rotated(disk, path);
    const files = [...older, path];
    let first = files.length - 1;
    let offset = 0;
    for (let missing = tailLines ?? Infinity;; first--) {
      if (tailLines !== undefined) {
        ({ offset, missing } = await tailOf(disk, files[first]!, missing));
      }
      const previous = files[first - 1];
      if (missing === 0 || previous === undefined) break;
      if (await endedBefore(disk, previous, since)) break;
    }
    const before = files.slice(first, -1);
    return new LogFile(disk, { path, before, offset, older });
  }

  /**
   * Everything that is there and was not read yet. Whoever writes meanwhile, faster than we read perhaps, is read too; with `untilNow` only what is there
   * when it begins.
   */
  async *read(
    { untilNow = false }: { readonly untilNow?: boolean } = {},
  ): AsyncGenerator<LogEntry> {
    const end = untilNow ? await sizeOf(this.#disk, this.#path) : Infinity;
    for (
      let name = this.#before.shift();
      name !== undefined;
      name = this.#before.shift()
    ) {
      yield* this.#rest(name);
      this.#offset = 0;
    }
    for (const name of await rotated(this.#disk, this.#path)) {
      if (this.#older.has(name)) continue;
      this.#older.add(name);
      yield* this.#rest(name);
      this.#offset = 0;
    }
    yield* this.#rest(this.#path, end);
  }

  async *#rest(path: string, end = Infinity): AsyncGenerator<LogEntry> {
    while (this.#offset < end) {
      const bytes = await readChunk(this.#disk, path, {
        offset: this.#offset,
        length: Math.min(CHUNK_BYTES, end - this.#offset),
      });
      if (bytes.length === 0) return;
      this.#offset += bytes.length;
      yield* this.#lines.push(bytes);
    }
  }
}

/** Rotated files of a log that can be read as they are, oldest first: their names go on with a time stamp. Compressed ones are for people. */
async function rotated(disk: Disk, path: string): Promise<string[]> {
  const folder = dirname(path);
  const start = `${basename(path)}.`;
  const names = await disk.list(folder).catch(() => []);
  return names.filter((name) =>
    name.startsWith(start) && !name.endsWith(COMPRESSED) &&
    !name.endsWith(UNFINISHED)
  ).toSorted()
    .map((name) => `${folder}/${name}`);
}

/** A file that is not there (yet) is empty. */
async function readChunk(
  disk: Disk,
  path: string,
  at: { offset: number; length: number },
): Promise<Uint8Array> {
  try {
    return await disk.readAt(path, at);
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") {
      return new Uint8Array(0);
    }
    throw error;
  }
}

function sizeOf(disk: Disk, path: string): Promise<number> {
  return disk.stat(path).then((info) => info.sizeBytes, () => 0);
}

/** Whether a file holds nothing at or after a time. */
async function endedBefore(
  disk: Disk,
  path: string,
  since: number | undefined,
): Promise<boolean> {
  if (since === undefined) return false;
  return await disk.stat(path).then((i) => i.modified < since, () => true);
}

/** Where the last lines of a file begin, and how many it lacks. Counts the file's own lines, of which a long line of the container has several, as kubelet does. */
async function tailOf(
  disk: Disk,
  path: string,
  lines: number,
): Promise<{ offset: number; missing: number }> {
  const size = await sizeOf(disk, path);
  // The newline at the very end closes the last line, it does not begin another.
  let wanted = lines + 1;
  for (let end = size; end > 0;) {
    const offset = Math.max(0, end - CHUNK_BYTES);
    const bytes = await disk.readAt(path, { offset, length: end - offset });
    for (let i = bytes.length - 1; i >= 0; i--) {
      if (bytes[i] !== NEWLINE) continue;
      if (--wanted === 0) return { offset: offset + i + 1, missing: 0 };
    }
    end = offset;
  }
  // The first line has no newline before it.
  return { offset: 0, missing: size > 0 ? Math.max(0, wanted - 1) : lines };
}
