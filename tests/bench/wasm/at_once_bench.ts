/**
 * A hundred WASM pods created at once on one node, and the bare engine started as often.
 *
 * @module
 */
import { cpuSeconds } from "../process_figures.ts";
import {
  atMost,
  type Bench,
  type BenchOptions,
  type Figure,
} from "../report.ts";
import { firstHit } from "./hit.ts";
import { bareServe } from "./start_bench.ts";
import { compileGuest, isRunning, PORT, WasmCluster } from "./wasm_cluster.ts";

const PODS = 100;
const GOAL_SECONDS = 5;

/** The benchmark `wasm-at-once`. */
export const atOnceBench: Bench = { name: "wasm-at-once", run };

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  const pods = quick ? 10 : PODS;
  await using cluster = await WasmCluster.start({ say });
  say(`${pods} WASM pods at once`);
  const names = Array.from({ length: pods }, (_, i) => `many-${i}`);
  const { server, agent } = cluster;
  const before = await Promise.all(
    [server, agent].map((one) => cpuSeconds(one.pid)),
  );
  const began = performance.now();
  await cluster.create(names);
  await cluster.until((seen) =>
    names.every((name) => isRunning(seen.get(name)))
  );
  const seconds = (performance.now() - began) / 1000;
  const after = await Promise.all(
    [server, agent].map((one) => cpuSeconds(one.pid)),
  );
  const leaving = performance.now();
  await cluster.remove(names);
  const gone = (performance.now() - leaving) / 1000;
  const bare = await bareAtOnce(cluster.wasmtime, pods);
  const [ofServer, ofAgent] = after.map((value, i) => value - before[i]!);
  return [
    atMost({
      name: `${pods} WASM pods created at once: all Running`,
      value: seconds,
      unit: "s",
      comparedWith: `${pods} bare wasmtime serve started at once, all answer: ${
        bare.toFixed(2)
      } s`,
    }, GOAL_SECONDS),
    {
      name: `${pods} WASM pods created at once: processor of the agent`,
      value: ofAgent!,
      unit: "s",
      comparedWith: `of the server: ${ofServer!.toFixed(2)} s`,
    },
    {
      name: `${pods} WASM pods deleted at once: all gone`,
      value: gone,
      unit: "s",
    },
  ];
}

async function bareAtOnce(wasmtime: string, count: number): Promise<number> {
  const compiled = await compileGuest(wasmtime);
  // An address each, as pods have.
  const hosts = Array.from(
    { length: count },
    (_, i) => `127.100.${Math.floor(i / 250)}.${i % 250 + 1}`,
  );
  const began = performance.now();
  const children = hosts.map((host) =>
    bareServe(wasmtime, { compiled, address: `${host}:${PORT}` })
  );
  await Promise.all(hosts.map((host) => firstHit(host, PORT)));
  const seconds = (performance.now() - began) / 1000;
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map((child) => child.status));
  await Deno.remove(compiled);
  return seconds;
}
