/**
 * Server and agent as bundled programs in processes of their own, for tests and benchmarks.
 *
 * @module
 */
import { join } from "node:path";
import { build, RUNTIME_FLAGS } from "../../tools/build.ts";

/** How long a program may take to be ready. */
const READY_TIMEOUT_MS = 60_000;

/** A running program. */
export interface Running {
  readonly pid: number;
  readonly logPath: string;
  readonly ended: () => boolean;
  /** SIGTERM, and waits. @returns the exit status */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<number>;
}

/** What a command came to. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with the bundled program, and what is started from it. Disposing ends what still runs and removes the folder. */
export class TestCluster implements AsyncDisposable {
  readonly dir: string;
  readonly bundle: string;
  readonly #running: Running[] = [];
  #port = 0;

  private constructor(dir: string, bundle: string) {
    this.dir = dir;
    this.bundle = bundle;
  }

  /** Bundles the program into a new folder. */
  static async make(): Promise<TestCluster> {
    const dir = await Deno.makeTempDir({ prefix: "wherry-test-" });
    try {
      const { wherry } = await build(join(dir, "bundle"));
      return new TestCluster(dir, wherry);
    } catch (error) {
      await Deno.remove(dir, { recursive: true });
      throw error;
    }
  }

  /** The admin's kubeconfig. */
  get kubeconfig(): string {
    return join(this.dir, "kubeconfig");
  }

  /** The server's URL. */
  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** The server's port. */
  get port(): number {
    return this.#port;
  }

  /** Token and CA of the admin's kubeconfig. */
  async credentials(): Promise<{ token: string; ca: string }> {
    const config = await Deno.readTextFile(this.kubeconfig);
    return {
      token: /token: (\S+)/.exec(config)?.[1] ?? "",
      ca: atob(/certificate-authority-data: (\S+)/.exec(config)?.[1] ?? ""),
    };
  }

  /** Starts the server, on the same port each time, and waits until it is ready unless told not to. */
  async startServer(
    args: readonly string[] = [],
    options: { readonly wait?: boolean } = {},
  ): Promise<Running> {
    this.#port ||= freePort();
    const server = this.start("server", [
      "server",
      "--data-dir",
      join(this.dir, "server"),
      "--listen",
      `127.0.0.1:${this.#port}`,
      "--kubeconfig",
      this.kubeconfig,
      ...args,
    ]);
    if (options.wait === false) return server;
    await this.until("the server is ready", async () => {
      if (server.ended()) {
        throw new Error(`Server ended:\n${await this.log("server")}`);
      }
      return (await this.wherry("get", "namespaces")).code === 0;
    });
    return server;
  }

  /** Starts the agent and waits until its node is Ready; `join` makes a token first. */
  async startAgent(
    options: { join?: boolean; args?: readonly string[]; wait?: boolean } = {},
  ): Promise<Running> {
    const joining = options.join
      ? [
        "--server",
        this.url,
        "--token",
        (await this.wherry("token", "create")).stdout.trim(),
      ]
      : [];
    const agent = this.start("agent", [
      "agent",
      "--data-dir",
      join(this.dir, "agent"),
      "--node-name",
      "n1",
      // A machine that is short of disk must not have its tests' pods evicted, nor their images collected.
      ...["--eviction-hard", "memory.available<1Mi"],
      ...["--image-gc-high-threshold", "100"],
      ...joining,
      ...options.args ?? [],
    ]);
    if (options.wait === false) return agent;
    await this.until("the node is Ready", async () => {
      if (agent.ended()) {
        throw new Error(`Agent ended:\n${await this.log("agent")}`);
      }
      const { stdout } = await this.wherry("get", "nodes", "--no-headers");
      return /^n1\s+Ready\s/m.test(stdout);
    });
    return agent;
  }

  /** Starts the program with its output in `<name>.log`. */
  start(name: string, args: readonly string[]): Running {
    const running = startProgram(this.#command(args), {
      logPath: join(this.dir, `${name}.log`),
    });
    this.#running.push(running);
    return running;
  }

  /** Runs a `wherry` command to its end. */
  async wherry(...args: readonly string[]): Promise<CommandResult> {
    const [program = "", ...rest] = this.#command([
      "--kubeconfig",
      this.kubeconfig,
      ...args,
    ]);
    return await runCommand(program, rest);
  }

  /** `wherry get … -o json`, parsed. @throws {Error} when it fails */
  async get<T>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.wherry(
      "get",
      ...args,
      "-o",
      "json",
    );
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  /** Runs kubectl against the server. */
  async kubectl(...args: readonly string[]): Promise<CommandResult> {
    return await runCommand("kubectl", [
      "--kubeconfig",
      this.kubeconfig,
      ...args,
    ]);
  }

  /** What a program has logged. */
  async log(name: string): Promise<string> {
    return await Deno.readTextFile(join(this.dir, `${name}.log`)).catch(() =>
      ""
    );
  }

  /** Asks again and again until it is so. @throws {Error} with the logs after a minute */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (!await isSo()) {
      if (performance.now() > deadline) {
        throw new Error(
          `Gave up waiting until ${what}\n${await this.log(
            "server",
          )}\n${await this
            .log("agent")}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Ends what runs, newest first, and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running.reverse()) await running.stop();
    await Deno.remove(this.dir, { recursive: true });
  }

  #command(args: readonly string[]): string[] {
    return [
      Deno.execPath(),
      "run",
      "-A",
      "--quiet",
      ...RUNTIME_FLAGS,
      this.bundle,
      ...args,
    ];
  }
}

/** Runs a command to its end. */
export async function runCommand(
  program: string,
  args: readonly string[],
): Promise<CommandResult> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Starts a command with its output appended to a file. */
export function startProgram(
  command: readonly string[],
  options: { logPath: string },
): Running {
  const child = new Deno.Command("sh", {
    args: ["-c", `exec "$@" >>"$LOG" 2>&1`, "sh", ...command],
    env: { LOG: options.logPath, NO_COLOR: "1" },
    stdin: "null",
  }).spawn();
  let ended = false;
  const status = child.status.then(({ code }) => {
    ended = true;
    return code;
  });
  return {
    pid: child.pid,
    logPath: options.logPath,
    ended: () => ended,
    async stop(signal = "SIGTERM") {
      if (!ended) child.kill(signal);
      return await status;
    },
  };
}

/** A port that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
