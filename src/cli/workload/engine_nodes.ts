/**
 * Whether there is a node that could run a workload, told before anything is made.
 *
 * @module
 */
import { ApiError } from "../../api/status.ts";
import type { Node } from "../../api/core/node.ts";
import type { Client } from "../../client/client.ts";
import { NODES } from "../../client/resources.ts";
import { CliFailure } from "../failure.ts";

const ENGINE_LABEL = "wherry.dev/runtime-";
const CONTAINERS = "containerd";
/** Classes that are ours; of others we know nothing. */
const OURS: ReadonlySet<string> = new Set(["deno", "wasmtime", CONTAINERS]);

/** Looks for a ready node. @param runtimeClass absent for containers @throws {CliFailure} that names what the nodes have */
export async function requireEngine(
  client: Client,
  runtimeClass: string | undefined,
): Promise<void> {
  const engine = runtimeClass ?? CONTAINERS;
  if (!OURS.has(engine)) return;
  let nodes: readonly Node[];
  try {
    nodes = (await client.list(NODES)).items;
  } catch (error) {
    // Who may run pods may not always see nodes.
    if (error instanceof ApiError && error.status.code === 403) return;
    throw error;
  }
  if (nodes.length === 0) {
    throw new CliFailure(
      "the cluster has no node: wherry token create, and wherry agent on a machine",
    );
  }
  const label = ENGINE_LABEL + engine;
  const able = nodes.filter(({ metadata }) =>
    metadata.labels?.[label] === "true"
  );
  if (able.some(isReady)) return;
  if (able.length > 0) {
    throw new CliFailure(
      `no node that has ${engine} is ready: ${
        able.map(({ metadata }) => metadata.name).join(", ")
      }`,
    );
  }
  // Nodes of other agents tell nothing of their engines, but all run containers.
  const silent = nodes.some((node) => enginesOf(node).length === 0);
  if (silent) return;
  throw new CliFailure(
    `no node has ${engine}${engine === CONTAINERS ? " for containers" : ""}: ${
      nodes.map((node) =>
        `${node.metadata.name} has ${enginesOf(node).join(" and ")}`
      ).join(", ")
    }`,
  );
}

function enginesOf({ metadata }: Node): string[] {
  return Object.keys(metadata.labels ?? {})
    .filter((key) => key.startsWith(ENGINE_LABEL))
    .map((key) => key.slice(ENGINE_LABEL.length)).sort();
}

function isReady({ status }: Node): boolean {
  return (status?.conditions ?? []).some(({ type, status }) =>
    type === "Ready" && status === "True"
  );
}
