/**
 * From a pod's creation to its first answer over HTTP, one pod after the other, by the pod's address and through its Service; beside it the bare
 * engine from the start of its process.
 *
 * @module
 */
import { freePort } from "../../support/cluster.ts";
import {
  atMost,
  type Bench,
  type BenchOptions,
  type Figure,
  percentile,
} from "../report.ts";
import { firstHit } from "./hit.ts";
import { compileGuest, isRunning, PORT, WasmCluster } from "./wasm_cluster.ts";

const GOAL = { p50: 40, p99: 100 } as const;
/** Between two pods: people's pods do not come the moment another went. */
const PAUSE_MS = 250;

/** The benchmark `wasm-start`. */
export const startBench: Bench = { name: "wasm-start", run };

/** One pod's times since the request to create it, in milliseconds. */
interface Sample {
  readonly running: number;
  readonly byAddress: number;
  readonly byService: number;
}

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  const count = quick ? 5 : Number(Deno.env.get("WHERRY_BENCH_PODS") ?? 120);
  await using cluster = await WasmCluster.start({ say });
  say(`${count} WASM pods, one after the other`);
  const service = await cluster.expose("start");
  const samples: Sample[] = [];
  for (let i = 0; i < count; i++) {
    samples.push(await startOne(cluster, { name: `start-${i}`, service }));
  }
  const bare = await bareStarts(cluster.wasmtime, count);
  const engine = `bare wasmtime serve of the same module: p50 ${
    percentile(bare, 0.5).toFixed(1)
  } ms, p99 ${percentile(bare, 0.99).toFixed(0)} ms`;
  const running = samples.map((sample) => sample.running);
  const figures: Figure[] = [{
    name: "WASM pod, create → status Running: p50",
    value: percentile(running, 0.5),
    unit: "ms",
    comparedWith: `p99 ${percentile(running, 0.99).toFixed(0)} ms`,
  }];
  for (
    const [way, key] of [["the pod's address", "byAddress"], [
      "its Service",
      "byService",
    ]] as const
  ) {
    const values = samples.map((sample) => sample[key]);
    for (const [name, share] of [["p50", 0.5], ["p99", 0.99]] as const) {
      figures.push(atMost({
        name: `WASM pod, create → first answer by ${way}: ${name}`,
        value: percentile(values, share),
        unit: "ms",
        comparedWith: engine,
      }, GOAL[name]));
    }
  }
  return figures;
}

async function startOne(
  cluster: WasmCluster,
  { name, service }: { name: string; service: string },
): Promise<Sample> {
  const began = performance.now();
  const since = () => performance.now() - began;
  const creating = cluster.create([name], () => ({ labels: { app: "start" } }));
  const byService = firstHit(service, 80).then(since);
  const byAddress = cluster.until((pods) =>
    pods.get(name)?.status?.podIP !== undefined
  ).then(() => firstHit(cluster.pods.get(name)!.status!.podIP!, PORT))
    .then(since);
  const running = cluster.until((pods) => isRunning(pods.get(name)))
    .then(since);
  await creating;
  const sample = {
    running: await running,
    byAddress: await byAddress,
    byService: await byService,
  };
  await cluster.remove([name]);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  return sample;
}

/** The engine by itself: a compiled module, from the start of its process to its first answer. */
async function bareStarts(wasmtime: string, count: number): Promise<number[]> {
  const compiled = await compileGuest(wasmtime);
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const port = freePort();
    const began = performance.now();
    const child = bareServe(wasmtime, {
      compiled,
      address: `127.0.0.1:${port}`,
    });
    await firstHit("127.0.0.1", port);
    samples.push(performance.now() - began);
    child.kill("SIGKILL");
    await child.status;
  }
  await Deno.remove(compiled);
  return samples;
}

/** The engine's process as somebody would start it by hand. */
export function bareServe(
  wasmtime: string,
  { compiled, address }: { compiled: string; address: string },
): Deno.ChildProcess {
  return new Deno.Command(wasmtime, {
    args: [
      ...["serve", "-C", "cache=n", "-S", "cli=y", "--allow-precompiled"],
      ...["--addr", address, "--env", "POD_NAME=bare", compiled],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}
