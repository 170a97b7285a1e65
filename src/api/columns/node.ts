/**
 * What `kubectl get nodes` shows.
 *
 * @module
 */
import type { Column } from "../kind.ts";
import type { Node } from "../core/node.ts";
import { ageColumn, column, nameColumn } from "./common.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";
const ROLE_LABEL = "kubernetes.io/role";

/** The node's roles, sorted: label keys below `node-role.kubernetes.io/` and the value of `kubernetes.io/role`. */
export function nodeRoles(node: Node): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX)) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL) roles.add(value);
  }
  roles.delete("");
  return [...roles].sort();
}

/** `Ready`, `NotReady` or `Unknown`, with `,SchedulingDisabled` when cordoned. */
export function nodeStatusText({ spec, status }: Node): string {
  const ready = status?.conditions?.find((c) => c.type === "Ready");
  const text = ready === undefined
    ? "Unknown"
    : ready.status === "True"
    ? "Ready"
    : "NotReady";
  return spec.unschedulable === true ? `${text},SchedulingDisabled` : text;
}

function address(node: Node, type: string): string {
  return node.status?.addresses?.find((a) => a.type === type)?.address ??
    "<none>";
}

function orUnknown(text: string | undefined): string {
  return text === undefined || text === "" ? "<unknown>" : text;
}

/** The columns. */
export const nodeColumns: readonly Column<Node>[] = [
  nameColumn(),
  column("Status", nodeStatusText, { description: "The status of the node" }),
  column("Roles", (node) => nodeRoles(node).join(",") || "<none>", {
    description: "The roles of the node",
  }),
  ageColumn(),
  column("Version", ({ status }) => status?.nodeInfo?.kubeletVersion ?? "", {
    description: "Version that the node's agent reports",
  }),
  column("Internal-IP", (node) => address(node, "InternalIP"), {
    wide: true,
    description: "Address inside the cluster",
  }),
  column("External-IP", (node) => address(node, "ExternalIP"), {
    wide: true,
    description: "Address from outside",
  }),
  column("OS-Image", ({ status }) => orUnknown(status?.nodeInfo?.osImage), {
    wide: true,
    description: "Operating system of the node",
  }),
  column("Kernel-Version", ({ status }) => {
    const architecture = status?.nodeInfo?.architecture ?? "";
    const kernel = orUnknown(status?.nodeInfo?.kernelVersion);
    return architecture === "" ? kernel : `${kernel} (${architecture})`;
  }, { wide: true, description: "Kernel of the node" }),
  column(
    "Container-Runtime",
    ({ status }) => orUnknown(status?.nodeInfo?.containerRuntimeVersion),
    { wide: true, description: "Container runtime of the node" },
  ),
];
