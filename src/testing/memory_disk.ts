/**
 * Files in memory, as bytes, for tests of what streams to and from the disk.
 *
 * @module
 */
import { concat, decodeText, encodeText } from "../base/bytes.ts";
import { type Disk, type FileInfo, HostError } from "../base/host.ts";

/** A file. */
export interface MemoryFile {
  data: Uint8Array<ArrayBuffer>;
  modified: number;
}

/** The part of a {@linkcode Disk} that stores of contents use. */
export interface MemoryDisk extends
  Pick<
    Disk,
    | "read"
    | "readText"
    | "readAt"
    | "writeAtomic"
    | "openAppend"
    | "openRead"
    | "mkdir"
    | "remove"
    | "rename"
    | "list"
    | "stat"
    | "realPath"
  > {
  /** By path. */
  readonly files: Map<string, MemoryFile>;
  /** Bytes that still fit. @default no end */
  room: number;
}

/** Makes an empty one. */
export function memoryDisk(now: () => number): MemoryDisk {
  const files = new Map<string, MemoryFile>();
  const find = (path: string): MemoryFile => {
    const file = files.get(path);
    if (file) return file;
    throw new HostError("not-found", `Cannot find "${path}"`);
  };
  const put = (path: string, data: Uint8Array<ArrayBuffer>) =>
    void files.set(path, { data, modified: now() });
  const disk: MemoryDisk = {
    files,
    room: Infinity,
    read: (path) => promised(() => find(path).data.slice()),
    readText: (path) => promised(() => decodeText(find(path).data)),
    readAt: (path, { offset, length }) =>
      promised(() => find(path).data.slice(offset, offset + length)),
    writeAtomic: (path, content) =>
      promised(() =>
        put(
          path,
          typeof content === "string" ? encodeText(content) : content.slice(),
        )
      ),
    openAppend: (path) =>
      promised(() => {
        if (!files.has(path)) put(path, new Uint8Array());
        const file = find(path);
        return {
          append: (data: Uint8Array) =>
            promised(() => {
              if (data.length > disk.room) {
                throw new HostError("no-space", `Cannot append to "${path}"`);
              }
              disk.room -= data.length;
              file.data = concat([file.data, data]);
              file.modified = now();
            }),
          sync: () => Promise.resolve(),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        };
      }),
    openRead: (path, { offset = 0 } = {}) =>
      promised(() => {
        const { data } = find(path);
        let at = offset;
        return {
          sizeBytes: data.length,
          read: (buffer: Uint8Array) =>
            promised(() => {
              if (at >= data.length) return null;
              const part = data.subarray(at, at + buffer.length);
              buffer.set(part);
              at += part.length;
              return part.length;
            }),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        };
      }),
    mkdir: () => Promise.resolve(),
    remove: (path) =>
      promised(() => {
        for (const name of [...files.keys()]) {
          if (name === path || name.startsWith(`${path}/`)) files.delete(name);
        }
      }),
    rename: (from, to) =>
      promised(() => {
        files.set(to, find(from));
        files.delete(from);
      }),
    list: (path) =>
      promised(() =>
        [
          ...new Set(
            [...files.keys()].filter((name) => name.startsWith(`${path}/`))
              .map((name) => name.slice(path.length + 1).split("/")[0]!),
          ),
        ].sort()
      ),
    stat: (path) =>
      promised((): FileInfo => {
        const isDirectory = [...files.keys()].some((name) =>
          name.startsWith(`${path}/`)
        );
        const file = isDirectory ? undefined : find(path);
        return {
          isFile: !isDirectory,
          isDirectory,
          isSymlink: false,
          sizeBytes: file?.data.length ?? 0,
          modified: file?.modified ?? 0,
          mode: 0o644,
        };
      }),
    realPath: (path) => Promise.resolve(path),
  };
  return disk;
}

/** What the real disk does: errors come as rejections. */
function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}
