/**
 * Streams into a container, as kubectl uses them: throughput each way, what small requests on the same link wait meanwhile, and what the server's
 * memory grows by.
 *
 * @module
 */
import { join } from "node:path";
import { makeImage } from "../../tools/make_image.ts";
import { setup } from "../../tools/setup.ts";
import { shellPod } from "../e2e/objects.ts";
import { type Running, TestCluster } from "../support/cluster.ts";
import {
  atMost,
  type Bench,
  type BenchOptions,
  type Figure,
  percentile,
} from "./report.ts";

const MIB = 1024 * 1024;
/** What may lie in buffers and garbage while a slow process holds a copy up. */
const GOAL_GROWTH_MIB = 64;
/** How long a request on a link full of bulk may take, p99. */
const GOAL_BUSY_MS = 100;

/** The benchmark `streams`. Needs containers and kubectl; without, there are no figures. */
export const streamsBench: Bench = { name: "streams", run };

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  const tools = await setup({ report: say });
  if (tools.containerd === undefined || Deno.uid() !== 0) {
    say("no containers here: nothing to stream into");
    return [];
  }
  Deno.env.set("PATH", `${tools.binDir}:${Deno.env.get("PATH")}`);
  await using cluster = await TestCluster.make();
  const server = await cluster.startServer();
  const agent = await cluster.startAgent({
    join: true,
    args: ["--stop-pods-on-exit"],
  });
  await startBox(cluster, tools.busybox!);
  const bytes = (quick ? 8 : 200) * MIB;
  const file = join(cluster.dir, "file");
  await makeFile(file, bytes);
  const figures: Figure[] = [];

  say("small requests on an idle link");
  const rest = { seconds: quick ? 0.5 : 3 };
  const idle = await latencies(cluster, () => sleep(rest.seconds * 1000));
  figures.push({
    name: "request to the node over its link, idle: p50",
    value: percentile(idle, 0.5),
    unit: "ms",
    comparedWith: `p99 ${percentile(idle, 0.99).toFixed(1)} ms`,
  });
  const commands = {
    "into a container (kubectl exec -i)":
      `kubectl exec -i box -- sh -c 'cat >/file; wc -c </file' <${file}`,
    "out of a container (kubectl exec)":
      "kubectl exec box -- cat /file | wc -c",
  };
  for (const [what, command] of Object.entries(commands)) {
    say(`${bytes / MIB} MiB ${what}`);
    const copy = () => checked(cluster, { command, bytes });
    const alone = await seconds(copy);
    const busy = await latencies(cluster, copy);
    figures.push({
      name: `${bytes / MIB} MiB ${what}`,
      value: bytes / MIB / alone,
      unit: "MiB/s",
    });
    figures.push(atMost({
      name: `request to the node meanwhile, ${what}: p99`,
      value: percentile(busy, 0.99),
      unit: "ms",
      comparedWith: `idle p99 ${percentile(idle, 0.99).toFixed(1)} ms; p50 ${
        percentile(busy, 0.5).toFixed(1)
      } ms`,
    }, GOAL_BUSY_MS));
  }
  say("a process that takes nothing for a while");
  const command = `kubectl exec -i box -- sh -c 'sleep 5; wc -c' <${file}`;
  const grown = await growth(
    server,
    () => checked(cluster, { command, bytes }),
  );
  figures.push(atMost({
    name: `server's memory while ${bytes / MIB} MiB wait for a process`,
    value: grown / MIB,
    unit: "MiB more",
  }, GOAL_GROWTH_MIB));
  await agent.stop();
  return figures;
}

/** Starts a pod that waits. */
async function startBox(cluster: TestCluster, busybox: string): Promise<void> {
  const archive = join(cluster.dir, "busybox.tar");
  await Deno.writeFile(archive, await makeImage("busybox", busybox));
  const imported = await cluster.wherry("image", "import", archive);
  if (imported.code !== 0) throw new Error(imported.stderr);
  const path = join(cluster.dir, "box.json");
  const pod = shellPod("box", "while true; do sleep 1; done");
  await Deno.writeTextFile(path, JSON.stringify(pod));
  await cluster.wherry("apply", "-f", path);
  await cluster.until("the pod runs", async () => {
    const { stdout } = await cluster.wherry("get", "pod", "box");
    return stdout.includes("Running");
  });
}

async function makeFile(path: string, bytes: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const chunk = new Uint8Array(65536);
  for (let at = 0; at < bytes; at += chunk.length) {
    crypto.getRandomValues(chunk);
    await file.write(chunk);
  }
}

/** Runs a command that tells at its end how many bytes it has seen. @throws {Error} when they were not all */
async function checked(
  cluster: TestCluster,
  { command, bytes }: { command: string; bytes: number },
): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", command],
    env: { KUBECONFIG: cluster.kubeconfig, HOME: cluster.dir },
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0 || Number(decoder.decode(stdout)) !== bytes) {
    throw new Error(`${decoder.decode(stdout)} ${decoder.decode(stderr)}`);
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** How long small requests over the link took, one after the other while `work` ran, in milliseconds. */
async function latencies(
  cluster: TestCluster,
  work: () => Promise<void>,
): Promise<number[]> {
  const { token, ca } = await cluster.credentials();
  using client = Deno.createHttpClient({ caCerts: [ca] });
  const ask = async () => {
    const start = performance.now();
    const answer = await fetch(
      `${cluster.url}/api/v1/nodes/n1/proxy/healthz`,
      { client, headers: { authorization: `Bearer ${token}` } },
    );
    if (!answer.ok) throw new Error(await answer.text());
    await answer.body?.cancel();
    return performance.now() - start;
  };
  await ask();
  const times: number[] = [];
  let over = false;
  const done = work().finally(() => over = true);
  while (!over) {
    times.push(await ask());
    await sleep(5);
  }
  await done;
  return times;
}

/** The most that a program's own memory grew while `work` ran, in bytes. */
async function growth(
  program: Running,
  work: () => Promise<void>,
): Promise<number> {
  const before = await anonymousBytes(program);
  let most = before;
  let over = false;
  const done = work().finally(() => over = true);
  while (!over) {
    most = Math.max(most, await anonymousBytes(program));
    await sleep(100);
  }
  await done;
  return most - before;
}

async function anonymousBytes({ pid }: Running): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)![1]) * 1024;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
