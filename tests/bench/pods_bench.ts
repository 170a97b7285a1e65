/**
 * How long from a pod's creation to Running: WASM and containers one after the other, each beside the bare engine started by hand on the same machine;
 * and fifty pods of containers at once.
 *
 * @module
 */
import { join } from "node:path";
import { makeHttpEchoImage } from "../../tools/make_image.ts";
import { setup } from "../../tools/setup.ts";
import { freePort, runCommand, TestCluster } from "../support/cluster.ts";
import { ownContainerd } from "../support/own_containerd.ts";
import { cpuSeconds } from "./process_figures.ts";
import {
  atMost,
  type Bench,
  type BenchOptions,
  type Figure,
  percentile,
} from "./report.ts";

const GOAL_WASM_MS = 60;
const GOAL_CONTAINER_MS = 400;
/** Pods that come at once, and the time, in seconds, in which all of them are to be Running. */
const AT_ONCE = { pods: 50, goalSeconds: 15 } as const;
/** What a person who starts containers by hand does at once. */
const BY_HAND_AT_ONCE = 8;
const GUEST = new URL("../../wasm/http_echo/http_echo.wat", import.meta.url)
  .pathname;

/** The benchmark `pods`. */
export const podsBench: Bench = { name: "pods", run };

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  const tools = await setup({ report: say });
  const containers = tools.containerd !== undefined && Deno.uid() === 0;
  await using cluster = await TestCluster.make();
  Deno.env.set("PATH", `${tools.binDir}:${Deno.env.get("PATH")}`);
  await cluster.startServer();
  const agent = await cluster.startAgent({
    join: true,
    args: [
      "--stop-pods-on-exit",
      ...containers ? [] : ["--container-runtime-endpoint", "none"],
    ],
  });
  const api = await Api.open(cluster);
  const figures: Figure[] = [];
  const count = quick ? 3 : 30;
  say(`${count} WASM pods, one after the other`);
  const wasm = await measure(api, count, wasmPod);
  const bare = await bareWasmtime(tools.wasmtime!, count);
  figures.push(atMost({
    name: "WASM pod, create → Running: p50",
    value: percentile(wasm, 0.5),
    unit: "ms",
    comparedWith:
      `bare wasmtime serve, compiled ahead, start → first answer: p50 ${
        percentile(bare, 0.5).toFixed(1)
      } ms; ours p99 ${percentile(wasm, 0.99).toFixed(0)} ms`,
  }, GOAL_WASM_MS));
  if (containers) {
    const archive = join(cluster.dir, "image.tar");
    await makeHttpEchoImage(archive, { busybox: tools.busybox! });
    const imported = await cluster.wherry("image", "import", archive);
    if (imported.code !== 0) throw new Error(imported.stderr);
    const some = Math.ceil(count / 2);
    say(`${some} container pods, one after the other`);
    const started = await measure(api, some, containerPod);
    const plain = await bareContainer(cluster, some);
    figures.push(atMost({
      name: "container pod, local image, create → Running: p50",
      value: percentile(started, 0.5),
      unit: "ms",
      comparedWith:
        `bare ctr run of the same image, no sandbox, no network: p50 ${
          percentile(plain, 0.5).toFixed(0)
        } ms; ours p99 ${percentile(started, 0.99).toFixed(0)} ms`,
    }, GOAL_CONTAINER_MS));
    const pods = quick ? 5 : AT_ONCE.pods;
    say(`${pods} container pods at once`);
    const { seconds, agentCpu } = await manyAtOnce(api, {
      pods,
      agent: agent.pid,
    });
    const byHand = await bareContainersAtOnce(cluster, pods);
    figures.push(atMost({
      name: `${pods} container pods created at once: all Running`,
      value: seconds,
      unit: "s",
      comparedWith: `${pods} times bare ctr run, ${BY_HAND_AT_ONCE} at once: ${
        byHand.toFixed(1)
      } s; processor of the agent: ${agentCpu.toFixed(1)} s`,
    }, AT_ONCE.goalSeconds));
  }
  api[Symbol.dispose]();
  await agent.stop();
  return figures;
}

/** The API by fetch, with one connection kept. */
class Api implements Disposable {
  readonly #client: Deno.HttpClient;
  readonly #url: string;
  readonly #headers: Record<string, string>;

