/**
 * `deno task demo`: from a fresh checkout to WASM modules and containers behind one round-robin service.
 *
 * `--once` ends by itself and removes the state; without it the cluster stays up until Ctrl-C and its state is kept for the next run.
 * `--data-dir FOLDER` says where the state is.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { build } from "./build.ts";
import { Cluster, isRoot, until } from "./demo/cluster.ts";
import { findPodProcess } from "./demo/pod_process.ts";
import { ask, askMany, type ServiceAddress } from "./demo/traffic.ts";
import { LiveView } from "./demo/view.ts";
import { makeHttpEchoImage } from "./make_image.ts";
import { defaultCacheDir, setup, type Tools } from "./setup.ts";

const REQUESTS = 100;
const EXAMPLES = new URL("../manifests/examples/demo/", import.meta.url)
  .pathname;

interface PodList {
  readonly items: readonly {
    readonly metadata: {
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly deletionTimestamp?: string;
    };
    readonly status: {
      readonly conditions?: readonly {
        readonly type: string;
        readonly status: string;
      }[];
      readonly containerStatuses?: readonly { readonly restartCount: number }[];
    };
  }[];
}

interface EndpointSliceList {
  readonly items: readonly {
    readonly endpoints?:
      | readonly {
        readonly conditions?: { readonly ready?: boolean };
        readonly targetRef?: { readonly name?: string };
      }[]
      | null;
  }[];
}

const say = (line = "") => console.log(line);

/** Runs the demo; the answer is the exit status. */
async function demo(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: "boolean", default: false },
      "data-dir": { type: "string" },
    },
  });
  const dataDir = values["data-dir"] ?? defaultDataDir();
  const started = performance.now();
  say(`State in ${dataDir}`);
  const tools = await setup({ report: say });
  for (const { what, why } of tools.skipped) say(`Without ${what}: ${why}`);
  if (!tools.wasmtime) throw new Error("The demo needs wasmtime");
  const { wherry: bundle } = await build(
    join(defaultCacheDir(), "build"),
  );
  const cluster = await Cluster.start({ dataDir, bundle, tools, say });
  const interrupted = interruption();
  let failed = false;
  try {
    failed = !await Promise.race([
      show(cluster, { tools, dataDir, started }),
      interrupted.then(() => true),
    ]);
    if (!values.once && !failed) {
      sayUsage(cluster, { bundle, dataDir });
      await Promise.race([interrupted, watchOver(cluster)]);
    }
  } finally {
    say("\nStopping pods, agent and server");
    await cluster.stop();
    if (values.once) await Deno.remove(dataDir, { recursive: true });
    else say(`State is kept in ${dataDir}`);
  }
  return failed ? 1 : 0;
}

/** The show itself; false when something was not as it should be. */
async function show(
  cluster: Cluster,
  options: { tools: Tools; dataDir: string; started: number },
): Promise<boolean> {
  const { tools, dataDir, started } = options;
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
  });
  view.done();
  for (const what of ["nodes", "pods", "services"]) {
    say("\n$ wherry get " + what + " -o wide");
    say((await cluster.wherry("get", what, "-o", "wide")).trimEnd());
  }
  const service = await serviceAddress(cluster);
  await until(
    "the service answers",
    async () => (await ask(service)).pod !== undefined,
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`\nFirst answer ${seconds} s after the start`);

  say(
    `\n${REQUESTS} requests to http://${service.hostname}:${service.port}/, each on a new connection:`,
  );
  const { pods, errors } = await askMany(service, REQUESTS);
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
  return await hurt(cluster, { service, wanted }) && even;
}

/** Deletes one pod, kills the process of another, and watches both come back under traffic. */
async function hurt(
  cluster: Cluster,
  options: { service: ServiceAddress; wanted: number },
): Promise<boolean> {
  const { service, wanted } = options;
  const pods = await readyPods(cluster);
  const deleted = pods.find((pod) => pod.engine === "wasm")!;
  const killed = pods.findLast((pod) => pod.name !== deleted.name)!;
  const pid = await findPodProcess(killed.name);
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
    while (going) {
      const { error } = await ask(service);
      if (error === undefined) answered++;
      else failures.push({ error, atMs: performance.now() - began });
    }
  })();
  await cluster.wherry("delete", "pod", deleted.name, "--no-wait");
  Deno.kill(pid, "SIGKILL");
  const view = new LiveView();
  await until("both are back", async () => {
    const now = await readyPods(cluster);
    const back = now.length === wanted &&
      now.every(({ name }) => name !== deleted.name) &&
      now.some(({ name, restarts }) =>
        name === killed.name && restarts > killed.restarts
      ) && await readyEndpoints(cluster) === wanted;
    view.show(await cluster.wherry("get", "pods", "-l", "app=hello"));
    return back;
  });
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

async function readyPods(
  cluster: Cluster,
): Promise<{ name: string; engine: string; restarts: number }[]> {
  const { items } = await cluster.get<PodList>("pods", "-l", "app=hello");
  return items.filter(({ metadata, status }) =>
    !metadata.deletionTimestamp &&
    status.conditions?.some(({ type, status }) =>
      type === "Ready" && status === "True"
    )
  ).map(({ metadata, status }) => ({
    name: metadata.name,
    engine: metadata.labels["engine"] ?? "",
    restarts: status.containerStatuses?.[0]?.restartCount ?? 0,
  }));
}

async function readyEndpoints(cluster: Cluster): Promise<number> {
  const { items } = await cluster.get<EndpointSliceList>(
    "endpointslices",
    "-l",
    "kubernetes.io/service-name=hello",
  );
  return items.flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready).length;
}

async function serviceAddress(cluster: Cluster): Promise<ServiceAddress> {
  const { spec } = await cluster.get<
    { spec: { clusterIP: string; ports: { port: number }[] } }
  >("service", "hello");
  return { hostname: spec.clusterIP, port: spec.ports[0]!.port };
}

function sayUsage(
  cluster: Cluster,
  options: { bundle: string; dataDir: string },
): void {
  say(`
The cluster stays up until Ctrl-C. In another terminal:
  export KUBECONFIG=${cluster.kubeconfig}
  kubectl get pods --watch          # any kubectl
  deno task wherry get all          # or ours, from this folder
  deno task wherry scale deployment hello-wasm --replicas 5
Logs of server and agent: ${options.dataDir}/server.log, ${options.dataDir}/agent.log`);
}

/** Rejects when server or agent ends by itself. */
async function watchOver(cluster: Cluster): Promise<never> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await cluster.check();
  }
}

/** Resolves at Ctrl-C or SIGTERM; a second one ends the program at once. */
function interruption(): Promise<void> {
  return new Promise((resolve) => {
    let seen = false;
    const stop = () => {
      if (seen) process.exit(130);
      seen = true;
      resolve();
    };
    Deno.addSignalListener("SIGINT", stop);
    Deno.addSignalListener("SIGTERM", stop);
  });
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
    console.error(
      `error: ${error instanceof Error ? error.message : String(error)}`,
    );
    process.exit(1);
  }
}
