/**
 * `wherry describe node`.
 *
 * @module
 */
import type { Node } from "../../api/core/node.ts";
import type { Pod } from "../../api/core/pod.ts";
import {
  addResources,
  podLimits,
  podRequests,
} from "../../api/core/pod_resources.ts";
import { milliUnits } from "../../api/quantity.ts";
import type { Client } from "../../client/client.ts";
import { LEASES, PODS } from "../../client/resources.ts";
import { formatAge } from "../age.ts";
import { compareText } from "../compare_text.ts";
import { field, labelLines, nameLines, table, timeText } from "./lines.ts";

type Quantities = Readonly<Record<string, string>>;

const ROLE = "node-role.kubernetes.io/";
const SHOWN = ["cpu", "memory", "ephemeral-storage"] as const;

/** What it is, what it has, what runs on it and how much of it is spoken for. */
export async function describeNode(
  node: Node,
  { client, now }: { client: Client; now: number },
): Promise<string> {
  const { metadata, spec, status = {} } = node;
  const { name = "" } = metadata;
  const { items } = await client.list(PODS, {
    fieldSelector: `spec.nodeName=${name}`,
  });
  const pods = items.filter(({ status }) =>
    status?.phase !== "Succeeded" && status?.phase !== "Failed"
  );
  return nameLines(node) + field("Roles", roles(node)) + labelLines(node) +
    field("Created", timeText(metadata.creationTimestamp)) +
    taintLines(node) +
    field("Unschedulable", spec.unschedulable ?? false) +
    await leaseLine(client, name) +
    table("Conditions", [
      ["Type", "Status", "Since", "Reason", "Message"],
      ...(status.conditions ?? []).map((condition) => [
        condition.type,
        condition.status,
        timeText(condition.lastTransitionTime),
        condition.reason ?? "",
        condition.message ?? "",
      ]),
    ]) +
    section(
      "Addresses",
      (status.addresses ?? []).map(({ type, address }) => [type, address]),
    ) +
    section("Capacity", quantityRows(status.capacity)) +
    section("Allocatable", quantityRows(status.allocatable)) +
    systemLines(node) +
    (spec.podCIDR ? field("PodCIDR", spec.podCIDR) : "") +
    podLines(pods, { allocatable: status.allocatable ?? {}, now }) +
    sumLines(pods, status.allocatable ?? {});
}

function roles({ metadata }: Node): string {
  const names = Object.keys(metadata.labels ?? {})
    .filter((key) => key.startsWith(ROLE)).map((key) => key.slice(ROLE.length));
  return names.sort().join(",") || "<none>";
}

function taintLines({ spec }: Node): string {
  const texts = (spec.taints ?? []).map(({ key, value, effect }) =>
    `${key}${value ? `=${value}` : ""}:${effect}`
  );
  if (texts.length === 0) return field("Taints", "<none>");
  return texts.map((text, index) =>
    `${index === 0 ? "Taints:" : ""}\t${text}\n`
  ).join("");
}

/** The server hears from a node's link and renews its Lease in memory. */
async function leaseLine(client: Client, name: string): Promise<string> {
  try {
    const { spec } = await client.get(LEASES, {
      name,
      namespace: "kube-node-lease",
    });
    return field("Last Heard Of", timeText(spec.renewTime));
  } catch {
    return field("Last Heard Of", "<unset>"); // never, or not ours to read
  }
}

function systemLines({ status }: Node): string {
  const info = status?.nodeInfo;
  if (!info) return "";
  return section("System Info", [
    ["Machine ID", info.machineID],
    ["Boot ID", info.bootID],
    ["Kernel Version", info.kernelVersion],
    ["OS Image", info.osImage],
    ["Operating System", info.operatingSystem],
    ["Architecture", info.architecture],
    ["Container Runtime Version", info.containerRuntimeVersion],
    ["Agent Version", info.kubeletVersion],
  ]);
}

function podLines(
  pods: readonly Pod[],
  options: { allocatable: Quantities; now: number },
): string {
  const { allocatable, now } = options;
  const rows = pods.toSorted((a, b) => compareText(path(a), path(b))).map(
    (pod) => {
      const requests = podRequests(pod);
      const limits = podLimits(pod);
      return [
        pod.metadata.namespace ?? "",
        pod.metadata.name ?? "",
        share(requests, "cpu", allocatable),
        share(limits, "cpu", allocatable),
        share(requests, "memory", allocatable),
        share(limits, "memory", allocatable),
        formatAge(now - Date.parse(pod.metadata.creationTimestamp ?? "")),
      ];
    },
  );
  return table(`Running Pods (${pods.length})`, [
    [
      "Namespace",
      "Name",
      "CPU Requests",
      "CPU Limits",
      "Memory Requests",
      "Memory Limits",
      "Age",
    ],
    ...rows,
  ]);
}

function sumLines(pods: readonly Pod[], allocatable: Quantities): string {
  const sum = (parts: Quantities[]) => parts.reduce(addResources, {});
  const requests = sum(pods.map(podRequests));
  const limits = sum(pods.map(podLimits));
  return table("Allocated (limits may be more than there is)", [
    ["Resource", "Requests", "Limits"],
    ...SHOWN.map((name) => [
      name,
      share(requests, name, allocatable),
      share(limits, name, allocatable),
    ]),
  ]);
}

/** `250m (12%)`. */
function share(of: Quantities, name: string, allocatable: Quantities): string {
  const amount = of[name] ?? "0";
  const all = milliUnits(allocatable[name] ?? "0");
  const percent = all > 0 ? Math.trunc(milliUnits(amount) * 100 / all) : 0;
  return `${amount} (${percent}%)`;
}

function section(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return field(title, "<none>");
  return `${title}:\n` +
    rows.map(([name = "", value]) => field(`  ${name}`, value)).join("");
}

function quantityRows(quantities: Quantities | undefined): string[][] {
  return Object.entries(quantities ?? {}).sort(([a], [b]) => compareText(a, b));
}

function path({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}
