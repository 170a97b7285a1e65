/**
 * The demo's server and agent as processes, started and stopped by their ids.
 *
 * @module
 */
import { RUNTIME_FLAGS } from "../build.ts";

import { STOP_GRACE_MS } from "./process_mark.ts";

/** A process that the demo started. Its output goes to a log file. */
export class Program {
  readonly #child: Deno.ChildProcess;
  /** What it is called in messages. */
  readonly name: string;
  /** Where its output is. */
  readonly logPath: string;
  /** Where this run's part of the log begins, in bytes. */
  readonly #logStart: number;
  #ended: Deno.CommandStatus | undefined;

  private constructor(
    name: string,
    options: { child: Deno.ChildProcess; logPath: string; logStart: number },
  ) {
    this.name = name;
    this.logPath = options.logPath;
    this.#logStart = options.logStart;
    this.#child = options.child;
    void this.#child.status.then((status) => this.#ended = status);
  }

  /** Starts `deno run -A BUNDLE ARGS` in a session of its own, so that Ctrl-C reaches only the demo, which then stops all in order. */
  static async start(
    name: string,
    options: {
      bundle: string;
      args: readonly string[];
      env: Readonly<Record<string, string>>;
      logPath: string;
    },
  ): Promise<Program> {
    const { bundle, args, env, logPath } = options;
    const log = await Deno.open(logPath, { append: true, create: true });
    const { size: logStart } = await log.stat();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", ...RUNTIME_FLAGS, bundle, ...args],
      env: { ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
    const sink = new WritableStream<Uint8Array>({
      async write(chunk) {
        for (let at = 0; at < chunk.length;) {
          at += await log.write(chunk.subarray(at));
        }
      },
    });
    const copy = Promise.allSettled([
      child.stdout.pipeTo(sink, { preventClose: true }).catch(() => {}),
      drainInto(child.stderr, log),
    ]);
    void copy.then(() => log.close());
    return new Program(name, { child, logPath, logStart });
  }

  /** Its process's id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** @throws {Error} with its last words, else the end of its log, when it has ended by itself */
  async check(): Promise<void> {
    if (!this.#ended) return;
    const log = (await Deno.readFile(this.logPath)).subarray(this.#logStart);
    const lines = new TextDecoder().decode(log).trimEnd().split("\n");
    const last = lines.findLast((line) => line.startsWith("error: "));
    throw new Error(
      last
        ? `The ${this.name} ended: ${last.slice("error: ".length)}`
        : `The ${this.name} ended with status ${this.#ended.code}:\n  ${
          lines.slice(-8).join("\n  ")
        }`,
    );
  }

  /** SIGTERM, and SIGKILL if it takes too long. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    const timer = setTimeout(
      () => this.#signal("SIGKILL"),
      STOP_GRACE_MS,
    );
    this.#signal("SIGTERM");
    await this.#child.status;
    clearTimeout(timer);
  }

  #signal(name: Deno.Signal): void {
    try {
      this.#child.kill(name);
    } catch {
      // It ended in this moment.
    }
  }
}

async function drainInto(
  stream: ReadableStream<Uint8Array>,
  log: Deno.FsFile,
): Promise<void> {
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) {
      at += await log.write(chunk.subarray(at));
    }
  }
}
