/**
 * The demo's server and agent as processes, started and stopped by their ids.
 *
 * @module
 */
import { RUNTIME_FLAGS } from "../build.ts";

/** How long a program may take to end by itself before it is killed. */
const STOP_GRACE_MS = 30_000;

/** A process that the demo started. Its output goes to a log file. */
export class Program {
  readonly #child: Deno.ChildProcess;
  /** What it is called in messages. */
  readonly name: string;
  /** Where its output is. */
  readonly logPath: string;
  #ended: Deno.CommandStatus | undefined;

  private constructor(
    name: string,
    options: { child: Deno.ChildProcess; logPath: string },
  ) {
    this.name = name;
    this.logPath = options.logPath;
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
    return new Program(name, { child, logPath });
  }

  /** @throws {Error} with the end of its log when it has ended by itself */
  async check(): Promise<void> {
    if (!this.#ended) return;
    const log = await Deno.readTextFile(this.logPath);
    const tail = log.trimEnd().split("\n").slice(-8).join("\n  ");
    throw new Error(
      `The ${this.name} ended with status ${this.#ended.code}:\n  ${tail}`,
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
