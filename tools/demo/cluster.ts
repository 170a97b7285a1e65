/**
 * The demo's cluster: one server and one agent as separate processes, state in one folder.
 *
 * @module
 */
import { join } from "node:path";
import { RUNTIME_FLAGS } from "../build.ts";
import type { Tools } from "../setup.ts";
import { markProcess } from "./process_mark.ts";
import { Program } from "./programs.ts";
import type { StateFolder } from "./state_folder.ts";
import { until } from "./until.ts";

/** WASM guests that pods of the demo's node may name as `file:NAME.wat`. */
const GUESTS = ["http_echo", "async_http", "exerciser", "hello"];

/** Bundles that the examples are made of. */
const BUNDLES = join(import.meta.dirname!, "../../manifests/examples/bundles");

/** What a cluster is started from. */
export interface ClusterOptions {
  /** Where its state is; told what was started. */
  readonly folder: StateFolder;
  /** The bundled program. */
  readonly bundle: string;
  readonly tools: Tools;
  /** Takes lines for the reader. */
  readonly say: (line: string) => void;
  /** Ends the start. */
  readonly signal: AbortSignal;
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

  /** Starts server and agent and waits until the node is Ready. What was started is stopped again when it fails or is interrupted. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const { folder, bundle, tools, say, signal } = options;
    const dataDir = folder.path;
    const kubeconfig = join(dataDir, "kubeconfig");
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
      await folder.started({
        name: "server",
        ...await markProcess(server.pid),
      });
      say(`Server on https://127.0.0.1:${port}`);
      await until("the server is ready", async () => {
        await server.check();
        return (await run(options, ["get", "namespaces"], { kubeconfig }))
          .code === 0;
      }, { signal });
      const token = await wherry(options, ["token", "create"], { kubeconfig });
      const images = join(dataDir, "images");
      await Deno.mkdir(images, { recursive: true });
      // The examples in manifests/ use all of them.
      for (const name of GUESTS) {
        await Deno.copyFile(
          join(import.meta.dirname!, "../../wasm", name, `${name}.wat`),
          join(images, `${name}.wat`),
        );
      }
      for await (const { name } of Deno.readDir(BUNDLES)) {
        await Deno.copyFile(join(BUNDLES, name), join(images, name));
      }
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
      await folder.started({ name: "agent", ...await markProcess(agent.pid) });
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
      }, { signal });
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
    // Ctrl-C is the demo's to hear.
    detached: true,
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
