/**
 * Writes tar archives (POSIX ustar) of what fits into memory, the same bytes each time.
 *
 * @module
 */

import { concat, encodeText } from "../../../src/base/bytes.ts";

/** One entry of an archive. Paths are relative, without a leading slash. */
export interface TarEntry {
  readonly path: string;
  /** A file's content; absent for folders and links. */
  readonly content?: Uint8Array | string;
  /** Where a symbolic link points. */
  readonly linkTarget?: string;
  /** Permission bits. @default 0o644 for files, 0o755 for folders */
  readonly mode?: number;
}

const BLOCK_BYTES = 512;

/**
 * The archive with these entries, owned by root and dated 1970.
 *
 * @throws {RangeError} when a path is longer than 100 bytes (nothing here needs the prefix field).
 */
export function writeTar(
  entries: readonly TarEntry[],
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const content = typeof entry.content === "string"
      ? encodeText(entry.content)
      : entry.content ?? new Uint8Array(0);
    parts.push(header(entry, content.length), content);
    parts.push(new Uint8Array(-content.length & (BLOCK_BYTES - 1)));
  }
  parts.push(new Uint8Array(2 * BLOCK_BYTES));
  return concat(parts);
}

function header(
  entry: TarEntry,
  sizeBytes: number,
): Uint8Array {
  const isFolder = entry.content === undefined && !entry.linkTarget;
  const type = entry.linkTarget ? "2" : isFolder ? "5" : "0";
  const block = new Uint8Array(BLOCK_BYTES);
  const put = (offset: number, text: string) =>
    block.set(encodeText(text), offset);
  const octal = (value: number, width: number) =>
    value.toString(8).padStart(width - 1, "0") + "\0";
  for (const name of [entry.path, entry.linkTarget ?? ""]) {
    if (encodeText(name).length > 100) {
      throw new RangeError(
        `Cannot put "${name}" into an archive: longer than 100 bytes`,
      );
    }
  }
  put(0, entry.path);
  put(100, octal(entry.mode ?? (isFolder ? 0o755 : 0o644), 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  put(124, octal(sizeBytes, 12));
  put(136, octal(0, 12));
  // The checksum is taken with its own field as blanks.
  put(148, " ".repeat(8));
  put(156, type);
  put(157, entry.linkTarget ?? "");
  put(257, "ustar\x0000");
  put(148, octal(block.reduce((sum, byte) => sum + byte, 0), 7) + " ");
  return block;
}
