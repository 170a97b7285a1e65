/**
 * A pod's sandbox in the CRI's words.
 *
 * @module
 */

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { SandboxConfig, SandboxStatus } from "../runtime.ts";
import type { ContainerStatus } from "../runtime.ts";
import {
  NamespaceMode,
  type PodSandboxConfigSchema,
  PodSandboxState,
  type PodSandboxStatus,
} from "./gen/cri_pb.ts";
import { withoutOwnLabel, withOwnLabel } from "./labels.ts";

/** Above the control groups of all pods. */
export const CGROUP_ROOT = "/wherry";

/** The control group of a pod whose caller chose none. */
export function defaultCgroupParent(uid: string): string {
  return `${CGROUP_ROOT}/pod${uid}`;
}

/** What RunPodSandbox, and later CreateContainer, are told of the sandbox. */
export function toPodSandboxConfig(
  config: SandboxConfig,
): MessageInitShape<typeof PodSandboxConfigSchema> {
  const network = config.hostNetwork ? NamespaceMode.NODE : NamespaceMode.POD;
  return {
    metadata: {
      name: config.name,
      namespace: config.namespace,
      uid: config.uid,
      attempt: config.attempt,
    },
    // A pod on the node's network has the node's name.
    hostname: config.hostNetwork ? "" : config.hostname,
    logDirectory: config.logDirectory,
    labels: withOwnLabel(config.labels),
    annotations: { ...config.annotations },
    ...(config.dns
      ? {
        dnsConfig: {
          servers: [...config.dns.servers],
          searches: [...config.dns.searches],
          options: [...config.dns.options],
        },
      }
      : {}),
    linux: {
      cgroupParent: config.cgroupParent ?? defaultCgroupParent(config.uid),
      securityContext: {
        namespaceOptions: {
          network,
          pid: NamespaceMode.CONTAINER,
          ipc: NamespaceMode.POD,
        },
      },
    },
  };
}

/** What PodSandboxStatus told, with the containers that were found in the sandbox. */
export function toSandboxStatus(
  status: PodSandboxStatus,
  containers: readonly ContainerStatus[],
): SandboxStatus {
  const { network } = status;
  const ips = [
    ...network?.ip ? [network.ip] : [],
    ...network?.additionalIps.map(({ ip }) => ip) ?? [],
  ];
  return {
    id: status.id,
    name: status.metadata?.name ?? "",
    namespace: status.metadata?.namespace ?? "",
    uid: status.metadata?.uid ?? "",
    attempt: status.metadata?.attempt ?? 0,
    state: status.state === PodSandboxState.SANDBOX_READY
      ? "ready"
      : "notready",
    createdAt: milliseconds(status.createdAt),
    ips,
    labels: withoutOwnLabel(status.labels),
    annotations: { ...status.annotations },
    containers,
  };
}

/** The CRI counts nanoseconds. */
export function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n);
}
