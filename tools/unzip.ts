/**
 * Takes one file out of a zip archive, such as a Python wheel.
 *
 * @module
 */
import { inflateRawSync } from "node:zlib";

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/**
 * The content of the entry called `name`. Zip64 and encryption are not understood.
 *
 * @throws {Error} when the archive is broken or has no such entry.
 */
export function unzip(
  archive: Uint8Array,
  name: string,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(
    archive.buffer,
    archive.byteOffset,
    archive.byteLength,
  );
  const end = findEnd(view);
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== ENTRY_SIGNATURE) {
      throw new Error("Can not read the zip archive: its directory is broken");
    }
    const nameLength = view.getUint16(at + 28, true);
    const entryName = new TextDecoder().decode(
      archive.subarray(at + 46, at + 46 + nameLength),
    );
    if (entryName === name) return contentOf(archive, view, at);
    at += 46 + nameLength + view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
  }
  throw new Error(`Can not find "${name}" in the zip archive`);
}

/** The end record stands last, before a comment of at most 64 KiB. */
function findEnd(view: DataView): number {
  const first = Math.max(0, view.byteLength - 22 - 0xffff);
  for (let at = view.byteLength - 22; at >= first; at--) {
    if (view.getUint32(at, true) === END_SIGNATURE) return at;
  }
  throw new Error("Can not read the zip archive: it has no end record");
}

function contentOf(
  archive: Uint8Array,
  view: DataView,
  entry: number,
): Uint8Array<ArrayBuffer> {
  const method = view.getUint16(entry + 10, true);
  const packedBytes = view.getUint32(entry + 20, true);
  const header = view.getUint32(entry + 42, true);
  // The local header's name and extra field may differ in length from the directory's.
  const from = header + 30 + view.getUint16(header + 26, true) +
    view.getUint16(header + 28, true);
  const packed = archive.slice(from, from + packedBytes);
  if (method === STORED) return packed;
  if (method !== DEFLATED) {
    throw new Error(`Can not unpack the zip archive: method ${method}`);
  }
  return new Uint8Array(inflateRawSync(packed));
}
