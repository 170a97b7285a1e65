/**
 * A folder of manifests, or a single one.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import { decodeText } from "../../../src/base/bytes.ts";
import { messageOf } from "../../../src/base/errors.ts";
import { type FileInfo, type Host, HostError } from "../../../src/base/host.ts";
import { Bell } from "../../container/bell.ts";
import { type ManifestReader, MAX_MANIFEST_BYTES } from "./manifest_reader.ts";

/** So long, in milliseconds, files are left alone after a change: what writes them may not be done, and changes come in bunches. */
const SETTLE_MS = 100;

/** What a {@linkcode FileSource} needs. */
export interface FileSourceOptions {
  /** Absolute. */
  readonly path: string;
  readonly reader: ManifestReader;
  /** How often, in milliseconds, it looks also without a hint that something changed. */
  readonly checkMs: number;
  /** Takes all pods that the files name, at first and after every change. */
  readonly tell: (pods: readonly Pod[]) => void;
}

/** What is known of one file. */
interface Known {
  /** Tells a change without reading; absent for a link, whose target may change unseen. */
  readonly stamp: string | undefined;
  readonly text: string;
  readonly pods: readonly Pod[];
}

/**
 * Follows the files. Names that begin with a dot, folders and what is no file do not count. A file that cannot be used is told once, and what it named
 * before stays: somebody may be in the middle of writing it.
 */
export class FileSource {
  readonly #host: Host;
  readonly #options: FileSourceOptions;
  readonly #bell = new Bell();
  #known = new Map<string, Known>();
  #watch: { readonly path: string; readonly stop: Disposable } | undefined;
  #told = false;
  /** The trouble that was logged last; the same is not logged again. */
  #trouble: string | undefined;

  constructor(host: Host, options: FileSourceOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      let hinted = true;
      while (!signal.aborted) {
        const seen = this.#bell.rings;
        await this.#scan(hinted);
        hinted = await this.#hint(seen, signal);
        if (hinted) await this.#host.clock.sleep(SETTLE_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#unwatch();
    }
  }

  /** Waits for a hint or for the time to look. @returns whether it was a hint */
  async #hint(seen: number, signal: AbortSignal): Promise<boolean> {
    const wait = new AbortController();
    const either = AbortSignal.any([signal, wait.signal]);
    try {
      return await Promise.race([
        this.#bell.after(seen, either).then(() => true),
        this.#host.clock.sleep(this.#options.checkMs, either)
          .then(() => false),
      ]);
    } finally {
      wait.abort();
    }
  }

  /** @param thorough whether to read also what looks as before */
  async #scan(thorough: boolean): Promise<void> {
    let files: Map<string, FileInfo>;
    try {
      files = await this.#files();
      this.#trouble = undefined;
    } catch (error) {
      this.#report(error);
      this.#unwatch();
      const isGone = error instanceof HostError && error.code === "not-found";
      if (!isGone && this.#told) return;
      files = new Map();
    }
    const known = new Map<string, Known>();
    let changed = !this.#told;
    for (const [path, info] of files) {
      const before = this.#known.get(path);
      const now = await this.#read(path, { info, before, thorough });
      if (now) known.set(path, now);
      changed ||= now?.pods !== before?.pods;
    }
    changed ||= [...this.#known.keys()].some((path) => !known.has(path));
    this.#known = known;
    if (!changed) return;
    this.#told = true;
    this.#options.tell([...known.values()].flatMap(({ pods }) => pods));
  }

  /** The files that count, in the order of their names. */
  async #files(): Promise<Map<string, FileInfo>> {
    const { disk } = this.#host;
    const path = this.#options.path.replace(/(?<=.)\/+$/, "");
    const info = await disk.stat(path);
    if (info.isFile || info.isSymlink && !await this.#isFolder(path)) {
      // The folder: a file that is replaced in one step would be watched no more.
      this.#watchOnce(path.slice(0, path.lastIndexOf("/")) || "/");
      return new Map([[path, info]]);
    }
    this.#watchOnce(path);
    const files = new Map<string, FileInfo>();
    for (const name of await disk.list(path)) {
      if (name.startsWith(".")) continue;
      const file = `${path}/${name}`;
      try {
        const info = await disk.stat(file);
        if (info.isFile || info.isSymlink) files.set(file, info);
      } catch (error) {
        // It was just taken away.
        if (!(error instanceof HostError && error.code === "not-found")) {
          throw error;
        }
      }
    }
    return files;
  }

  async #isFolder(path: string): Promise<boolean> {
    try {
      await this.#host.disk.list(path);
      return true;
    } catch {
      return false;
    }
  }

  async #read(
    path: string,
    { info, before, thorough }: {
      info: FileInfo;
      before: Known | undefined;
      thorough: boolean;
    },
  ): Promise<Known | undefined> {
    const stamp = info.isSymlink
      ? undefined
      : `${info.sizeBytes} ${info.modified}`;
    if (before && !thorough && stamp && stamp === before.stamp) return before;
    let text: string;
    try {
      text = decodeText(await this.#bytes(path, info));
    } catch (error) {
      if (error instanceof HostError && error.code === "not-found") {
        return undefined;
      }
      // A link to a folder is no manifest.
      if (!(info.isSymlink && await this.#isFolder(path))) this.#report(error);
      return before;
    }
    if (text === before?.text) return { ...before, stamp };
    const pods = await this.#options.reader.tryRead(text, {
      source: "file",
      where: path,
    });
    return { stamp, text, pods: pods ?? before?.pods ?? [] };
  }

  /** What a link leads to counts: its own length says nothing, and a device or FIFO behind it has no end. */
  async #bytes(path: string, info: FileInfo): Promise<Uint8Array> {
    const { disk } = this.#host;
    const { isFile, sizeBytes } = info.isSymlink
      ? await disk.stat(await disk.realPath(path))
      : info;
    if (!isFile) throw new Error("It is no ordinary file");
    if (sizeBytes > MAX_MANIFEST_BYTES) {
      throw new Error(
        `It has ${sizeBytes} bytes; ${MAX_MANIFEST_BYTES} may be`,
      );
    }
    return await disk.read(path);
  }

  #watchOnce(path: string): void {
    if (this.#watch?.path === path) return;
    this.#unwatch();
    try {
      const stop = this.#host.disk.watch(path, () => this.#bell.ring());
      this.#watch = { path, stop };
    } catch (error) {
      this.#report(error); // it looks by itself, only later
    }
  }

  #unwatch(): void {
    this.#watch?.stop[Symbol.dispose]();
    this.#watch = undefined;
  }

  #report(error: unknown): void {
    const text = messageOf(error);
    if (text === this.#trouble) return;
    this.#trouble = text;
    this.#host.log("warn", "Could not read manifests", {
      path: this.#options.path,
      error: text,
    });
  }
}
