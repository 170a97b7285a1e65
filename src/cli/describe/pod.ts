/**
 * `wherry describe pod`.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import { qosClass } from "../../api/core/pod_resources.ts";
import { podSummary } from "../../api/core/pod_summary.ts";
import type { Toleration } from "../../api/core/toleration.ts";
import { containerSection } from "./containers.ts";
import {
  conditionLines,
  field,
  labelLines,
  nameLines,
  ownerLine,
  pairs,
  timeText,
} from "./lines.ts";
import { volumeSection } from "./volumes.ts";

/** What it is, where it runs, how its containers fare. */
export function describePod(pod: Pod): string {
  const { spec, status = {}, metadata } = pod;
  const init = spec.initContainers ?? [];
  return nameLines(pod) +
    (spec.priorityClassName
      ? field("Priority Class Name", spec.priorityClassName)
      : "") +
    (spec.runtimeClassName
      ? field("Runtime Class Name", spec.runtimeClassName)
      : "") +
    (spec.serviceAccountName
      ? field("Service Account", spec.serviceAccountName)
      : "") +
    field("Node", nodeText(pod)) +
    (status.startTime ? field("Start Time", timeText(status.startTime)) : "") +
    labelLines(pod) +
    (metadata.deletionTimestamp
      ? field(
        "Status",
        `Terminating (since ${timeText(metadata.deletionTimestamp)})`,
      ) +
        field(
          "Termination Grace Period",
          `${metadata.deletionGracePeriodSeconds ?? 0}s`,
        )
      : field("Status", statusText(pod))) +
    (status.reason ? field("Reason", status.reason) : "") +
    (status.message ? field("Message", status.message) : "") +
    addressLines(pod) + ownerLine(pod) +
    (init.length
      ? containerSection(
        "Init Containers",
        init,
        status.initContainerStatuses ?? [],
      )
      : "") +
    containerSection(
      "Containers",
      spec.containers,
      status.containerStatuses ?? [],
    ) +
    conditionLines(status.conditions) +
    volumeSection(spec.volumes) +
    field("QoS Class", status.qosClass ?? qosClass(pod)) +
    pairs("Node-Selectors", spec.nodeSelector, "=") +
    tolerationLines(spec.tolerations);
}

/** The phase and, where `get` has a better word, that one too. */
function statusText(pod: Pod): string {
  const phase = pod.status?.phase ?? "Pending";
  const { reason } = podSummary(pod);
  return reason === phase ? phase : `${phase} (${reason})`;
}

function nodeText({ spec, status }: Pod): string {
  if (!spec.nodeName) return "<none>";
  return status?.hostIP ? `${spec.nodeName}/${status.hostIP}` : spec.nodeName;
}

function addressLines({ status = {} }: Pod): string {
  const all = (status.podIPs ?? []).map(({ ip }) => ip);
  if (all.length > 1) return field("IPs", all.join(", "));
  return field("IP", status.podIP ?? "<none>");
}

function tolerationLines(tolerations: readonly Toleration[] = []): string {
  if (tolerations.length === 0) return field("Tolerations", "<none>");
  return tolerations.map((toleration, index) =>
    `${index === 0 ? "Tolerations:" : ""}\t${tolerationText(toleration)}\n`
  ).join("");
}

function tolerationText(toleration: Toleration): string {
  const { key = "", value, effect, operator, tolerationSeconds } = toleration;
  return key + (value ? `=${value}` : "") + (effect ? `:${effect}` : "") +
    (operator === "Exists" ? ` op=Exists` : "") +
    (tolerationSeconds === undefined ? "" : ` for ${tolerationSeconds}s`);
}
