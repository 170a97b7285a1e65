/**
 * A machine's disk: survives crashes, loses what was not synced in a power cut, and stalls now and then.
 *
 * @module
 */
import {
  type AppendFile,
  type Disk,
  type FileInfo,
  HostError,
} from "../base/host.ts";
import type { Kernel, Life } from "./kernel.ts";
import type { SeededRandom } from "./seeded_random.ts";

interface FileNode {
  /** What a reader sees. */
  data: Uint8Array<ArrayBuffer>;
  /** What a power cut leaves; absent when nothing would be left. */
  durable: Uint8Array<ArrayBuffer> | undefined;
  mode: number;
  modified: number;
  readonly link?: string;
}

/** How long disk calls take. */
const LATENCY_MS = {
  read: [0.05, 1],
  write: [0.1, 2],
  sync: [0.5, 8],
} as const;
/** One sync in so many stalls, as SD cards do when they collect garbage. */
const STALL_ONE_IN = 200;
const STALL_MS = [100, 1000] as const;

/** A card of 16 GiB. Nothing fails when it is full. */
const CAPACITY_BYTES = 16 * 1024 ** 3;

/** What outlives a machine's programs: its files. */
export class SimStorage {
  readonly files = new Map<string, FileNode>();
  readonly folders = new Set<string>(["/"]);
  /** Paths locked, by the life that holds them. */
  readonly locks = new Map<string, Life>();

  /** The power goes: unsynced files and tails are lost, a part of an unsynced tail may have arrived. */
  cutPower(random: SeededRandom): void {
    for (const [path, file] of [...this.files].sort(byPath)) {
      if (file.durable === undefined) {
        this.files.delete(path);
        continue;
      }
      const { data, durable } = file;
      const appended = data.length - durable.length;
      const grew = appended > 0 &&
        durable.every((byte, i) => byte === data[i]);
      const kept = grew ? Math.floor(random.float() * (appended + 1)) : 0;
      file.data = kept ? data.slice(0, durable.length + kept) : durable;
      file.durable = file.data;
    }
  }
}

