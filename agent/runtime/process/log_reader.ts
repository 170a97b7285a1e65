/**
 * Reads one stream's log file and the rotated one before it, as often as there is more.
 *
 * @module
 */
import { type Host, HostError } from "../../../src/base/host.ts";
import type { LogEntry } from "../runtime.ts";
import { parseLogLine } from "./log_entry.ts";
import { ROTATED_SUFFIX } from "./log_names.ts";

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Enough of a file's first line to tell it from every other: the time in nanoseconds. */
const HEAD_BYTES = 36;

/** A place in a file that may have been renamed since. */
interface Position {
  readonly head: string;
  offset: number;
}

/** Reads a log from the start, or from its last lines, and goes on where it was. */
export class LogReader {
  readonly #disk: Host["disk"];
  readonly #path: string;
  #position: Position | undefined;

  /** @param path the current log file */
  constructor(host: Pick<Host, "disk">, path: string) {
    this.#disk = host.disk;
    this.#path = path;
  }

  /** Makes {@linkcode LogReader.read} begin with the last `lines` lines; call it before the first read. */
  async seekToLast(lines: number): Promise<void> {
    let left = lines;
    for (const path of [this.#path, this.#path + ROTATED_SUFFIX]) {
      const head = await this.#head(path);
      if (head === undefined) continue;
      const { offset, found } = await this.#lastLines(path, left);
      this.#position = { head, offset };
      left -= found;
      if (left <= 0) return;
    }
  }

  /** All whole lines from where the last read ended to the present end. */
  async *read(): AsyncGenerator<LogEntry> {
    for (;;) {
      const current = await this.#head(this.#path);
      const older = await this.#head(this.#path + ROTATED_SUFFIX);
      this.#position ??= this.#begin(older ?? current);
      const position = this.#position;
      if (!position) return;
      if (position.head === current) {
        yield* this.#readOn(this.#path, position);
        // Rotated meanwhile? Then what was read may have been the new file's beginning or the old one's end: look again.
        if (await this.#head(this.#path) === current) return;
        continue;
      }
      if (position.head === older) {
        yield* this.#readOn(this.#path + ROTATED_SUFFIX, position);
      }
      // The file is at its end, or was rotated away for good.
      const next = position.head === older ? current : older ?? current;
      if (next === undefined) return; // the new file is not there yet
      this.#position = this.#begin(next);
    }
  }

  #begin(head: string | undefined): Position | undefined {
    return head === undefined ? undefined : { head, offset: 0 };
  }

  async *#readOn(path: string, position: Position): AsyncGenerator<LogEntry> {
    let held = new Uint8Array(0);
    for (;;) {
      const block = await this.#readAt(path, {
        offset: position.offset + held.length,
        length: BLOCK_BYTES,
      });
      if (block.length === 0) return; // a line that is not whole is read again next time
      const bytes = new Uint8Array(held.length + block.length);
      bytes.set(held);
      bytes.set(block, held.length);
      let start = 0;
      for (;;) {
        const end = bytes.indexOf(NEWLINE, start);
        if (end < 0) break;
        const entry = parseLogLine(bytes.slice(start, end));
        start = end + 1;
        if (entry) yield entry;
      }
      position.offset += start;
      held = bytes.slice(start);
    }
  }

  /** Where the last `lines` lines begin, looking backwards; all of the file when it has fewer. */
  async #lastLines(
    path: string,
    lines: number,
  ): Promise<{ offset: number; found: number }> {
    const { sizeBytes } = await this.#disk.stat(path);
    let found = -1; // the newline that ends the last line begins none
    for (let end = sizeBytes; end > 0;) {
      const offset = Math.max(0, end - BLOCK_BYTES);
      const block = await this.#readAt(path, { offset, length: end - offset });
      for (let i = block.length - 1; i >= 0; i--) {
        if (block[i] !== NEWLINE) continue;
        if (++found === lines) return { offset: offset + i + 1, found };
      }
      end = offset;
    }
    return { offset: 0, found: found + 1 };
  }

  async #head(path: string): Promise<string | undefined> {
    const bytes = await this.#readAt(path, { offset: 0, length: HEAD_BYTES });
    return bytes.length < HEAD_BYTES
      ? undefined
      : new TextDecoder().decode(bytes);
  }

  async #readAt(
    path: string,
    range: { offset: number; length: number },
  ): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await this.#disk.readAt(path, range);
    } catch (error) {
      if (error instanceof HostError && error.code === "not-found") {
        return new Uint8Array(0);
      }
      throw error;
    }
  }
}
