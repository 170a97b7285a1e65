/**
 * A thousand WASM pods on one node: how long they take to come and to go, what each costs, how fast they answer, and what they cost at rest.
 *
 * @module
 */
import { join } from "node:path";
import { anonymousMb, cpuSeconds, rssMb } from "../process_figures.ts";
import {
  atMost,
  type Bench,
  type BenchOptions,
  type Figure,
  figureTable,
  percentile,
} from "../report.ts";
import { freePort } from "../../support/cluster.ts";
import { firstHit, hit } from "./hit.ts";
import { bareServe } from "./start_bench.ts";
import { podMemory, usedMb } from "./pod_memory.ts";
import { compileGuest, isRunning, WasmCluster } from "./wasm_cluster.ts";

const PODS = 1_000;
const GOAL = { podMb: 3, hitP99Ms: 50, agentMb: 150 } as const;
/** Requests a second, over all pods in turn. */
const HITS_PER_SECOND = 200;
/** How often each pod is asked. */
const ROUNDS = 3;
/** After the last pod came, until rest is measured; and how long it is. */
const SETTLE_MS = 20_000;
const REST_MS = 30_000;

/** The benchmark `wasm-density`. */
export const densityBench: Bench = { name: "wasm-density", run };

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  const pods = quick ? 30 : Number(Deno.env.get("WHERRY_BENCH_PODS") ?? PODS);
  await using cluster = await WasmCluster.start({
    say,
    serverArgs: ["--node-cidr-mask-size", "20"],
    agentArgs: ["--max-pods", String(pods + 10)],
  });
  const { server, agent } = cluster;
  const service = await cluster.expose("density");
  const names = Array.from({ length: pods }, (_, i) => `dense-${i}`);
  const cpu = async () =>
    [await cpuSeconds(server.pid), await cpuSeconds(agent.pid)] as const;
  const usedBefore = await usedMb();
  const before = await cpu();
  say(`${pods} WASM pods`);
  const began = performance.now();
  await cluster.create(names, () => ({ labels: { app: "density" } }));
  await cluster.until((seen) =>
    names.every((name) => isRunning(seen.get(name)))
  );
  const seconds = (performance.now() - began) / 1000;
  const after = await cpu();
  await cluster.until((seen) =>
    names.every((name) => seen.get(name)?.status?.containerStatuses?.[0]?.ready)
  );
  await answersOfAll(service, pods);
  await sleep(quick ? 1_000 : SETTLE_MS);
  say("at rest");
  const restMs = quick ? 2_000 : REST_MS;
  const restBefore = await cpu();
  const machineBefore = await busySeconds();
  await sleep(restMs);
  const restAfter = await cpu();
  const machineAfter = await busySeconds();
  const share = (from: number, to: number) => (to - from) / restMs * 1000 * 100;
  const memory = await podMemory(join(cluster.agentDir, "wasmtime"));
  const usedAfter = await usedMb();
  const agentMb = await rssMb(agent.pid);
  const agentOwnMb = await anonymousMb(agent.pid);
  const serverMb = await rssMb(server.pid);
  say("hits");
  const hits = await load([service, 80], quick ? pods : pods * ROUNDS);
  const bare = await bareHits(cluster.wasmtime, pods);
  const restarted =
    [...cluster.pods.values()].filter((pod) =>
      pod.status?.containerStatuses?.[0]?.restartCount !== 0
    ).length;
  const kinds = [...memory].map(([kind, { count, pssMb, privateMb }]) =>
    `${kind}: ${count}, ${(pssMb / pods).toFixed(2)} MB a pod, ${
      (privateMb / pods).toFixed(2)
    } its own`
  );
  const podMb = [...memory.values()].reduce((sum, one) => sum + one.pssMb, 0) /
    pods;
  const figures: Figure[] = [
    {
      name: `${pods} WASM pods on one node: all Running`,
      value: seconds,
      unit: "s",
      comparedWith: `processor of the server ${
        (after[0] - before[0]).toFixed(1)
      } s, of the agent ${(after[1] - before[1]).toFixed(1)} s`,
    },
    atMost({
      name:
        `${pods} WASM pods: PSS of each, shares of the engine's pages included`,
      value: podMb,
      unit: "MB",
      comparedWith: `${kinds.join("; ")}; the machine's memory went down by ${
        ((usedAfter - usedBefore) / pods).toFixed(1)
      } MB a pod`,
    }, GOAL.podMb),
    atMost({
      name: `${pods} WASM pods: agent's RSS`,
      value: agentMb,
      unit: "MB",
      comparedWith: `${
        agentOwnMb.toFixed(0)
      } MB of it not pages of files; server ${serverMb.toFixed(0)} MB`,
    }, GOAL.agentMb),
    atMost({
      name:
        `${pods} WASM pods, ${HITS_PER_SECOND} hits a second by their Service: p99`,
      value: percentile(hits.ms, 0.99),
      unit: "ms",
      comparedWith: `p50 ${
        percentile(hits.ms, 0.5).toFixed(1)
      } ms; one bare wasmtime serve at the same rate: p50 ${
        percentile(bare, 0.5).toFixed(1)
      } ms, p99 ${
        percentile(bare, 0.99).toFixed(0)
      } ms; ${hits.names.size} pods answered, ${restarted} restarted`,
    }, GOAL.hitP99Ms),
    {
      name: `${pods} WASM pods at rest: processor of the agent`,
      value: share(restBefore[1], restAfter[1]),
      unit: "% of a core",
      comparedWith: `server ${
        share(restBefore[0], restAfter[0]).toFixed(1)
      } %, the whole machine ${
        share(machineBefore, machineAfter).toFixed(0)
      } %`,
    },
  ];
  say(figureTable(figures));
  say("deletion");
  const leaving = performance.now();
  await cluster.remove(names);
  const gone = (performance.now() - leaving) / 1000;
  return [
    ...figures,
    { name: `${pods} WASM pods deleted: all gone`, value: gone, unit: "s" },
  ];
}

