/**
 * What server and agent cost while nothing happens, with ten WASM pods or twenty of containers: memory, processor, bytes written to disk, bytes on the wire.
 *
 * @module
 */
import { join } from "node:path";
import { BUSYBOX_IMAGE, makeImage } from "../../tools/make_image.ts";
import { setup } from "../../tools/setup.ts";
import { TestCluster } from "../support/cluster.ts";
import {
  anonymousMb,
  cpuSeconds,
  rssMb,
  writtenBytes,
} from "./process_figures.ts";
import {
  atMost,
  type Bench,
  type BenchOptions,
  type Figure,
} from "./report.ts";

/** A node at rest. */
interface Scene {
  /** For the figures' names. */
  readonly kind: string;
  readonly containerd: boolean;
  readonly pods: number;
  /** The pods' own part of their Deployment. */
  readonly spec: string;
  /** Most memory of the agent, in MB. */
  readonly goalMb: number;
}

const GUEST = new URL("../../wasm/http_echo/http_echo.wat", import.meta.url)
  .pathname;
/** Most bytes of one keep-alive with its answer on the wire, TLS, TCP and both directions counted by the loopback interface. */
const KEEP_ALIVE_BYTES = 600;
const KEEP_ALIVE_SECONDS = 25;

/** Time to come to rest: a minute after it was opened Deno KV itself writes 8 KiB to its shared-memory file, once. */
const SETTLE_SECONDS = 75;

const WASM = `
      runtimeClassName: wasmtime
      containers:
        - name: http
          image: file://${GUEST}
          ports: [{ containerPort: 8080 }]
`;
const CONTAINERS = `
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: ${BUSYBOX_IMAGE}
          imagePullPolicy: Never
          command: [sleep, "36000"]
`;

const SCENES: readonly Scene[] = [
  { kind: "WASM only", containerd: false, pods: 10, spec: WASM, goalMb: 55 },
  {
    kind: "WASM, with containerd",
    containerd: true,
    pods: 10,
    spec: WASM,
    goalMb: 70,
  },
  {
    kind: "containers",
    containerd: true,
    pods: 20,
    spec: CONTAINERS,
    goalMb: 75,
  },
];

/** The benchmark `idle`. */
export const idleBench: Bench = { name: "idle", run };

async function run({ quick, say }: BenchOptions): Promise<Figure[]> {
  const tools = await setup({ report: say });
  Deno.env.set("PATH", `${tools.binDir}:${Deno.env.get("PATH")}`);
  const figures: Figure[] = [];
  for (const scene of SCENES) {
    if (scene.containerd && (!tools.containerd || Deno.uid() !== 0)) continue;
    figures.push(
      ...await measure(scene, { quick, say, busybox: tools.busybox }),
    );
  }
  return figures;
}

async function measure(
  { kind, containerd, pods, spec, goalMb }: Scene,
  { quick, say, busybox }: BenchOptions & { busybox: string | undefined },
): Promise<Figure[]> {
  const seconds = quick ? 10 : 120;
  await using cluster = await TestCluster.make();
  const server = await cluster.startServer();
  const agent = await cluster.startAgent({
    join: true,
    args: [
      "--stop-pods-on-exit",
      ...containerd ? [] : ["--container-runtime-endpoint", "none"],
    ],
  });
  if (containerd) {
    const archive = join(cluster.dir, "image.tar");
    await Deno.writeFile(archive, await makeImage("busybox", busybox ?? ""));
    const imported = await cluster.wherry("image", "import", archive);
    if (imported.code !== 0) throw new Error(imported.stderr);
  }
  const manifest = join(cluster.dir, "pods.yaml");
  await Deno.writeTextFile(manifest, deployment({ pods, spec }));
  const applied = await cluster.wherry("apply", "-f", manifest);
  if (applied.code !== 0) throw new Error(applied.stderr);
  await cluster.until(`${pods} pods run`, async () => {
    const { stdout } = await cluster.wherry("get", "pods", "--no-headers");
    return [...stdout.matchAll(/ 1\/1 +Running /g)].length === pods;
  });
  say(`${pods} pods, ${kind}; settling, then ${seconds} s at rest`);
  await sleep(quick ? 5 : SETTLE_SECONDS);
  const before = await read([server.pid, agent.pid]);
  await sleep(seconds);
  const after = await read([server.pid, agent.pid]);
  const wire = after.wireBytes - before.wireBytes;
  const beats = Math.floor(seconds / KEEP_ALIVE_SECONDS) + 1;
  const [s0, a0] = before.processes;
  const [s1, a1] = after.processes;
  const share = (from: number, to: number) => 100 * (to - from) / seconds;
  const figures: Figure[] = [
    atMost({
      name: `agent idle, ${pods} pods, ${kind}: RSS`,
      value: a1!.rssMb,
      unit: "MB",
      comparedWith: `${
        a1!.anonymousMb.toFixed(0)
      } MB of it not pages of files; public: KubeEdge edgecore 43-74 MB, K3s agent 275 MB`,
    }, goalMb),
    atMost({
      name: `agent idle, ${pods} pods, ${kind}: processor`,
      value: share(a0!.cpu, a1!.cpu),
      unit: "% of a core",
    }, 0.5),
    atMost({
      name: `agent idle, ${kind}: written to disk in ${seconds} s`,
      value: a1!.written - a0!.written,
      unit: "bytes",
      comparedWith: "public: K3s 23-39 MB/h",
    }, 0),
  ];
  if (!containerd) {
    figures.unshift(
      atMost({
        name: "server idle, one node: RSS",
        value: s1!.rssMb,
        unit: "MB",
        comparedWith: `${
          s1!.anonymousMb.toFixed(0)
        } MB of it not pages of files; public: K3s 1,428-1,600 MB, KubeSolo < 200 MB`,
      }, 120),
      atMost({
        name: "server idle: processor",
        value: share(s0!.cpu, s1!.cpu),
        unit: "% of a core",
      }, 1),
      atMost({
        name: `server idle: written to disk in ${seconds} s`,
        value: s1!.written - s0!.written,
        unit: "bytes",
        comparedWith: "public: K3s 23-39 MB/h",
      }, 0),
      atMost(
        {
          name: `on the wire in ${seconds} s, both directions`,
          value: wire,
          unit: "bytes",
          comparedWith:
            `${beats} keep-alives of at most ${KEEP_ALIVE_BYTES} bytes; public: KubeEdge 6.1 MB/h, K3s 27 MB/h`,
        },
        beats * KEEP_ALIVE_BYTES,
      ),
    );
  }
  await agent.stop();
  return figures;
}

interface Reading {
  readonly processes: readonly {
    readonly rssMb: number;
    readonly anonymousMb: number;
    readonly cpu: number;
    readonly written: number;
  }[];
  readonly wireBytes: number;
}

async function read(pids: readonly number[]): Promise<Reading> {
  const processes = await Promise.all(pids.map(async (pid) => ({
    rssMb: await rssMb(pid),
    anonymousMb: await anonymousMb(pid),
    cpu: await cpuSeconds(pid),
    written: await writtenBytes(pid),
  })));
  // In a network namespace of our own the loopback interface carries nothing but server and agent.
  const interfaces = await Deno.readTextFile("/proc/self/net/dev");
  const wireBytes = Number(/^\s*lo:\s*(\d+)/m.exec(interfaces)?.[1]);
  return { processes, wireBytes };
}

function deployment(
  { pods, spec }: { pods: number; spec: string },
): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: idle }
spec:
  replicas: ${pods}
  selector: { matchLabels: { app: idle } }
  template:
    metadata: { labels: { app: idle } }
    spec:
${spec}`;
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
