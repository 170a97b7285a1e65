/**
 * WASM files compiled ahead of time: a start then takes milliseconds, and the memory of the code is shared by all that run it.
 *
 * `<content>-<engine>.cwasm` is native code: it depends on the engine's version and the processor, whose digest is `<engine>`. The engine runs it as it
 * is (`--allow-precompiled`), so it is taken only as it was written: `<content>-<engine>.json`, written after it, says its length and its digest, which
 * are looked at once in an agent's life and whenever the file has changed; and nobody but us may be able to write it. What is not so is compiled again.
 *
 * @module
 */
import { encodeHex } from "../../../src/base/bytes.ts";
import type { Host } from "../../../src/base/host.ts";
import type { Compiler, CompileRequest } from "./compiler.ts";
import { type EngineProgram, fileSha256 } from "./engine_program.ts";
import type { WasmLook } from "./wasm_kind.ts";

type CacheHost = Pick<Host, "disk" | "processes" | "crypto">;

/** How a module that can be run is run. */
export type RunnableLook = Exclude<WasmLook, { problem: string }>;

/** A module that can be started. */
export interface CompiledModule extends RunnableLookHolder {
  /** The native code. */
  readonly path: string;
}

interface RunnableLookHolder {
  readonly look: RunnableLook;
}

/** What {@linkcode ModuleCache} works with. */
export interface ModuleCacheOptions {
  /** Folder of its own. */
  readonly dir: string;
  readonly compiler: Pick<Compiler, "compile">;
  /** How many bytes of code may stay that no image and no container needs now. @default 1 GiB */
  readonly spareBytes?: number;
}

/** What stands beside a module's code. */
interface Note extends RunnableLookHolder {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A file that was found good. */
interface Checked extends CompiledModule {
  /** Of what was found good: another one is looked at again. */
  readonly stamp: string;
  /** When it was asked for last, counted in questions. */
  used: number;
}

/** A compilation that somebody waits for. */
interface Job {
  readonly done: Promise<CompiledModule>;
  readonly end: AbortController;
  waiting: number;
}

const SPARE_BYTES = 1024 ** 3;

/** Only the owner may write: guests and other users must not. */
const OTHERS_WRITE = 0o022;

/** See the module. */
export class ModuleCache {
  readonly #host: CacheHost;
  readonly #options: ModuleCacheOptions;
  readonly #cpu: string;
  readonly #checked = new Map<string, Checked>();
  readonly #jobs = new Map<string, Job>();
  #questions = 0;

  private constructor(
    host: CacheHost,
    options: ModuleCacheOptions,
    cpu: string,
  ) {
    this.#host = host;
    this.#options = options;
    this.#cpu = cpu;
  }

  /** Opens the cache and removes drafts that a crash left. */
  static async open(
    host: CacheHost,
    options: ModuleCacheOptions,
  ): Promise<ModuleCache> {
    const { disk } = host;
    const { dir } = options;
    await disk.mkdir(dir, { mode: 0o700 });
    await disk.chmod(dir, 0o700); // guests get files of it as open files only
    for (const name of await disk.list(dir)) {
      if (!/\.(cwasm|json)$/.test(name)) await disk.remove(`${dir}/${name}`);
    }
    const info = await disk.readText("/proc/cpuinfo").catch(() => "");
    return new ModuleCache(host, options, cpuOf(info));
  }

  /** Where a content's code for this engine is or would be. */
  pathOf(content: string, program: EngineProgram): string {
    const engine = this.#host.crypto.sha256(`${program.banner}\n${this.#cpu}`);
    return `${this.#options.dir}/${content.replace(":", "-")}-${
      encodeHex(engine).slice(0, 16)
    }.cwasm`;
  }

