/**
 * `metrics.k8s.io`: what nodes and pods use now.
 *
 * @module
 * @see {@link https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/}
 */
import type { KubeObject } from "../../api/kind.ts";
import type { NodeMetrics } from "../../api/metrics/node_metrics.ts";
import type { PodMetrics } from "../../api/metrics/pod_metrics.ts";
import {
  cpuQuantity,
  memoryQuantity,
  windowText,
} from "../../api/metrics/usage.ts";
import { nodes } from "../../api/core/node.ts";
import { pods } from "../../api/core/pod.ts";
import { groupVersion } from "../../api/registry.ts";
import { notFound } from "../../api/status.ts";
import { formatTime } from "../../api/time.ts";
import type { Row } from "../../store/store.ts";
import type { Call } from "../call.ts";
import { answerList, answerShown } from "../encode.ts";
import { nameOfKey, objectKey } from "../keys.ts";
import { selectionOf } from "../selection.ts";
import type { NodeUsage, Usage } from "./usage_table.ts";

/** GET of one node's. @throws {ApiError} 404 also for a node that is out of reach */
export async function getNodeMetrics(call: Call): Promise<Response> {
  const { api, at, kind } = call;
  const row = api.store.get(objectKey(nodes, { namespace: "", name: at.name }));
  const [metrics] = row === undefined ? [] : await ofNodes(call, [row]);
  if (metrics === undefined) throw notFound(kind, at.name);
  return answerShown(call, JSON.stringify(metrics));
}

/** GET of all nodes'. */
export async function listNodeMetrics(call: Call): Promise<Response> {
  const { matches, prefix } = selectionOf({ ...call, kind: nodes });
  const rows = call.api.store.list(prefix).rows.filter(matches);
  return answerAll(call, await ofNodes(call, rows));
}

/** GET of one pod's. @throws {ApiError} 404 also for a pod whose node is out of reach */
export async function getPodMetrics(call: Call): Promise<Response> {
  const { api, at, kind } = call;
  const row = api.store.get(objectKey(pods, at));
  const [metrics] = row === undefined ? [] : await ofPods(call, [row]);
  if (metrics === undefined) {
    throw notFound(kind, `${at.namespace}/${at.name}`);
  }
  return answerShown(call, JSON.stringify(metrics));
}

/** GET of all pods', of a namespace or of all. */
export async function listPodMetrics(call: Call): Promise<Response> {
  const { matches, prefix } = selectionOf({ ...call, kind: pods });
  const rows = call.api.store.list(prefix).rows.filter(matches);
  return answerAll(call, await ofPods(call, rows));
}

async function ofNodes(
  call: Call,
  rows: readonly Row[],
): Promise<NodeMetrics[]> {
  const named = rows.map((row) => ({ row, name: nameOf(nodes, row).name }));
  const usages = await call.api.usages.of(named.map(({ name }) => name));
  return named.flatMap(({ row, name }) => {
    const found = usages.get(name);
    return found?.node
      ? [{ ...headOf(call, row, found), usage: quantities(found.node) }]
      : [];
  });
}

async function ofPods(
  call: Call,
  rows: readonly Row[],
): Promise<PodMetrics[]> {
  const placed = rows.flatMap((row) => {
    const node = row.fields?.["spec.nodeName"];
    const runs = row.fields?.["status.phase"] === "Running";
    return node && runs ? [{ row, node }] : [];
  });
  const usages = await call.api.usages.of(placed.map(({ node }) => node));
  return placed.flatMap(({ row, node }) => {
    const found = usages.get(node);
    const { namespace, name } = nameOf(pods, row);
    const containers = found?.pods.get(`${namespace}/${name}`);
    return found && containers
      ? [{
        ...headOf(call, row, found),
        containers: containers.map(([name, usage]) => ({
          name,
          usage: quantities(usage),
        })),
      }]
      : [];
  });
}

function headOf(
  { api, kind }: Call,
  row: Row,
  { at, windowMs }: NodeUsage,
): KubeObject & { timestamp: string; window: string } {
  const { namespace, name } = nameOf(kind.namespaced ? pods : nodes, row);
  return {
    kind: kind.kind,
    apiVersion: groupVersion(kind),
    metadata: {
      name,
      ...namespace !== "" && { namespace },
      creationTimestamp: formatTime(api.host.clock.now()),
      ...row.labels && { labels: { ...row.labels } },
    },
    timestamp: formatTime(at),
    window: windowText(windowMs),
  };
}

function quantities(
  { nanoCores, memoryBytes }: Usage,
): { cpu: string; memory: string } {
  return { cpu: cpuQuantity(nanoCores), memory: memoryQuantity(memoryBytes) };
}

function nameOf(
  kind: Parameters<typeof nameOfKey>[0],
  row: Row,
): { namespace: string; name: string } {
  return nameOfKey(kind, row.key);
}

function answerAll(call: Call, objects: readonly KubeObject[]): Response {
  const texts = objects.map((object) => JSON.stringify(object));
  return answerList(call, texts, { resourceVersion: "" });
}
