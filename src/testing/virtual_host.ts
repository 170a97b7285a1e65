/**
 * A {@linkcode Host} for tests of single parts: virtual time that moves only when told, seeded randomness, files in memory.
 * (Whole programs run on the simulation's host, which orders everything; this one leans on the event loop.)
 *
 * @module
 */
import {
  type AppendFile,
  type Clock,
  type Disk,
  type Host,
  HostError,
  type LogFields,
  type LogLevel,
  type Timer,
} from "../base/host.ts";
import { isAbort } from "../base/errors.ts";
import { RealCryptography } from "../base/real/crypto.ts";

/** One log record that a test may look at. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Options of {@linkcode VirtualHost}. */
export interface VirtualHostOptions {
  /** Wall-clock time at the start. @default 2026-01-01T00:00:00Z */
  readonly now?: number;
  /** @default 1 */
  readonly seed?: number;
  /** Environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Answers `net.fetch`. */
  readonly fetch?: Host["net"]["fetch"];
}

interface Waiting {
  readonly dueMs: number;
  readonly order: number;
  readonly fn: () => void;
}

/** {@linkcode Host} whose clock is moved by {@linkcode VirtualHost.advance}. */
export class VirtualHost implements Host {
  /** All log records, oldest first. */
  readonly logs: LogRecord[] = [];
  /** Rejections of spawned tasks; a test should find none. */
  readonly failures: { name: string; error: unknown }[] = [];
  /** Contents of files by path. */
  readonly files = new Map<string, string>();
  /** Who watches which file or folder. Nothing rings by itself: see {@linkcode VirtualHost.changed}. */
  readonly watchers = new Map<string, Set<() => void>>();
  readonly clock: Clock;
  readonly random: Host["random"];
  readonly crypto: Host["crypto"];
  readonly disk: Disk;
  readonly net: Host["net"];
  readonly processes: Host["processes"];
  #monotonicMs = 0;
  #epochMs: number;
  #order = 0;
  #waiting = new Set<Waiting>();
  #running = new Set<string>();

  constructor(options: VirtualHostOptions = {}) {
    this.#epochMs = options.now ?? Date.UTC(2026, 0, 1);
    this.clock = this.#makeClock();
    this.random = makeRandom(options.seed ?? 1);
    this.crypto = new RealCryptography(this.random);
    this.disk = makeDisk(this.files, {
      watchers: this.watchers,
      now: () => this.#epochMs,
    });
    this.net = only<Host["net"]>("net", {
      fetch: options.fetch ?? (() => {
        throw new HostError("unreachable", "Cannot fetch: no network in tests");
      }),
    });
    this.processes = only<Host["processes"]>("processes", {
      env: (name: string) => options.env?.[name],
      hostname: () => "virtual",
      selfPid: 1,
      uid: 0,
      arch: "x86_64",
      os: "linux",
    });
  }

  /** Tells those who watch a file or folder that it changed. */
  changed(path: string): void {
    for (const onChange of this.watchers.get(path) ?? []) onChange();
  }

  /** How many timers wait. 0: nothing would ever wake by itself. */
  get timers(): number {
    return this.#waiting.size;
  }

  /** Names of spawned tasks that have not ended. */
  get running(): readonly string[] {
    return [...this.#running];
  }

  openKv(): Promise<never> {
    throw new HostError("other", "Cannot open a KV: not in this host");
  }

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.logs.push({ level, message, fields });
  }

  spawn(name: string, task: () => Promise<void>): void {
    const label = `${name}#${this.#order++}`;
    this.#running.add(label);
    (async () => {
      try {
        await task();
      } catch (error) {
        if (!isAbort(error)) this.failures.push({ name, error });
      } finally {
        this.#running.delete(label);
      }
    })();
  }

  /** Sets the wall clock on or back; no time passes. */
  setClock(byMs: number): void {
    this.#epochMs += byMs;
  }

