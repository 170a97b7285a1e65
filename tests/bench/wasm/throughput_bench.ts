/**
 * HTTP through a Service beside the bare engine hit directly, WASM and Deno: server and proxy on one core, the load on another.
 *
 * @module
 */
import { join } from "node:path";
import { freePort, runCommand } from "../../support/cluster.ts";
import {
  atLeast,
  type Bench,
  type BenchOptions,
  type Figure,
  percentile,
} from "../report.ts";
import { firstHit } from "./hit.ts";
import { bareServe } from "./start_bench.ts";
import {
  compileGuest,
  isRunning,
  podOf,
  PORT,
  WasmCluster,
} from "./wasm_cluster.ts";

/** Share, in percent, of what the bare engine does. */
const GOAL_PERCENT = 80;
/** The ways are measured in turn, so that what else the machine does meets all of them. */
const ROUNDS = 3;
const SECONDS = 2;
const CONNECTIONS = 16;
const SERVER_CORE = "0";
const LOAD_CORE = "1";
const LOAD = new URL("./http_load.ts", import.meta.url).pathname;

/** What both serve. */
const PROGRAM =
  `export default { fetch: () => new Response("hello from here\\n") };\n`;

/** The benchmark `wasm-throughput`. */
export const throughputBench: Bench = { name: "wasm-throughput", run };

/** A way to an answer, and the processes that are to share a core. */
interface Way {
  readonly name: "bare" | "pod" | "service" | "kernel";
  readonly hostname: string;
  readonly port: number;
}

async function run(options: BenchOptions): Promise<Figure[]> {
  await using cluster = await WasmCluster.start(options);
  await pin(cluster.agent.pid);
  const compiled = await compileGuest(cluster.wasmtime);
  const port = freePort();
  const wasm = await compare(cluster, {
    ...options,
    name: "WASM",
    pod: podOf("throughput", { labels: { app: "throughput" } }),
    bare: bareServe(cluster.wasmtime, {
      compiled,
      address: `127.0.0.1:${port}`,
    }),
    port,
  });
  await Deno.remove(compiled);
  const program = join(cluster.cluster.dir, "hello.mjs");
  await Deno.writeTextFile(program, PROGRAM);
  const denoPort = freePort();
  const wasmPod = podOf("throughput", { labels: { app: "throughput" } });
  const [container] = wasmPod.spec.containers;
  const deno = await compare(cluster, {
    ...options,
    name: "Deno",
    pod: {
      ...wasmPod,
      spec: {
        runtimeClassName: "deno",
        containers: [{ ...container, image: `file://${program}` }],
      },
    },
    bare: new Deno.Command(Deno.execPath(), {
      args: [
        ...["serve", "--quiet", "--no-prompt", "--host", "127.0.0.1"],
        ...["--port", String(denoPort), program],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn(),
    port: denoPort,
  });
  return [...wasm, ...deno];
}

async function compare(
  cluster: WasmCluster,
  { name, pod, bare, port, quick, say }: BenchOptions & {
    name: string;
    pod: unknown;
    bare: Deno.ChildProcess;
    port: number;
  },
): Promise<Figure[]> {
  say(`${name}: requests on ${CONNECTIONS} connections`);
  const service = await cluster.expose("throughput");
  const kernel = await cluster.expose("throughput", {
    name: "throughput-kernel",
    annotations: { "wherry.dev/balance": "kernel" },
  });
  const pods = "/api/v1/namespaces/default/pods";
  await (await cluster.call("POST", pods, pod)).body?.cancel();
  await cluster.until((seen) => isRunning(seen.get("throughput")));
  const hostname = cluster.pods.get("throughput")!.status!.podIP!;
  await Promise.all([
    firstHit(service, 80),
    firstHit(kernel, 80),
    firstHit(hostname, PORT),
    firstHit("127.0.0.1", port),
  ]);
  await pin(bare.pid);
  for (const pid of await enginesOf(cluster)) await pin(pid);
  const ways: Way[] = [
    { name: "bare", hostname: "127.0.0.1", port },
    { name: "pod", hostname, port: PORT },
    { name: "service", hostname: service, port: 80 },
    { name: "kernel", hostname: kernel, port: 80 },
  ];
  const rates = { bare: [], pod: [], service: [], kernel: [] } as Record<
    Way["name"],
    number[]
  >;
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    for (const way of ways) rates[way.name].push(await load(way, quick));
  }
  bare.kill("SIGKILL");
  await bare.status;
  await cluster.remove(["throughput"]);
  for (const service of ["throughput", "throughput-kernel"]) {
    const path = `/api/v1/namespaces/default/services/${service}`;
    await (await cluster.call("DELETE", path)).body?.cancel();
  }
  const median = (way: Way["name"]) => percentile(rates[way], 0.5);
  const figure = (way: "pod" | "service" | "kernel", words: string) =>
    atLeast({
      name: `${name} by ${words}, requests: share of the bare engine's`,
      value: 100 * median(way) / median("bare"),
      unit: "%",
      comparedWith: `${median(way).toFixed(0)} a second, bare ${
        median("bare").toFixed(0)
      }, one core`,
    }, GOAL_PERCENT);
  return [
    figure("pod", "the pod's address"),
    figure("service", "its Service"),
    figure("kernel", "its Service with wherry.dev/balance: kernel"),
  ];
}

/** Answers in a second. */
async function load(way: Way, quick: boolean): Promise<number> {
  const { code, stdout, stderr } = await runCommand("taskset", [
    ...["-c", LOAD_CORE, Deno.execPath(), "run", "--quiet", "--allow-net"],
    ...[LOAD, way.hostname, String(way.port), String(CONNECTIONS)],
    String(quick ? 0.5 : SECONDS),
  ]);
  if (code !== 0) throw new Error(stderr);
  return Number(stdout);
}

/** Keeps a process with all its threads on the servers' core. */
async function pin(pid: number): Promise<void> {
  const { code, stderr } = await runCommand("taskset", [
    ...["--all-tasks", "--cpu-list", "--pid", SERVER_CORE, String(pid)],
  ]);
  if (code !== 0) throw new Error(stderr);
}

/** The processes of the pods. */
async function enginesOf(cluster: WasmCluster): Promise<number[]> {
  const found: number[] = [];
  for (const engine of ["wasmtime", "deno"]) {
    const folder = join(cluster.agentDir, engine, "containers");
    for (const { name } of await Array.fromAsync(readFolder(folder))) {
      const state = await Deno.readTextFile(join(folder, name, "state"))
        .catch(() => "");
      const [kind, , , pid] = state.split(/\s+/);
      if (kind === "running") found.push(Number(pid));
    }
  }
  return found;
}

async function* readFolder(path: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(path);
  } catch {
    // no such engine
  }
}
