/**
 * The machine's own files.
 *
 * @module
 */
import { dirname } from "node:path";
import {
  type AppendFile,
  type Disk,
  type DiskSpace,
  type DiskUsage,
  type FileInfo,
  type HeldFile,
  HostError,
  type PipeFile,
  type ReadFile,
} from "../host.ts";
import { RealClock } from "./clock.ts";
import { diskSpace, diskUsage } from "./disk_usage.ts";
import { hostError, orHostError } from "./host_error.ts";
import type { Random } from "../host.ts";
import { fileInfo } from "./file_info.ts";
import { removeTree } from "./remove_tree.ts";
import { encodeHex } from "../bytes.ts";

const DEFAULT_FILE_MODE = 0o644;
const DEFAULT_FOLDER_MODE = 0o755;
/** For its owner alone. */
const PRIVATE_MODE = 0o600;

/** The real {@linkcode Disk}. */
export class RealDisk implements Disk {
  readonly #random: Random;

  /** The disk of the machine. @param random names temporary files */
  constructor(random: Random) {
    this.#random = random;
  }

  read(path: string): Promise<Uint8Array<ArrayBuffer>> {
    return orHostError(`Cannot read "${path}"`, Deno.readFile(path));
  }

  readText(path: string): Promise<string> {
    return orHostError(`Cannot read "${path}"`, Deno.readTextFile(path));
  }

  async readAt(
    path: string,
    range: { offset: number; length: number },
  ): Promise<Uint8Array<ArrayBuffer>> {
    try {
      using file = await Deno.open(path, { read: true });
      await file.seek(range.offset, Deno.SeekMode.Start);
      const bytes = new Uint8Array(range.length);
      let filled = 0;
      while (filled < range.length) {
        const count = await file.read(bytes.subarray(filled));
        if (count === null) break;
        filled += count;
      }
      return bytes.slice(0, filled);
    } catch (error) {
      throw hostError(`Cannot read "${path}"`, error);
    }
  }

  async writeAtomic(
    path: string,
    content: Uint8Array | string,
    options: { mode?: number; sync?: boolean } = {},
  ): Promise<void> {
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    const temporary = `${path}.${encodeHex(this.#random.bytes(6))}.tmp`;
    const { mode = DEFAULT_FILE_MODE, sync = true } = options;
    // Nobody may read a secret before its own mode is set.
    const asNew = { createNew: true, mode: PRIVATE_MODE };
    try {
      if (sync) {
        using file = await Deno.open(temporary, { write: true, ...asNew });
        await writeAll(file, bytes);
        await Deno.chmod(temporary, mode);
        await file.sync();
      } else {
        // Each call is a way to another thread and back; a pod's start waits for many, so here are as few as can be.
        await Deno.writeFile(temporary, bytes, asNew);
        if (mode !== PRIVATE_MODE) await Deno.chmod(temporary, mode);
      }
      await Deno.rename(temporary, path);
      if (sync) await syncFolder(dirname(path));
    } catch (error) {
      await Deno.remove(temporary).catch(() => {}); // the first error is the one to tell
      throw hostError(`Cannot write "${path}"`, error);
    }
  }

  async openRead(
    path: string,
    options: { offset?: number } = {},
  ): Promise<ReadFile> {
    const what = `Cannot read "${path}"`;
    const file = await orHostError(what, Deno.open(path, { read: true }));
    try {
      const { size } = await file.stat();
      if (options.offset) await file.seek(options.offset, Deno.SeekMode.Start);
      return {
        sizeBytes: size,
        read: (buffer) => orHostError(what, file.read(buffer)),
        [Symbol.asyncDispose]() {
          file.close();
          return Promise.resolve();
        },
      };
    } catch (error) {
      file.close();
      throw hostError(what, error);
    }
  }

  async openAppend(
    path: string,
    options: { mode?: number } = {},
  ): Promise<AppendFile> {
    const file = await orHostError(
      `Cannot open "${path}"`,
      Deno.open(path, {
        append: true,
        create: true,
        mode: options.mode ?? DEFAULT_FILE_MODE,
      }),
    );
    return {
      async append(data) {
        await orHostError(`Cannot append to "${path}"`, writeAll(file, data));
      },
      async sync() {
        await orHostError(`Cannot sync "${path}"`, file.sync());
      },
      [Symbol.asyncDispose]() {
        file.close();
        return Promise.resolve();
      },
    };
  }

  async openNew(
    path: string,
    options: Parameters<Disk["openNew"]>[1],
  ): Promise<AppendFile> {
    const { openNew } = await import("./new_file.ts");
    const file = await orHostError(
      `Cannot make "${path}"`,
      openNew(path, options),
    );
    return {
      append: (data) =>
        orHostError(`Cannot write "${path}"`, file.append(data)),
      sync: () => orHostError(`Cannot sync "${path}"`, file.sync()),
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    };
  }

