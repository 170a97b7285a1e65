/**
 * What the agent answers about usage: kubelet's paths, and one of our own.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import { type AgentFacts, agentMetrics } from "./agent_metrics.ts";
import { containerMetrics, type MachineFacts } from "./container_metrics.ts";
import { EXPOSITION_TYPE } from "./exposition.ts";
import { interfacesOf } from "./machine_usage.ts";
import type { LookingStats } from "./node_stats.ts";
import { parseDevices } from "./proc_files.ts";
import type { StatsPod } from "./pod_look.ts";
import { resourceMetrics } from "./resource_metrics.ts";
import { textOf } from "./text_file.ts";
import { usageTable } from "./usage_table.ts";

/** What answers are made from. */
export interface StatsParts extends AgentFacts {
  readonly stats: LookingStats;
  readonly machine: MachineFacts;
  /** `/metrics/probes`. */
  readonly probeMetrics: () => Promise<string>;
  /** The agent's configuration in kubelet's words, for `/configz`. */
  readonly configuration: () => unknown;
}

type Answer = (
  host: Host,
  parts: StatsParts,
  url: URL,
) => Promise<Response> | Response;

const ANSWERS: Readonly<Record<string, Answer>> = {
  "/stats/summary": async (_host, { stats }, { searchParams }) => {
    const onlyCpuAndMemory = searchParams.get("only_cpu_and_memory") === "true";
    return json(await stats.summary({ onlyCpuAndMemory, rates: true }));
  },
  "/stats/usage": async (_host, { stats }) =>
    json(usageTable(await stats.look({ detail: false, rates: true }))),
  "/metrics/resource": async (_host, { stats }) =>
    metrics(
      resourceMetrics(await stats.look({ detail: false, rates: false })),
    ),
  "/metrics/cadvisor": async (host, { stats, machine }) => {
    const look = await stats.look({ detail: true, rates: false });
    const root = await stats.root(look);
    const rootInterfaces = await interfacesOf(host);
    const devices = parseDevices(await textOf(host, "/proc/diskstats") ?? "");
    return metrics(
      containerMetrics(look, { machine, root, rootInterfaces, devices }),
    );
  },
  "/metrics/probes": async (_host, { probeMetrics }) =>
    metrics(await probeMetrics()),
  "/metrics": async (host, parts) => metrics(await agentMetrics(host, parts)),
  "/runningpods": (_host, { pods }) => json(runningPods(pods())),
  "/configz": (_host, { configuration }) =>
    json({ kubeletconfig: configuration() }),
};

/** Pods that have a sandbox, with the containers that run in it, as the runtimes tell: no more than kubelet shows of them. */
function runningPods(pods: readonly StatsPod[]): unknown {
  return {
    kind: "PodList",
    apiVersion: "v1",
    metadata: {},
    items: pods.flatMap(({ pod: { metadata }, sandbox }) =>
      sandbox
        ? [{
          metadata: {
            name: metadata.name,
            namespace: metadata.namespace,
            uid: metadata.uid,
          },
          spec: {
            containers: sandbox.containers
              .filter(({ state }) => state === "running")
              .map(({ name, imageRef }) => ({
                name,
                image: imageRef,
                resources: {},
              })),
          },
          status: {},
        }]
        : []
    ),
  };
}

/** Answers a GET of one of the paths. */
export async function statsAnswer(
  host: Host,
  parts: StatsParts,
  request: Request,
): Promise<Response> {
  const url = new URL(request.url);
  const path = withoutSlash(url.pathname);
  if (!Object.hasOwn(ANSWERS, path)) {
    return new Response("404 page not found\n", { status: 404 });
  }
  return await ANSWERS[path]!(host, parts, url);
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value), {
    headers: { "content-type": "application/json" },
  });
}

function metrics(text: string): Response {
  return new Response(text, { headers: { "content-type": EXPOSITION_TYPE } });
}
