/**
 * What `kubectl get pods` shows.
 *
 * @module
 */
import type { Column } from "../kind.ts";
import type { Pod } from "../core/pod.ts";
import { podSummary, restartsText } from "../core/pod_summary.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

function readinessGates({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return "<none>";
  const open = gates.filter(({ conditionType }) =>
    status?.conditions?.find((c) => c.type === conditionType)?.status === "True"
  );
  return `${open.length}/${gates.length}`;
}

function orNone(text: string | undefined): string {
  return text === undefined || text === "" ? "<none>" : text;
}

/** The columns. */
export const podColumns: readonly Column<Pod>[] = [
  nameColumn(),
  column("Ready", (pod) => {
    const { readyContainers, totalContainers } = podSummary(pod);
    return `${readyContainers}/${totalContainers}`;
  }, { description: "Containers that are ready, of all" }),
  column("Status", (pod) => podSummary(pod).reason, {
    description: "How the pod fares, all containers together",
  }),
  column("Restarts", (pod, now) => restartsText(podSummary(pod), now), {
    description: "How often containers were restarted, and when last",
  }),
  ageColumn(),
  column("IP", ({ status }) => orNone(status?.podIPs?.[0]?.ip), {
    wide: true,
    description: "Address of the pod",
  }),
  column("Node", ({ spec }) => orNone(spec.nodeName), {
    wide: true,
    description: "Node that runs the pod",
  }),
  column("Nominated Node", ({ status }) => orNone(status?.nominatedNodeName), {
    wide: true,
    description: "Node on which room is being made for the pod",
  }),
  column("Readiness Gates", readinessGates, {
    wide: true,
    description: "Further conditions of readiness that hold, of all",
  }),
];