/** Hits until each pod has answered once: from then on the service knows all. */
async function answersOfAll(service: string, pods: number): Promise<void> {
  const names = new Set<string>();
  for (let i = 0; i < pods * 10 && names.size < pods; i++) {
    await hit(service, 80).then((text) => names.add(nameIn(text)), () => {});
  }
}

/** Hits at a steady rate, whatever the answers take. */
async function load(
  address: readonly [hostname: string, port: number],
  count: number,
): Promise<{ ms: number[]; names: Set<string> }> {
  const ms: number[] = [];
  const names = new Set<string>();
  const running: Promise<void>[] = [];
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const due = began + i * 1000 / HITS_PER_SECOND;
    await sleep(Math.max(0, due - performance.now()));
    const start = performance.now();
    running.push(
      hit(...address).then((text) => {
        ms.push(performance.now() - start);
        names.add(nameIn(text));
      }),
    );
  }
  await Promise.all(running);
  return { ms, names };
}

/** What hits of the bare engine take on this machine now. */
async function bareHits(wasmtime: string, count: number): Promise<number[]> {
  const compiled = await compileGuest(wasmtime);
  const port = freePort();
  const address = ["127.0.0.1", port] as const;
  const child = bareServe(wasmtime, {
    compiled,
    address: address.join(":"),
  });
  await firstHit(...address);
  const { ms } = await load(address, count);
  child.kill("SIGKILL");
  await child.status;
  await Deno.remove(compiled);
  return ms;
}

/** The guest answers with its pod's name. */
function nameIn(answer: string): string {
  return /dense-\d+/.exec(answer)?.[0] ?? answer;
}

/** Processor seconds of everything on the machine. */
async function busySeconds(): Promise<number> {
  const [, user, nice, system, , , irq, softirq] =
    (await Deno.readTextFile("/proc/stat")).split(/\s+/, 9).map(Number);
  return (user! + nice! + system! + irq! + softirq!) / 100;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