  async openPipe(path: string): Promise<PipeFile> {
    const { openPipe } = await import("./pipe_file.ts");
    return await orHostError(
      `Cannot open "${path}"`,
      openPipe(path, new RealClock()),
    );
  }

  mkdir(path: string, options: { mode?: number } = {}): Promise<void> {
    return orHostError(
      `Cannot make folder "${path}"`,
      Deno.mkdir(path, {
        recursive: true,
        mode: options.mode ?? DEFAULT_FOLDER_MODE,
      }),
    );
  }

  async remove(path: string): Promise<void> {
    try {
      await removeTree(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw hostError(`Cannot remove "${path}"`, error);
    }
  }

  async rename(
    from: string,
    to: string,
    options: { sync?: boolean } = {},
  ): Promise<void> {
    try {
      await Deno.rename(from, to);
      if (options.sync) await syncFolder(dirname(to));
    } catch (error) {
      throw hostError(`Cannot rename "${from}" to "${to}"`, error);
    }
  }

  symlink(target: string, path: string): Promise<void> {
    return orHostError(
      `Cannot make link "${path}"`,
      Deno.symlink(target, path),
    );
  }

  readLink(path: string): Promise<string> {
    return orHostError(`Cannot read link "${path}"`, Deno.readLink(path));
  }

  chmod(path: string, mode: number): Promise<void> {
    return orHostError(
      `Cannot change the mode of "${path}"`,
      Deno.chmod(path, mode),
    );
  }

  chown(path: string, owner: { uid?: number; gid?: number }): Promise<void> {
    return orHostError(
      `Cannot change the owner of "${path}"`,
      Deno.chown(path, owner.uid ?? null, owner.gid ?? null),
    );
  }

  async shareWithGroup(
    path: string,
    options: { gid: number; readOnly: boolean },
  ): Promise<void> {
    const { shareWithGroup } = await import("./group_share.ts");
    await orHostError(
      `Cannot give "${path}" to group ${options.gid}`,
      shareWithGroup(path, options),
    );
  }

  realPath(path: string): Promise<string> {
    return orHostError(`Cannot resolve "${path}"`, Deno.realPath(path));
  }

  async hold(
    root: string,
    names: readonly string[],
    options: { readonly makeMode?: number } = {},
  ): Promise<HeldFile> {
    const { holdFile } = await import("./held_file.ts");
    return await orHostError(
      `Cannot open "${[root, ...names].join("/")}"`,
      holdFile(root, names, options),
    );
  }

  async list(path: string): Promise<string[]> {
    const names: string[] = [];
    try {
      for await (const entry of Deno.readDir(path)) names.push(entry.name);
    } catch (error) {
      throw hostError(`Cannot list "${path}"`, error);
    }
    return names.sort();
  }

  async stat(path: string): Promise<FileInfo> {
    return fileInfo(
      await orHostError(`Cannot stat "${path}"`, Deno.lstat(path)),
    );
  }

  space(path: string): Promise<DiskSpace> {
    return orHostError(
      `Cannot read the file system of "${path}"`,
      diskSpace(path),
    );
  }

  usage(path: string): Promise<DiskUsage> {
    return orHostError(`Cannot add up "${path}"`, diskUsage(path));
  }

  watch(path: string, onChange: () => void): Disposable {
    let watcher: Deno.FsWatcher;
    try {
      watcher = Deno.watchFs(path, { recursive: false });
    } catch (error) {
      throw hostError(`Cannot watch "${path}"`, error);
    }
    let closed = false;
    (async () => {
      for await (const event of watcher) {
        if (closed) return;
        if (event.kind !== "access") onChange();
      }
    })();
    return {
      [Symbol.dispose]() {
        if (closed) return;
        closed = true;
        watcher.close();
      },
    };
  }

  async lock(path: string): Promise<AsyncDisposable> {
    const file = await orHostError(
      `Cannot open lock file "${path}"`,
      Deno.open(path, { read: true, write: true, create: true, mode: 0o600 }),
    );
    let taken = false;
    try {
      // flock(2): the kernel lets go of it when the process ends, however it ends. The file stays: removing it would let
      // two processes hold "the" lock on two different files of that name.
      taken = await file.tryLock(true);
    } catch (error) {
      throw hostError(`Cannot lock "${path}"`, error);
    } finally {
      if (!taken) file.close();
    }
    if (!taken) {
      throw new HostError(
        "in-use",
        `Cannot lock "${path}": another process holds it`,
      );
    }
    let held = true;
    return {
      [Symbol.asyncDispose]() {
        if (held) file.close();
        held = false;
        return Promise.resolve();
      },
    };
  }
}

async function writeAll(file: Deno.FsFile, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) at += await file.write(data.subarray(at));
}

/** Makes a rename durable: the name lives in the folder, which has to reach the medium too. */
async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}
