/**
 * The process that `probes_bench.ts` measures: the agent's probes without the rest of an agent. Arguments: kind, number of probes, seconds, port.
 * Prints one line of JSON.
 *
 * @module
 */
import type { ProbeHandler } from "../../src/api/core/probe.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { NodeProbes } from "../../agent/probes/node_probes.ts";
import { ProbeSet } from "../../agent/probes/probe_set.ts";
import { anonymousMb, cpuSeconds } from "./process_figures.ts";

/** What is printed. */
export interface ProbeLoad {
  readonly cpuPercent: number;
  readonly triesPerSecond: number;
  readonly failures: number;
  readonly mostFiles: number;
  readonly anonymousMb: number;
}

/** How long a command of the fake runtime takes. */
const COMMAND_MS = 5;
/** Probes come up and get into step. */
const WARM_UP_MS = 3_000;
const LOOK_MS = 20;

async function main(
  [kind, count, seconds, port]: readonly string[],
): Promise<void> {
  using host = makeRealHost({ writeLog: () => {} });
  const { clock, net } = host;
  const isFetch = kind === "fetch";
  const node = new NodeProbes(host, { address: () => "127.0.0.1" });
  const handlers: Record<string, ProbeHandler> = {
    http: { httpGet: { path: "/healthz", port: Number(port) } },
    fetch: { httpGet: { path: "/healthz", port: Number(port) } },
    tcp: { tcpSocket: { port: Number(port) } },
    exec: { exec: { command: ["true"] } },
  };
  /** The same without the way that is made for probes. */
  const withoutShortcut = {
    clock,
    spawn: (name: string, task: () => Promise<void>) => host.spawn(name, task),
    net: { fetch: net.fetch, dial: net.dial } as typeof net,
  };
  let failures = 0;
  const sets = Array.from(
    { length: Number(count) },
    (_, i) =>
      new ProbeSet(isFetch ? withoutShortcut : host, {
        container: {
          name: "main",
          livenessProbe: { ...handlers[kind!]!, periodSeconds: 1 },
        },
        node,
        owner: { pod: `pod-${i}`, namespace: "default", uid: String(i) },
        exec: async () => {
          await clock.sleep(COMMAND_MS);
          return { exitCode: 0, output: new Uint8Array() };
        },
        startedAt: clock.now(),
        previous: undefined,
        onState: () => {},
        onEvent: () => void failures++,
        onDead: () => {},
      }),
  );
  const tries = () => {
    let sum = 0;
    for (const { results } of node.counts.all()) sum += results.successful;
    return sum;
  };
  await clock.sleep(WARM_UP_MS);
  const before = { cpu: await cpuSeconds(Deno.pid), tries: tries() };
  const startedMs = clock.monotonicMs();
  let mostFiles = 0;
  while (clock.monotonicMs() - startedMs < Number(seconds) * 1000) {
    let files = 0;
    for (const _ of Deno.readDirSync("/proc/self/fd")) files++;
    mostFiles = Math.max(mostFiles, files);
    await clock.sleep(LOOK_MS);
  }
  const elapsed = (clock.monotonicMs() - startedMs) / 1000;
  const load: ProbeLoad = {
    cpuPercent: 100 * (await cpuSeconds(Deno.pid) - before.cpu) / elapsed,
    triesPerSecond: (tries() - before.tries) / elapsed,
    failures,
    mostFiles,
    anonymousMb: await anonymousMb(Deno.pid),
  };
  for (const set of sets) set[Symbol.dispose]();
  console.log(JSON.stringify(load));
}

if (import.meta.main) {
  await main(Deno.args);
  Deno.exit(0); // tries that are under way are nobody's concern any more
}
