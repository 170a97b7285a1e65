/**
 * Server and agent as bundled programs, for benchmarks.
 *
 * @module
 */
import { join } from "node:path";
import { build } from "../../tools/build.ts";

/** A running program. */
export interface Running {
  readonly pid: number;
  stop(): Promise<void>;
}

/** A running server. */
export interface RunningServer extends Running {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly ca: string;
  readonly kubeconfig: string;
  readonly dataDir: string;
  readonly bundle: string;
}

/** Bundles the program and starts a server on a fresh folder; removed by `stop`. */
export async function startBenchServer(
  options: { args?: readonly string[]; prefix?: readonly string[] } = {},
): Promise<RunningServer> {
  const dataDir = await Deno.makeTempDir({ prefix: "wherry-bench-" });
  const { wherry: bundle } = await build(join(dataDir, "bundle"));
  const port = freePort();
  const kubeconfig = join(dataDir, "kubeconfig");
  const program = startProgram([
    ...options.prefix ?? [],
    Deno.execPath(),
    "run",
    "-A",
    "--quiet",
    "--unstable-kv",
    bundle,
    "server",
    "--data-dir",
    join(dataDir, "server"),
    "--listen",
    `127.0.0.1:${port}`,
    "--kubeconfig",
    kubeconfig,
    ...options.args ?? [],
  ], join(dataDir, "server.log"));
  const config = await waitForFile(kubeconfig, program);
  const token = /token: (\S+)/.exec(config)?.[1] ?? "";
  const ca = atob(
    /certificate-authority-data: (\S+)/.exec(config)?.[1] ?? "",
  );
  return {
    pid: program.pid,
    url: `https://127.0.0.1:${port}`,
    port,
    token,
    ca,
    kubeconfig,
    dataDir,
    bundle,
    async stop() {
      await program.stop();
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}

/** Starts a command with its output in a file. */
export function startProgram(
  command: readonly string[],
  logPath: string,
): Running & { readonly ended: () => boolean; readonly logPath: string } {
  const child = new Deno.Command("sh", {
    args: ["-c", `exec "$@" >"$LOG" 2>&1`, "sh", ...command],
    env: { LOG: logPath, NO_COLOR: "1" },
    stdin: "null",
  }).spawn();
  let ended = false;
  const status = child.status.then(() => void (ended = true));
  return {
    pid: child.pid,
    logPath,
    ended: () => ended,
    async stop() {
      if (!ended) child.kill("SIGTERM");
      await status;
    },
  };
}

async function waitForFile(
  path: string,
  program: { ended: () => boolean; logPath: string },
): Promise<string> {
  for (let i = 0; i < 600; i++) {
    try {
      return await Deno.readTextFile(path);
    } catch {
      if (program.ended()) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(
    `The server did not start:\n${await Deno.readTextFile(program.logPath)}`,
  );
}

/** A port that was free a moment ago. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