  private constructor(url: string, credentials: { token: string; ca: string }) {
    this.#client = Deno.createHttpClient({ caCerts: [credentials.ca] });
    this.#url = `${url}/api/v1/namespaces/default/pods`;
    this.#headers = {
      authorization: `Bearer ${credentials.token}`,
      "content-type": "application/json",
    };
  }

  static async open(cluster: TestCluster): Promise<Api> {
    return new Api(cluster.url, await cluster.credentials());
  }

  async call(method: string, path = "", body?: unknown): Promise<Response> {
    const answer = await fetch(this.#url + path, {
      method,
      headers: this.#headers,
      client: this.#client,
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    if (!answer.ok && answer.status !== 404) {
      throw new Error(await answer.text());
    }
    return answer;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

type MakePod = (name: string) => unknown;

/** Creates pods one after the other; how long each took, in ms. The first one compiles or unpacks and does not count. */
async function measure(
  api: Api,
  count: number,
  make: MakePod,
): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i <= count; i++) {
    const name = `bench-${i}`;
    const watch = await api.call(
      "GET",
      `?watch=1&fieldSelector=metadata.name%3D${name}`,
    );
    const began = performance.now();
    await (await api.call("POST", "", make(name))).body?.cancel();
    await untilRunning(watch.body!, name);
    if (i > 0) samples.push(performance.now() - began);
    await (await api.call("DELETE", `/${name}?gracePeriodSeconds=1`)).body
      ?.cancel();
    for (;;) {
      const { status, body } = await api.call("GET", `/${name}`);
      await body?.cancel();
      if (status === 404) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return samples;
}

/** Creates pods without waiting for any, and deletes them when all run. */
async function manyAtOnce(
  api: Api,
  { pods, agent }: { pods: number; agent: number },
): Promise<{ seconds: number; agentCpu: number }> {
  const names = Array.from({ length: pods }, (_, i) => `many-${i}`);
  const watch = await api.call("GET", "?watch=1");
  const cpu = await cpuSeconds(agent);
  const began = performance.now();
  for (const name of names) {
    await (await api.call("POST", "", containerPod(name))).body?.cancel();
  }
  await untilRunning(watch.body!, ...names);
  const seconds = (performance.now() - began) / 1000;
  const agentCpu = await cpuSeconds(agent) - cpu;
  for (const name of names) {
    await (await api.call("DELETE", `/${name}?gracePeriodSeconds=1`)).body
      ?.cancel();
  }
  for (;;) {
    const { items } = await (await api.call("GET")).json();
    if (items.length === 0) return { seconds, agentCpu };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function untilRunning(
  body: ReadableStream<Uint8Array>,
  ...names: readonly string[]
): Promise<void> {
  const left = new Set(names);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const { object } = JSON.parse(line);
      const { name } = object.metadata;
      if (object.status?.phase === "Failed") throw new Error(`${name} failed`);
      if (object.status?.containerStatuses?.[0]?.state?.running) {
        left.delete(name);
      }
      if (left.size === 0) return;
    }
  }
  throw new Error("The watch ended");
}

const wasmPod: MakePod = (name) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    runtimeClassName: "wasmtime",
    containers: [{
      name: "http",
      image: `file://${GUEST}`,
      ports: [{ containerPort: 8080 }],
      env: [{ name: "POD_NAME", value: name }],
    }],
  },
});

const containerPod: MakePod = (name) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: {
    containers: [{
      name: "http",
      image: "wherry.local/http-echo:1",
      imagePullPolicy: "Never",
      env: [{ name: "POD_NAME", value: name }],
    }],
  },
});

/** The engine by itself: a compiled module, from the start of its process to its first answer. */
async function bareWasmtime(
  wasmtime: string,
  count: number,
): Promise<number[]> {
  const compiled = await Deno.makeTempFile({ suffix: ".cwasm" });
  await runCommand(wasmtime, ["compile", GUEST, "-o", compiled]);
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const port = freePort();
    const began = performance.now();
    const child = new Deno.Command(wasmtime, {
      args: [
        ...["serve", "-C", "cache=n", "-S", "cli=y", "--allow-precompiled"],
        ...["--addr", `127.0.0.1:${port}`, "--env", "POD_NAME=bare", compiled],
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    for (;;) {
      try {
        await (await fetch(`http://127.0.0.1:${port}/`)).text();
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
    samples.push(performance.now() - began);
    child.kill("SIGKILL");
    await child.status;
  }
  await Deno.remove(compiled);
  return samples;
}

/** containerd by itself: one container that ends at once. */
async function bareContainer(
  cluster: TestCluster,
  count: number,
): Promise<number[]> {
  const socket = (await ownContainerd(join(cluster.dir, "agent"))).socket;
  const samples: number[] = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    const { code, stderr } = await runCommand("ctr", [
      ...["--address", socket, "--namespace", "k8s.io", "run", "--rm"],
      ...["wherry.local/http-echo:1", `bare-${i}`, "/bin/true"],
    ]);
    if (code !== 0) throw new Error(stderr);
    samples.push(performance.now() - began);
  }
  return samples;
}

/** The same, as many at once as somebody would; how long all took, in seconds. */
async function bareContainersAtOnce(
  cluster: TestCluster,
  count: number,
): Promise<number> {
  const socket = (await ownContainerd(join(cluster.dir, "agent"))).socket;
  const names = Array.from({ length: count }, (_, i) => `bare-many-${i}`);
  const ctr = ["--address", socket, "--namespace", "k8s.io"];
  const began = performance.now();
  const left = [...names];
  await Promise.all(Array.from({ length: BY_HAND_AT_ONCE }, async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const { code, stderr } = await runCommand("ctr", [
        ...[...ctr, "run", "--detach", "wherry.local/http-echo:1", name],
        ...["/bin/sleep", "600"],
      ]);
      if (code !== 0) throw new Error(stderr);
    }
  }));
  const seconds = (performance.now() - began) / 1000;
  for (const name of names) {
    await runCommand("ctr", [...ctr, "task", "rm", "--force", name]);
    await runCommand("ctr", [...ctr, "container", "rm", name]);
  }
  return seconds;
}
