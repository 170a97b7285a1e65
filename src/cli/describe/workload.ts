/**
 * `wherry describe deployment`, `replicaset` and `replicationcontroller`.
 *
 * @module
 */
import type { Deployment } from "../../api/apps/deployment.ts";
import type { PodTemplateSpec } from "../../api/core/pod_template.ts";
import type { ReplicaSet } from "../../api/apps/replica_set.ts";
import type { ReplicationController } from "../../api/core/replication_controller.ts";
import { formatLabels, formatLabelSelector } from "../../api/selector.ts";
import type { Client } from "../../client/client.ts";
import { REPLICA_SETS } from "../../client/resources.ts";
import { containerSection } from "./containers.ts";
import {
  conditionLines,
  field,
  indent,
  joined,
  labelLines,
  nameLines,
  ownerLine,
  pairs,
  timeText,
} from "./lines.ts";
import { volumeSection } from "./volumes.ts";

const REVISION = "deployment.kubernetes.io/revision";

/** How far the roll-out is, what its pods are like, which replica sets it has. */
export async function describeDeployment(
  deployment: Deployment,
  { client }: { client: Client },
): Promise<string> {
  const { metadata, spec, status = {} } = deployment;
  const { strategy } = spec;
  const rolling = strategy?.rollingUpdate;
  return nameLines(deployment) +
    field("Created", timeText(metadata.creationTimestamp)) +
    labelLines(deployment) +
    field("Selector", formatLabelSelector(spec.selector)) +
    field(
      "Replicas",
      [
        `${spec.replicas ?? 1} desired`,
        `${status.updatedReplicas ?? 0} updated`,
        `${status.replicas ?? 0} total`,
        `${status.availableReplicas ?? 0} available`,
        `${status.unavailableReplicas ?? 0} unavailable`,
      ].join(" | "),
    ) +
    field("StrategyType", strategy?.type) +
    (rolling
      ? field(
        "RollingUpdateStrategy",
        `${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`,
      )
      : "") +
    field("MinReadySeconds", spec.minReadySeconds ?? 0) +
    (spec.paused ? field("Paused", true) : "") +
    templateSection(spec.template) +
    conditionLines(status.conditions) +
    await replicaSetLines(deployment, client);
}

/** How many there are, and what they are like. */
export function describeReplicaSet(
  object: ReplicaSet | ReplicationController,
): string {
  const { spec, status } = object;
  const { selector } = spec;
  return nameLines(object) +
    field(
      "Selector",
      isLabels(selector)
        ? formatLabels(selector)
        : formatLabelSelector(selector),
    ) +
    labelLines(object) + ownerLine(object) +
    field(
      "Replicas",
      `${status?.replicas ?? 0} current / ${spec.replicas ?? 1} desired`,
    ) +
    field(
      "Ready",
      `${status?.readyReplicas ?? 0} ready, ${
        status?.availableReplicas ?? 0
      } available`,
    ) +
    (spec.template ? templateSection(spec.template) : "") +
    conditionLines(status?.conditions);
}

function isLabels(
  selector: ReplicaSet["spec"]["selector"] | Record<string, string> | undefined,
): selector is Record<string, string> {
  return Object.values(selector ?? {}).every((value) =>
    typeof value === "string"
  );
}

function templateSection({ metadata = {}, spec }: PodTemplateSpec): string {
  const init = spec.initContainers ?? [];
  return "Pod Template:\n" + indent(
    pairs("Labels", metadata.labels, "=") +
      (metadata.annotations
        ? pairs("Annotations", metadata.annotations, ": ")
        : "") +
      (spec.runtimeClassName
        ? field("Runtime Class Name", spec.runtimeClassName)
        : "") +
      (spec.serviceAccountName
        ? field("Service Account", spec.serviceAccountName)
        : "") +
      (init.length ? containerSection("Init Containers", init) : "") +
      containerSection("Containers", spec.containers) +
      volumeSection(spec.volumes) +
      (spec.nodeSelector
        ? pairs("Node-Selectors", spec.nodeSelector, "=")
        : ""),
  );
}

async function replicaSetLines(
  { metadata }: Deployment,
  client: Client,
): Promise<string> {
  const { items } = await client.list(REPLICA_SETS, {
    namespace: metadata.namespace ?? "default",
  });
  const mine = items.filter((set) =>
    set.metadata.ownerReferences?.some(({ controller, uid }) =>
      controller && uid === metadata.uid
    )
  );
  const revision = metadata.annotations?.[REVISION];
  const isNew = (set: ReplicaSet) =>
    set.metadata.annotations?.[REVISION] === revision;
  const text = (sets: ReplicaSet[]) =>
    joined(
      sets.map((set) =>
        `${set.metadata.name} (${set.status?.replicas ?? 0}/${
          set.spec.replicas ?? 0
        } replicas created)`
      ),
    );
  return field(
    "OldReplicaSets",
    text(mine.filter((set) => !isNew(set) && (set.spec.replicas ?? 0) > 0)),
  ) + field("NewReplicaSet", text(mine.filter(isNew)));
}