/** The disk as one life of the machine sees it. */
export function simDisk(
  kernel: Kernel,
  options: {
    storage: SimStorage;
    life: Life;
    random: SeededRandom;
    clock: () => number;
  },
): Disk {
  const { storage, life, random, clock } = options;
  const { files, folders } = storage;
  const watchers = new Map<string, Set<() => void>>();

  const take = (kind: keyof typeof LATENCY_MS): Promise<void> => {
    const [from, to] = LATENCY_MS[kind];
    let ms = random.between(from, to);
    if (kind === "sync" && random.float() * STALL_ONE_IN < 1) {
      ms += random.between(...STALL_MS);
    }
    return kernel.delay(life, ms);
  };
  const touched = (path: string) => {
    for (const target of [path, parentOf(path)]) {
      for (const fn of watchers.get(target) ?? []) {
        kernel.schedule(life, { afterMs: 0.1, fn });
      }
    }
  };
  const find = (path: string): FileNode => {
    const file = files.get(path);
    if (!file) throw notFound(path);
    return file.link === undefined ? file : find(
      file.link.startsWith("/") ? file.link : `${parentOf(path)}/${file.link}`,
    );
  };
  const needFolder = (path: string) => {
    if (!folders.has(parentOf(path))) throw notFound(parentOf(path));
  };

  return {
    async read(path) {
      await take("read");
      return find(path).data.slice();
    },
    async readText(path) {
      await take("read");
      return new TextDecoder().decode(find(path).data);
    },
    async readAt(path, { offset, length }) {
      await take("read");
      return find(path).data.slice(offset, offset + length);
    },
    async writeAtomic(path, content, { mode = 0o644, sync = true } = {}) {
      needFolder(path);
      await take(sync ? "sync" : "write");
      const data = typeof content === "string"
        ? new TextEncoder().encode(content)
        : new Uint8Array(content);
      const before = files.get(path)?.durable;
      files.set(path, {
        data,
        durable: sync ? data : before,
        mode,
        modified: clock(),
      });
      touched(path);
      // The answer takes its own way: a crash between effect and answer is an outcome too.
      await take("read");
    },
    async openRead(path, { offset = 0 } = {}) {
      await take("read");
      const opened = find(path);
      let at = offset;
      return {
        sizeBytes: opened.data.length,
        async read(buffer) {
          await take("read");
          const piece = opened.data.subarray(at, at + buffer.length);
          if (piece.length === 0 && buffer.length > 0) return null;
          buffer.set(piece);
          at += piece.length;
          return piece.length;
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
    async openAppend(path, { mode = 0o644 } = {}) {
      needFolder(path);
      await take("read");
      let file = files.get(path);
      if (!file) {
        file = {
          data: new Uint8Array(),
          durable: undefined,
          mode,
          modified: clock(),
        };
        files.set(path, file);
      }
      const opened = file;
      return {
        async append(data) {
          await take("write");
          const longer = new Uint8Array(opened.data.length + data.length);
          longer.set(opened.data);
          longer.set(data, opened.data.length);
          opened.data = longer;
          opened.modified = clock();
          touched(path);
        },
        async sync() {
          await take("sync");
          opened.durable = opened.data;
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      } satisfies AppendFile;
    },
    openNew: (path) =>
      Promise.reject(
        new HostError("other", `Cannot make "${path}": no owners here`),
      ),
    openPipe: (path) =>
      Promise.reject(
        new HostError("other", `Cannot open "${path}": no pipes here`),
      ),
    async mkdir(path) {
      await take("write");
      for (let folder = path; folder !== "/"; folder = parentOf(folder)) {
        folders.add(folder);
      }
    },
    async remove(path) {
      await take("write");
      files.delete(path);
      folders.delete(path);
      for (const set of [files, folders]) {
        for (const inner of [...set.keys()]) {
          if (inner.startsWith(path + "/")) set.delete(inner);
        }
      }
      touched(path);
    },
    async rename(from, to, { sync = false } = {}) {
      await take(sync ? "sync" : "write");
      needFolder(to);
      const file = files.get(from);
      if (!file && !folders.has(from)) throw notFound(from);
      if (file) {
        files.set(to, file);
        files.delete(from);
      } else {
        folders.delete(from);
        folders.add(to);
        for (const [path, inner] of [...files]) {
          if (!path.startsWith(from + "/")) continue;
          files.delete(path);
          files.set(to + path.slice(from.length), inner);
        }
        for (const path of [...folders]) {
          if (!path.startsWith(from + "/")) continue;
          folders.delete(path);
          folders.add(to + path.slice(from.length));
        }
      }
      touched(to);
    },
    async symlink(target, path) {
      needFolder(path);
      await take("write");
      if (files.has(path)) {
        throw new HostError("already-exists", `Path exists: "${path}"`);
      }
      const nothing = new Uint8Array();
      files.set(path, {
        data: nothing,
        durable: nothing,
        mode: 0o777,
        modified: clock(),
        link: target,
      });
    },
    async readLink(path) {
      await take("read");
      const { link } = files.get(path) ?? {};
      if (link !== undefined) return link;
      throw new HostError("invalid", `Not a link: "${path}"`);
    },
    async chmod(path, mode) {
      await take("write");
      if (!folders.has(path)) find(path).mode = mode;
    },
    async chown() {
      await take("write");
    },
    async shareWithGroup() {
      await take("write");
    },
    async realPath(path) {
      await take("read");
      return path; // no folder is reached through a link here
    },
    hold: (root) =>
      Promise.reject(
        new HostError("other", `Cannot open "${root}": no processes here`),
      ),
    async list(path) {
      await take("read");
      if (!folders.has(path)) throw notFound(path);
      const prefix = path === "/" ? "/" : path + "/";
      const names = new Set<string>();
      for (const set of [files, folders]) {
        for (const inner of set.keys()) {
          if (inner.startsWith(prefix) && inner !== "/") {
            names.add(inner.slice(prefix.length).split("/")[0]!);
          }
        }
      }
      return [...names].sort();
    },
    async space() {
      await take("read");
      const usedBytes = bytesOf(files.values());
      return {
        capacityBytes: CAPACITY_BYTES,
        availableBytes: CAPACITY_BYTES - usedBytes,
        usedBytes,
        inodes: 0,
        inodesFree: 0,
      };
    },
    async usage(path) {
      await take("read");
      const isInside = (inner: string) =>
        inner === path || inner.startsWith(`${path}/`);
      const inside = [...files].filter(([inner]) => isInside(inner));
      const inner = [...folders].filter(isInside).length;
      if (inside.length + inner === 0) throw notFound(path);
      return {
        usedBytes: bytesOf(inside.map(([, file]) => file)),
        inodes: inside.length + inner,
      };
    },
    async stat(path): Promise<FileInfo> {
      await take("read");
      if (folders.has(path)) {
        return {
          isFile: false,
          isDirectory: true,
          isSymlink: false,
          sizeBytes: 0,
          modified: 0,
          mode: 0o755,
        };
      }
      const file = files.get(path);
      if (!file) throw notFound(path);
      return {
        isFile: file.link === undefined,
        isDirectory: false,
        isSymlink: file.link !== undefined,
        sizeBytes: file.data.length,
        modified: file.modified,
        mode: file.mode,
      };
    },
    watch(path, onChange) {
      const set = watchers.get(path) ?? new Set();
      watchers.set(path, set.add(onChange));
      return { [Symbol.dispose]: () => void set.delete(onChange) };
    },
    async lock(path) {
      await take("read");
      const holder = storage.locks.get(path);
      if (holder?.alive) {
        throw new HostError("in-use", `Locked by another process: "${path}"`);
      }
      storage.locks.set(path, life);
      return {
        [Symbol.asyncDispose]() {
          if (storage.locks.get(path) === life) storage.locks.delete(path);
          return Promise.resolve();
        },
      };
    },
  };
}

function parentOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end <= 0 ? "/" : path.slice(0, end);
}

function notFound(path: string): HostError {
  return new HostError("not-found", `No such file or folder: "${path}"`);
}

function byPath(a: [string, unknown], b: [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}

function bytesOf(files: Iterable<FileNode>): number {
  let bytes = 0;
  for (const { data } of files) bytes += data.length;
  return bytes;
}