  /** A content's code if it is there and good. */
  async find(
    content: string,
    program: EngineProgram,
  ): Promise<CompiledModule | undefined> {
    const path = this.pathOf(content, program);
    const stamp = await this.#stampOf(path);
    if (stamp === undefined) return undefined;
    const known = this.#checked.get(path);
    const used = ++this.#questions;
    if (known?.stamp === stamp) {
      known.used = used;
      return known;
    }
    const note = await this.#readNote(path);
    if (!note || !stamp.startsWith(`${note.sizeBytes} `)) return undefined;
    if (await fileSha256(this.#host, path) !== note.sha256) return undefined;
    const checked = { path, look: note.look, stamp, used };
    this.#checked.set(path, checked);
    return checked;
  }

  /**
   * A content's code, compiled unless that is done. Whoever waits may stop waiting; with the last of them the compilation ends.
   *
   * @throws {RuntimeError} `ErrImagePull` with the engine's reason; the signal's reason
   */
  async get(
    content: string,
    request: Pick<CompileRequest, "source" | "name" | "signal"> & {
      readonly program: EngineProgram;
      readonly look: RunnableLook;
    },
  ): Promise<CompiledModule> {
    const { program, signal } = request;
    const path = this.pathOf(content, program);
    // One that nobody waited for is on its way out.
    for (let old; (old = this.#jobs.get(path))?.end.signal.aborted;) {
      await old.done.catch(() => {});
    }
    let job = this.#jobs.get(path);
    const found = job ? undefined : await this.find(content, program);
    if (found) return found;
    signal?.throwIfAborted();
    job ??= this.#jobs.get(path);
    if (!job) {
      const end = new AbortController();
      const done = this.#compile(path, { ...request, signal: end.signal })
        .finally(() => this.#jobs.delete(path));
      job = { done, end, waiting: 0 };
      this.#jobs.set(path, job);
    }
    return await this.#wait(job, signal);
  }

  /** How large a content's code is, in bytes; 0 where there is none. {@linkcode ModuleCache.find} tells whether it is good. */
  async sizeOf(content: string, program: EngineProgram): Promise<number> {
    const stamp = await this.#stampOf(this.pathOf(content, program));
    return stamp === undefined ? 0 : sizeIn(stamp);
  }

  /** Ends what is being compiled. */
  close(): void {
    for (const { end } of this.#jobs.values()) {
      end.abort(new Error("The agent ends"));
    }
  }

  /** Removes code that none of these needs, what was used longest ago first, until what is left of it is no more than may be kept. */
  async trim(needed: ReadonlySet<string>): Promise<void> {
    const { disk } = this.#host;
    const { dir, spareBytes = SPARE_BYTES } = this.#options;
    const spare: { path: string; sizeBytes: number; modified: number }[] = [];
    for (const name of await disk.list(dir)) {
      const path = `${dir}/${name}`;
      if (!name.endsWith(".cwasm") || needed.has(path)) continue;
      if (this.#jobs.has(path)) continue;
      const info = await disk.stat(path).catch(() => undefined);
      if (info) spare.push({ path, ...info });
    }
    const lastUse = (path: string) => this.#checked.get(path)?.used ?? 0;
    spare.sort((a, b) =>
      lastUse(b.path) - lastUse(a.path) || b.modified - a.modified
    );
    let kept = 0;
    for (const { path, sizeBytes } of spare) {
      if (kept + sizeBytes <= spareBytes) kept += sizeBytes;
      else await this.#remove(path);
    }
  }

  /** Removes a content's code for all engines, but what is needed. */
  async drop(content: string, needed: ReadonlySet<string>): Promise<void> {
    const { dir } = this.#options;
    for (const name of await this.#host.disk.list(dir)) {
      const path = `${dir}/${name}`;
      if (!name.startsWith(`${content.replace(":", "-")}-`)) continue;
      if (name.endsWith(".cwasm") && !needed.has(path)) {
        await this.#remove(path);
      }
    }
  }

  async #wait(job: Job, signal?: AbortSignal): Promise<CompiledModule> {
    job.waiting++;
    const { promise: gone, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal?.reason);
    signal?.addEventListener("abort", leave);
    try {
      return await Promise.race([job.done, gone]);
    } finally {
      signal?.removeEventListener("abort", leave);
      job.waiting--;
      if (job.waiting === 0) {
        job.end.abort(new Error("Nobody waits for it any more"));
        job.done.catch(() => {}); // who waited has been told
      }
    }
  }

  async #compile(
    path: string,
    request: Pick<CompileRequest, "source" | "name" | "signal"> & {
      readonly program: EngineProgram;
      readonly look: RunnableLook;
    },
  ): Promise<CompiledModule> {
    const { program, look, ...rest } = request;
    await this.#remove(path);
    await this.#options.compiler.compile({
      ...rest,
      program: program.realPath,
      target: path,
    });
    const sha256 = await fileSha256(this.#host, path);
    const stamp = await this.#stampOf(path);
    if (stamp === undefined) {
      throw new Error(`Can not use "${path}": others may write it`);
    }
    const note: Note = {
      sizeBytes: sizeIn(stamp),
      sha256,
      look,
    };
    await this.#host.disk.writeAtomic(
      noteOf(path),
      JSON.stringify(note),
      { mode: 0o600 },
    );
    const checked = { path, look, stamp, used: ++this.#questions };
    this.#checked.set(path, checked);
    return checked;
  }

  /** What tells a file from one that takes its place; undefined when it cannot be trusted. */
  async #stampOf(path: string): Promise<string | undefined> {
    const { disk, processes } = this.#host;
    try {
      const { isFile, sizeBytes, modified, mode, uid } = await disk.stat(path);
      if (!isFile || sizeBytes === 0 || (mode & OTHERS_WRITE) !== 0) {
        return undefined;
      }
      if (uid !== undefined && uid !== processes.uid) return undefined;
      return `${sizeBytes} ${modified}`;
    } catch {
      return undefined;
    }
  }

  async #readNote(path: string): Promise<Note | undefined> {
    try {
      return JSON.parse(await this.#host.disk.readText(noteOf(path)));
    } catch {
      return undefined;
    }
  }

  async #remove(path: string): Promise<void> {
    this.#checked.delete(path);
    await this.#host.disk.remove(noteOf(path));
    await this.#host.disk.remove(path);
  }
}

function noteOf(path: string): string {
  return path.replace(/\.cwasm$/, ".json");
}

/** What native code depends on: the processor's model and abilities, not its present speed. */
function cpuOf(cpuinfo: string): string {
  const first = cpuinfo.split("\n\n")[0] ?? "";
  return first.split("\n").filter((line) =>
    /^(flags|Features|vendor_id|CPU implementer|CPU part|model name)\s*:/.test(
      line,
    )
  ).join("\n");
}

/** The size in what {@linkcode ModuleCache} tells files apart by. */
function sizeIn(stamp: string): number {
  return Number(stamp.split(" ", 1)[0]);
}
