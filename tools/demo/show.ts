/**
 * What the demo shows: pods of both kinds behind one service, their balance, and their return after harm.
 *
 * @module
 */
import { join } from "node:path";
import { makeHttpEchoImage } from "../make_image.ts";
import type { Tools } from "../setup.ts";
import { type Cluster, isRoot } from "./cluster.ts";
import { readyEndpoints, readyPods, serviceAddress } from "./look.ts";
import { findPodProcess } from "./pod_process.ts";
import { ask, askMany, type ServiceAddress } from "./traffic.ts";
import { until } from "./until.ts";
import { LiveView, say } from "./view.ts";

const REQUESTS = 100;
const EXAMPLES = join(import.meta.dirname!, "../../manifests/examples/demo");

/** The show itself; false when something was not as it should be. */
export async function show(
  cluster: Cluster,
  options: {
    tools: Tools;
    dataDir: string;
    started: number;
    signal: AbortSignal;
  },
): Promise<boolean> {
  const { tools, dataDir, started, signal } = options;
  const containers = tools.containerd !== undefined && isRoot();
  const files = ["service.yaml", "wasm.yaml"];
  if (containers) {
    if (!tools.busybox) throw new Error("The container image needs busybox");
    const archive = join(dataDir, "http-echo.tar");
    await makeHttpEchoImage(archive, { busybox: tools.busybox });
    say(
      (await cluster.wherry(
        "image",
        "import",
        archive,
        "--data-dir",
        join(dataDir, "agent"),
      )).trim(),
    );
    files.push("container.yaml");
  } else {
    say("Containers cannot run here: the WASM half only");
  }
  const apply = files.flatMap((file) => ["-f", join(EXAMPLES, file)]);
  say((await cluster.wherry("apply", ...apply)).trim());
  const wanted = containers ? 5 : 3;
  const view = new LiveView();
  await until(`${wanted} pods are ready`, async () => {
    await cluster.check();
    const ready = (await readyPods(cluster)).length === wanted &&
      await readyEndpoints(cluster) === wanted;
    view.show(await cluster.wherry("get", "pods", "-l", "app=hello"));
    return ready;
  }, { signal });
  view.done();
  for (const what of ["nodes", "pods", "services"]) {
    say("\n$ wherry get " + what + " -o wide");
    say((await cluster.wherry("get", what, "-o", "wide")).trimEnd());
  }
  const service = await serviceAddress(cluster);
  await until(
    "the service answers",
    async () => (await ask(service)).pod !== undefined,
    { signal },
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`\nFirst answer ${seconds} s after the start`);

  say(
    `\n${REQUESTS} requests to http://${service.hostname}:${service.port}/, each on a new connection:`,
  );
  const { pods, errors } = await askMany(service, REQUESTS);
  signal.throwIfAborted();
  for (const [pod, count] of [...pods].sort()) say(`  ${count}  ${pod}`);
  const counts = [...pods.values()];
  const even = pods.size === wanted && errors.length === 0 &&
    Math.max(...counts) - Math.min(...counts) <= 1;
  say(
    even
      ? "Round robin: every pod had its turn"
      : `Not even: ${pods.size} pods, ${errors.length} failed ${
        errors[0] ?? ""
      }`,
  );
  return await hurt(cluster, { service, wanted, signal }) && even;
}

/** Deletes one pod, kills the process of another, and watches both come back under traffic. */
async function hurt(
  cluster: Cluster,
  options: { service: ServiceAddress; wanted: number; signal: AbortSignal },
): Promise<boolean> {
  const { service, wanted, signal } = options;
  const pods = await readyPods(cluster);
  const deleted = pods.find((pod) => pod.engine === "wasm")!;
  const killed = pods.findLast((pod) => pod.name !== deleted.name)!;
  const pid = await findPodProcess(killed.name);
  signal.throwIfAborted();
  if (pid === undefined) {
    say(`No process found for pod ${killed.name}`);
    return false;
  }
  say(
    `\nDeleting pod ${deleted.name}, killing process ${pid} of ${killed.name}`,
  );
  let going = true;
  const failures: { error: string; atMs: number }[] = [];
  let answered = 0;
  const began = performance.now();
  const traffic = (async () => {
    while (going && !signal.aborted) {
      const { error } = await ask(service);
      if (error === undefined) answered++;
      else failures.push({ error, atMs: performance.now() - began });
    }
  })();
  await cluster.wherry("delete", "pod", deleted.name, "--no-wait");
  Deno.kill(pid, "SIGKILL");
  const view = new LiveView();
  let told = false;
  await until("both are back", async () => {
    const now = await readyPods(cluster);
    const back = now.length === wanted &&
      now.every(({ name }) => name !== deleted.name) &&
      now.some(({ name, restarts }) =>
        name === killed.name && restarts > killed.restarts
      ) && await readyEndpoints(cluster) === wanted;
    view.show(await cluster.wherry("get", "pods", "-l", "app=hello"));
    if (!told && view.shown.includes("CrashLoopBackOff")) {
      told = true;
      view.done();
      say(
        "It ended twice within ten minutes: as in Kubernetes, its next start waits ten seconds",
      );
    }
    return back;
  }, { signal });
  view.done();
  const movedMs = performance.now() - began;
  const { errors } = await askMany(service, REQUESTS);
  going = false;
  await traffic;
  const late = failures.filter(({ atMs }) => atMs > movedMs).length +
    errors.length;
  say(
    `Both are back. Under way ${answered} requests were answered and ${failures.length} failed; once the endpoints had moved, ${late} of ${REQUESTS} failed`,
  );
  for (const { error, atMs } of failures.slice(0, 3)) {
    say(`  after ${Math.round(atMs)} ms: ${error}`);
  }
  return late === 0;
}
