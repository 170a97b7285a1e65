/**
 * What must be true of a cluster once it has come to rest.
 *
 * @module
 */
import { nodes as nodeKind } from "../api/node.ts";
import { pods as podKind } from "../api/pod.ts";
import { deployments as deploymentKind } from "../api/deployment.ts";
import type { Client } from "../client/client.ts";
import type { Fleet } from "./fleet.ts";

/** A sentence for each thing that is not as it must be; none when all is well. */
export async function findViolations(
  fleet: Fleet,
  client: Client,
): Promise<string[]> {
  const violations: string[] = [];
  const { items: nodes } = await client.list(nodeKind);
  const { items: pods } = await client.list(podKind);
  const { items: deployments } = await client.list(deploymentKind);
  for (const node of nodes) {
    const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
    if (ready?.status !== "True") {
      violations.push(
        `Node ${node.metadata.name} is not Ready: ${ready?.reason}`,
      );
    }
  }
  for (const { metadata, spec, status } of deployments) {
    if (status?.readyReplicas !== spec.replicas) {
      violations.push(
        `Deployment ${metadata.name} has ${
          status?.readyReplicas ?? 0
        } of ${spec.replicas} pods ready`,
      );
    }
  }
  for (const { machine, runtime } of fleet.nodes) {
    const assigned = pods.filter(({ spec }) => spec.nodeName === machine.name);
    const running = [...runtime.sandboxes.values()]
      .filter(({ ready }) => ready).map(({ config }) => config.uid);
    for (const { metadata } of assigned) {
      const count = running.filter((uid) => uid === metadata.uid).length;
      if (count !== 1) {
        violations.push(
          `Pod ${metadata.name} has ${count} sandboxes on ${machine.name}`,
        );
      }
    }
    for (const uid of running) {
      if (!assigned.some(({ metadata }) => metadata.uid === uid)) {
        violations.push(`${machine.name} runs pod ${uid}, which nobody wants`);
      }
    }
  }
  const requested = new Map<string, number>();
  for (const { spec } of pods) {
    if (!spec.nodeName) continue;
    requested.set(spec.nodeName, (requested.get(spec.nodeName) ?? 0) + 1);
  }
  for (const node of nodes) {
    const limit = Number(node.status?.allocatable?.["pods"] ?? 0);
    const count = requested.get(node.metadata.name!) ?? 0;
    if (count > limit) {
      violations.push(
        `Node ${node.metadata.name} has ${count} pods, allocatable are ${limit}`,
      );
    }
  }
  return violations;
}
