/**
 * What must be true of a cluster once it has come to rest.
 *
 * @module
 */
import { nodes as nodeKind } from "../api/core/node.ts";
import { pods as podKind } from "../api/core/pod.ts";
import { deployments as deploymentKind } from "../api/apps/deployment.ts";
import type { Pod } from "../api/core/pod.ts";
import { endpointSlices } from "../api/discovery/endpoint_slice.ts";
import { endpoints as endpointsKind } from "../api/core/endpoints.ts";
import { services } from "../api/core/service.ts";
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
    for (
      const count of ["replicas", "updatedReplicas", "readyReplicas"] as const
    ) {
      if ((status?.[count] ?? 0) === spec.replicas) continue;
      violations.push(
        `Deployment ${metadata.name} has ${count} ${
          status?.[count] ?? 0
        } of ${spec.replicas}`,
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
  for (const { metadata } of pods) {
    if (metadata.deletionTimestamp === undefined) continue;
    violations.push(`Pod ${metadata.name} is still terminating`);
  }
  violations.push(...await findWrongEndpoints(client, pods));
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

/** Services that lead to other pods than the ready ones. */
async function findWrongEndpoints(
  client: Client,
  pods: readonly Pod[],
): Promise<string[]> {
  const violations: string[] = [];
  const [slices, endpoints] = await Promise.all([
    client.list(endpointSlices),
    client.list(endpointsKind),
  ]);
  const text = (addresses: readonly (string | undefined)[]) =>
    [...addresses].sort().join(" ");
  for (const { metadata, spec } of (await client.list(services)).items) {
    const { name = "", namespace } = metadata;
    const selector = Object.entries(spec.selector ?? {});
    if (selector.length === 0) continue;
    const wanted = text(
      pods.filter((pod) =>
        pod.metadata.namespace === namespace && isReady(pod) &&
        selector.every(([key, value]) => pod.metadata.labels?.[key] === value)
      ).map(({ status }) => status?.podIP),
    );
    const inSlices = text(
      slices.items.filter((slice) =>
        slice.metadata.namespace === namespace &&
        slice.metadata.labels?.["kubernetes.io/service-name"] === name
      ).flatMap((slice) => slice.endpoints)
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ addresses }) => addresses),
    );
    const inEndpoints = text(
      endpoints.items.filter((object) =>
        object.metadata.namespace === namespace && object.metadata.name === name
      ).flatMap(({ subsets }) => subsets ?? [])
        .flatMap(({ addresses }) => addresses ?? []).map(({ ip }) => ip),
    );
    if (inSlices !== wanted) {
      violations.push(
        `EndpointSlices of ${name} have "${inSlices}", ready are "${wanted}"`,
      );
    }
    if (inEndpoints !== wanted) {
      violations.push(
        `Endpoints of ${name} have "${inEndpoints}", ready are "${wanted}"`,
      );
    }
  }
  return violations;
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.find(({ type }) => type === "Ready")?.status ===
    "True";
}