  /** Lets everything run that needs no time to pass. */
  async settle(): Promise<void> {
    // In-memory work takes microtasks only; a few turns of the event loop cover stream machinery that uses more.
    for (let turn = 0; turn < 4; turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** Moves time on, running each timer at its moment and letting everything settle after it. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    await this.settle();
    while (true) {
      const next = this.#earliest();
      if (next === undefined || next.dueMs > untilMs) break;
      this.#moveTo(next.dueMs);
      this.#waiting.delete(next);
      next.fn();
      await this.settle();
    }
    this.#moveTo(untilMs);
  }

  #earliest(): Waiting | undefined {
    let best: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (
        best === undefined || waiting.dueMs < best.dueMs ||
        (waiting.dueMs === best.dueMs && waiting.order < best.order)
      ) best = waiting;
    }
    return best;
  }

  #moveTo(monotonicMs: number): void {
    this.#epochMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  #makeClock(): Clock {
    const after = (ms: number, fn: () => void): Timer => {
      const waiting: Waiting = {
        dueMs: this.#monotonicMs + Math.max(0, ms),
        order: this.#order++,
        fn,
      };
      this.#waiting.add(waiting);
      return { cancel: () => this.#waiting.delete(waiting) };
    };
    return {
      now: () => this.#epochMs,
      monotonicMs: () => this.#monotonicMs,
      after,
      sleep: (ms, signal) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        if (signal?.aborted) {
          reject(signal.reason);
          return promise;
        }
        const timer = after(ms, () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        });
        const onAbort = () => {
          timer.cancel();
          reject(signal!.reason);
        };
        signal?.addEventListener("abort", onAbort, { once: true });
        return promise;
      },
      timeout: (ms) => {
        const controller = new AbortController();
        after(
          ms,
          () => controller.abort(new DOMException("Timed out", "TimeoutError")),
        );
        return controller.signal;
      },
    };
  }
}

/** mulberry32. */
function makeRandom(seed: number): Host["random"] {
  let state = seed >>> 0;
  const float = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
  const bytes = (length: number) =>
    Uint8Array.from({ length }, () => Math.floor(float() * 256));
  return {
    float,
    bytes,
    uuid: () => {
      const hex = bytes(16).toHex();
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${
        hex.slice(17, 20)
      }-${hex.slice(20, 32)}`;
    },
  };
}

function makeDisk(files: Map<string, string>, { watchers, now }: {
  watchers: Map<string, Set<() => void>>;
  now: () => number;
}): Disk {
  const written = new Map<string, { text: string; atMs: number }>();
  /** When a file became what it is, as far as anybody has looked. */
  const modified = (path: string, text: string): number => {
    const before = written.get(path);
    if (before?.text === text) return before.atMs;
    written.set(path, { text, atMs: now() });
    return now();
  };
  const below = (path: string) =>
    [...files.keys()].filter((file) => file.startsWith(`${path}/`));
  const missing = (path: string) =>
    new HostError("not-found", `Cannot find "${path}"`);
  const readText = (path: string): Promise<string> => {
    const text = files.get(path);
    return text === undefined
      ? Promise.reject(
        new HostError("not-found", `Cannot read "${path}": no such file`),
      )
      : Promise.resolve(text);
  };
  return only<Disk>("disk", {
    readText,
    read: async (path: string) =>
      new TextEncoder().encode(await readText(path)),
    writeAtomic: (path: string, content: Uint8Array | string) => {
      files.set(
        path,
        typeof content === "string"
          ? content
          : new TextDecoder().decode(content),
      );
      return Promise.resolve();
    },
    readAt: async (path: string, { offset, length }) =>
      new TextEncoder().encode(await readText(path))
        .slice(offset, offset + length),
    mkdir: () => Promise.resolve(),
    chmod: () => Promise.resolve(),
    remove: (path: string) => {
      files.delete(path);
      return Promise.resolve();
    },
    list: (path: string) => {
      const names = below(path).map((file) =>
        file.slice(path.length + 1).split("/")[0]!
      );
      return names.length > 0
        ? Promise.resolve([...new Set(names)].sort())
        : Promise.reject(missing(path));
    },
    stat: (path: string) => {
      const text = files.get(path);
      const isDirectory = text === undefined && below(path).length > 0;
      if (text === undefined && !isDirectory) {
        return Promise.reject(missing(path));
      }
      return Promise.resolve({
        isFile: !isDirectory,
        isDirectory,
        isSymlink: false,
        sizeBytes: text?.length ?? 0,
        modified: text === undefined ? 0 : modified(path, text),
        mode: isDirectory ? 0o755 : 0o644,
      });
    },
    watch: (path: string, onChange: () => void) => {
      const set = watchers.get(path) ?? new Set();
      watchers.set(path, set.add(onChange));
      return { [Symbol.dispose]: () => void set.delete(onChange) };
    },
    openAppend: (): Promise<AppendFile> =>
      Promise.reject(new HostError("other", "Cannot append: not in this host")),
  });
}

/** An object with some members; the use of any other is an error that names it. */
function only<T extends object>(name: string, members: Partial<T>): T {
  return new Proxy(members as T, {
    get(target, member, receiver) {
      if (member in target || typeof member === "symbol") {
        return Reflect.get(target, member, receiver);
      }
      throw new HostError(
        "other",
        `Cannot use ${name}.${String(member)}: not in this host`,
      );
    },
  });
}
