/**
 * {@linkcode RotatingFile}: a log file that does not grow for ever.
 *
 * ```text
 *   audit.log                              is written
 *   audit-2026-01-02T03-04-05.678.log      was full then
 * ```
 *
 * @module
 */
import { type AppendFile, type Host, HostError } from "../../base/host.ts";
import { encodeText } from "../../base/bytes.ts";

/** Options of {@linkcode RotatingFile}. */
export interface RotatingFileOptions {
  /** Absolute. */
  readonly path: string;
  /** A file that would become larger is put away. @default 100 */
  readonly maxSizeMb?: number;
  /** Older files beyond so many are removed; 0 keeps all. @default 100 */
  readonly maxBackups?: number;
  /** Files that were put away longer ago are removed; 0 keeps all. @default 366 */
  readonly maxAgeDays?: number;
}

/** Takes lines. */
export interface LineSink extends AsyncDisposable {
  /** Takes a line without its end. Resolves at once, or, when it cannot keep up, once it can again. */
  write(line: string): Promise<void> | void;
}

/** So many bytes may wait for the disk before writers do. */
const BACKLOG_BYTES = 8 * 1024 * 1024;
const DAY_MS = 86_400_000;

/** Appends lines in batches; a batch is what came while the last one was written. Lines that the disk refuses are lost, and said to be. */
export class RotatingFile implements LineSink {
  readonly #host: Host;
  readonly #path: string;
  readonly #limits: { bytes: number; backups: number; ageMs: number };
  #file: AppendFile | undefined;
  #size = 0;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #flushing: Promise<void> | undefined;

  constructor(host: Host, options: RotatingFileOptions) {
    this.#host = host;
    this.#path = options.path;
    const { maxSizeMb = 100, maxBackups = 100, maxAgeDays = 366 } = options;
    this.#limits = {
      bytes: maxSizeMb * 1024 * 1024,
      backups: maxBackups,
      ageMs: maxAgeDays * DAY_MS,
    };
  }

  write(line: string): Promise<void> | void {
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    this.#flushing ??= this.#flush();
    if (this.#waitingBytes > BACKLOG_BYTES) return this.#flushing;
  }

  /** Writes what is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    await this.#file?.[Symbol.asyncDispose]();
    this.#file = undefined;
  }

  async #flush(): Promise<void> {
    // Lines of the same moment go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      try {
        for (const batch of this.#batches(lines)) await this.#append(batch);
      } catch (error) {
        this.#host.log("error", "Audit log can not be written", {
          path: this.#path,
          lines: lines.length,
          error,
        });
        await this.#giveUpFile();
      }
    }
    this.#flushing = undefined;
  }

  /** Lines in parts that fit into one file each. */
  *#batches(lines: readonly string[]): Iterable<Uint8Array> {
    let text = "";
    for (const line of lines) {
      if (text !== "" && text.length + line.length >= this.#limits.bytes) {
        yield encodeText(text);
        text = "";
      }
      text += `${line}\n`;
    }
    if (text !== "") yield encodeText(text);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    if (this.#file === undefined) await this.#open();
    if (this.#size > 0 && this.#size + bytes.length > this.#limits.bytes) {
      await this.#rotate();
    }
    await this.#file!.append(bytes);
    this.#size += bytes.length;
  }

  async #open(): Promise<void> {
    const { disk } = this.#host;
    const [folder] = parts(this.#path);
    await disk.mkdir(folder);
    this.#size = await sizeOf(this.#host, this.#path);
    // Who may read it learns who did what, and with what objects.
    this.#file = await disk.openAppend(this.#path, { mode: 0o600 });
  }

  async #rotate(): Promise<void> {
    await this.#giveUpFile();
    const { disk, clock } = this.#host;
    const [folder, stem, ending] = parts(this.#path);
    const stamp = new Date(clock.now()).toISOString().slice(0, -1)
      .replaceAll(":", "-");
    await disk.rename(this.#path, `${folder}/${stem}-${stamp}${ending}`);
    await this.#prune();
    await this.#open();
  }

  async #prune(): Promise<void> {
    const { disk, clock } = this.#host;
    const [folder, stem, ending] = parts(this.#path);
    const { backups, ageMs } = this.#limits;
    const old = (await disk.list(folder)).map((name) => ({
      name,
      ms: stampOf(name, stem, ending),
    })).filter(({ ms }) => !Number.isNaN(ms)).sort((a, b) => b.ms - a.ms);
    for (const [index, { name, ms }] of old.entries()) {
      const tooMany = backups > 0 && index >= backups;
      const tooOld = ageMs > 0 && ms < clock.now() - ageMs;
      if (tooMany || tooOld) await disk.remove(`${folder}/${name}`);
    }
  }

  async #giveUpFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.[Symbol.asyncDispose]();
  }
}

/** Folder, name without its ending, and the ending with its point. */
function parts(path: string): [folder: string, stem: string, ending: string] {
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  const point = name.lastIndexOf(".");
  const end = point <= 0 ? name.length : point;
  return [path.slice(0, slash) || "/", name.slice(0, end), name.slice(end)];
}

/** When a file was put away; NaN for other files. */
function stampOf(name: string, stem: string, ending: string): number {
  if (!name.startsWith(`${stem}-`) || !name.endsWith(ending)) return NaN;
  const stamp = name.slice(stem.length + 1, name.length - ending.length);
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(stamp);
  if (match === null) return NaN;
  const [, day, hour, minute, second] = match;
  return Date.parse(`${day}T${hour}:${minute}:${second}Z`);
}

async function sizeOf(host: Host, path: string): Promise<number> {
  try {
    return (await host.disk.stat(path)).sizeBytes;
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") return 0;
    throw error;
  }
}
