/**
 * The demo's cluster: one server and one agent as separate processes, state in one folder.
 *
 * @module
 */
import { join } from "node:path";
import { RUNTIME_FLAGS } from "../build.ts";
import type { Tools } from "../setup.ts";
import { Program } from "./programs.ts";

/** How long server and node may take to be ready. */
const READY_TIMEOUT_MS = 60_000;

/** What a cluster is started from. */
export interface ClusterOptions {
  readonly dataDir: string;
  /** The bundled program. */
  readonly bundle: string;
  readonly tools: Tools;
  /** Takes lines for the reader. */
  readonly say: (line: string) => void;
}

/** A running cluster. */
export class Cluster {
  /** The admin's kubeconfig. */
  readonly kubeconfig: string;
  readonly #options: ClusterOptions;
  readonly #server: Program;
  readonly #agent: Program;

  private constructor(
    options: ClusterOptions,
    programs: { server: Program; agent: Program; kubeconfig: string },
  ) {
    this.#options = options;
    this.#server = programs.server;
    this.#agent = programs.agent;
    this.kubeconfig = programs.kubeconfig;
  }

  /** Starts server and agent and waits until the node is Ready. What was started is stopped again when it fails. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const { dataDir, bundle, tools, say } = options;
    const kubeconfig = join(dataDir, "kubeconfig");
    await Deno.mkdir(dataDir, { recursive: true });
    const env = {
      PATH: `${tools.binDir}:${Deno.env.get("PATH") ?? ""}`,
    };
    const port = freePort();
    const server = await Program.start("server", {
      bundle,
      args: [
        "server",
        "--data-dir",
        join(dataDir, "server"),
        "--listen",
        `127.0.0.1:${port}`,
        "--kubeconfig",
        kubeconfig,
        ...isRoot() ? [] : [
          "--cluster-cidr",
          "127.64.0.0/16",
          "--service-cidr",
          "127.96.0.0/16",
        ],
      ],
      env,
      logPath: join(dataDir, "server.log"),
    });
    let agent: Program | undefined;
    try {
      say(`Server on https://127.0.0.1:${port}`);
      await until("the server is ready", async () => {
        await server.check();
        return (await run(options, ["get", "namespaces"], { kubeconfig }))
          .code === 0;
      });
      const token = await wherry(options, ["token", "create"], { kubeconfig });
      const images = join(dataDir, "images");
      await Deno.mkdir(images, { recursive: true });
      const guest = new URL(
        "../../wasm/http_echo/http_echo.wat",
        import.meta.url,
      );
      await Deno.copyFile(guest, join(images, "http_echo.wat"));
      agent = await Program.start("agent", {
        bundle,
        args: [
          "agent",
          "--server",
          `https://127.0.0.1:${port}`,
          "--token",
          token.trim(),
          "--data-dir",
          join(dataDir, "agent"),
          "--node-name",
          "demo",
          "--image-dir",
          images,
          "--stop-pods-on-exit",
          ...tools.containerd ? [] : ["--container-runtime-endpoint", "none"],
        ],
        env,
        logPath: join(dataDir, "agent.log"),
      });
      const started = agent;
      const socket = join(dataDir, "agent", "agent.sock");
      await until("the node is Ready", async () => {
        await server.check();
        await started.check();
        const { stdout } = await run(
          options,
          ["get", "nodes", "--no-headers"],
          { kubeconfig },
        );
        // What an earlier run stored may still call the node Ready: the agent of this run has to answer too.
        return /^demo\s+Ready\s/m.test(stdout) && await answers(socket);
      });
      return new Cluster(options, { server, agent, kubeconfig });
    } catch (error) {
      await agent?.stop();
      await server.stop();
      throw error;
    }
  }

  /** Runs a `wherry` command; its output. @throws {Error} when it fails */
  wherry(...args: readonly string[]): Promise<string> {
    return wherry(this.#options, args, { kubeconfig: this.kubeconfig });
  }

  /** `wherry get … -o json`, parsed. */
  async get<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.wherry("get", ...args, "-o", "json"));
  }

  /** @throws {Error} when server or agent has ended by itself */
  async check(): Promise<void> {
    await this.#server.check();
    await this.#agent.check();
  }

  /** The agent ends its pods and takes its network away; then the server ends. */
  async stop(): Promise<void> {
    await this.#agent.stop();
    await this.#server.stop();
  }
}

/** Whether we may use network namespaces and containers. */
export function isRoot(): boolean {
  return Deno.build.os === "linux" && Deno.uid() === 0;
}

/** Asks again and again until it is so. @throws {Error} after {@linkcode READY_TIMEOUT_MS} */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!await isSo()) {
    if (performance.now() > deadline) {
      throw new Error(
        `Gave up after ${READY_TIMEOUT_MS / 1000} s waiting until ${what}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function wherry(
  options: ClusterOptions,
  args: readonly string[],
  context: { kubeconfig: string },
): Promise<string> {
  const { code, stdout, stderr } = await run(options, args, context);
  if (code !== 0) {
    throw new Error(`Cannot run wherry ${args.join(" ")}: ${stderr.trim()}`);
  }
  return stdout;
}

async function run(
  options: ClusterOptions,
  args: readonly string[],
  context: { kubeconfig: string },
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      ...RUNTIME_FLAGS,
      options.bundle,
      "--kubeconfig",
      context.kubeconfig,
      ...args,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Whether somebody listens on a unix socket. */
async function answers(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

/** A port that was free a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
