/**
 * `deno task demo`: from a fresh checkout to WASM modules and containers behind one round-robin service.
 *
 * `--once` ends by itself and removes the state; without it the cluster stays up until Ctrl-C and its state is kept for the next run.
 * `--data-dir FOLDER` says where the state is.
 *
 * @module
 */
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { build } from "./build.ts";
import { Cluster } from "./demo/cluster.ts";
import {
  Interrupted,
  interruption,
  unlessInterrupted,
} from "./demo/interruption.ts";
import { show } from "./demo/show.ts";
import { StateFolder } from "./demo/state_folder.ts";
import { say } from "./demo/view.ts";
import { setup } from "./setup.ts";

const HELP = `Usage: deno task demo [--once] [--data-dir FOLDER]

Starts a cluster and shows WASM modules and containers behind one service.

  --once             end by itself and remove the state (exit status 0: all was as it should be)
  --data-dir FOLDER  where the state is kept (default: ${defaultDataDir()})
  --help             this text`;

/** Exit status after Ctrl-C before the show was over, as shells have it. */
const EXIT_INTERRUPTED = 130;

/** Runs the demo; the answer is the exit status. */
async function demo(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args);
  if (typeof flags === "string") {
    console.error(`error: ${flags}\n\n${HELP}`);
    return 2;
  }
  if (flags.help) {
    say(HELP);
    return 0;
  }
  const started = performance.now();
  const signal = interruption();
  say(`State in ${flags.dataDir}`);
  using folder = await StateFolder.take(flags.dataDir, say);
  try {
    return await run(folder, { once: flags.once, started, signal });
  } finally {
    if (flags.once) await folder.remove();
    else say(`State is kept in ${folder.path}`);
  }
}

async function run(
  folder: StateFolder,
  options: { once: boolean; started: number; signal: AbortSignal },
): Promise<number> {
  const { once, started, signal } = options;
  const tools = await unlessInterrupted(setup({ report: say }), signal);
  for (const { what, why } of tools.skipped) say(`Without ${what}: ${why}`);
  if (!tools.wasmtime) throw new Error("The demo needs wasmtime");
  const { wherry: bundle } = await unlessInterrupted(
    // Not in the shared cache: chunks are loaded while the programs run, and another checkout would write its own over them.
    build(join(folder.path, "build")),
    signal,
  );
  const cluster = await Cluster.start({ folder, bundle, tools, say, signal });
  try {
    const good = await unlessInterrupted(
      show(cluster, { tools, dataDir: folder.path, started, signal }),
      signal,
    );
    if (good && !once) {
      await sayUsage(cluster, folder.path);
      await unlessInterrupted(watchOver(cluster), signal).catch((error) => {
        if (!(error instanceof Interrupted)) throw error;
      });
    }
    return good ? 0 : 1;
  } finally {
    say("\nStopping pods, agent and server");
    await folder.stopping();
    await cluster.stop();
    await folder.stopped();
  }
}

async function sayUsage(cluster: Cluster, dataDir: string): Promise<void> {
  // What npx put on PATH is gone when it ends.
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) =>
    folder !== "" && !folder.includes("/_npx/")
  );
  const hasDeno = await Promise.any(
    folders.map((folder) => Deno.stat(join(folder, "deno"))),
  ).then(() => true, () => false);
  const deno = hasDeno ? "deno" : `npx -y deno@${Deno.version.deno}`;
  say(`
The cluster stays up until Ctrl-C. In another terminal, from this folder:
  export KUBECONFIG='${cluster.kubeconfig}'
  ${deno} task --quiet wherry get all
  ${deno} task --quiet wherry run manifests/examples/greet.ts --replicas 3
  ${deno} task --quiet wherry logs deployment/hello-wasm
  ${deno} task --quiet wherry scale deployment hello-wasm --replicas 5
  kubectl get pods --watch   # any kubectl will do
Logs of server and agent: ${join(dataDir, "server.log")}, ${
    join(dataDir, "agent.log")
  }`);
}

/** Rejects when server or agent ends by itself. */
async function watchOver(cluster: Cluster): Promise<never> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await cluster.check();
  }
}

interface Flags {
  readonly once: boolean;
  readonly help: boolean;
  readonly dataDir: string;
}

/** The flags, or what is wrong with them. */
function parseFlags(args: readonly string[]): Flags | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
        "data-dir": { type: "string" },
      },
    });
    const { once, help, "data-dir": given } = values;
    // `deno task` runs in the checkout's folder and says where it was called.
    const cwd = Deno.env.get("INIT_CWD") ?? Deno.cwd();
    const dataDir = given === undefined
      ? defaultDataDir()
      : resolve(cwd, given);
    return { once, help, dataDir };
  } catch (error) {
    return error instanceof Error ? error.message.split(". ")[0]! : "";
  }
}

function defaultDataDir(): string {
  const base = Deno.env.get("XDG_STATE_HOME") ||
    join(Deno.env.get("HOME") ?? "/root", ".local", "state");
  return join(base, "wherry", "demo");
}

if (import.meta.main) {
  try {
    process.exit(await demo(Deno.args));
  } catch (error) {
    if (error instanceof Interrupted) process.exit(EXIT_INTERRUPTED);
    console.error(
      `error: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exit(1);
  }
}
