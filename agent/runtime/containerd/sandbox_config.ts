/**
 * A pod's sandbox in the CRI's words.
 *
 * @module
 */

import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ContainerStatus,
  SandboxConfig,
  SandboxStatus,
} from "../runtime.ts";
import {
  type LinuxSandboxSecurityContextSchema,
  NamespaceMode,
  type PodSandbox,
  type PodSandboxConfigSchema,
  type PodSandboxNetworkStatus,
  PodSandboxState,
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
      sysctls: { ...config.sysctls },
      securityContext: securityOf(config),
    },
  };
}

/** The namespaces of a sandbox, and of its containers. */
export function namespacesOf(
  { hostNetwork, hostPid, hostIpc, sharedPid }: SandboxConfig,
): { network: NamespaceMode; pid: NamespaceMode; ipc: NamespaceMode } {
  const { NODE, POD, CONTAINER } = NamespaceMode;
  return {
    network: hostNetwork ? NODE : POD,
    pid: hostPid ? NODE : sharedPid ? POD : CONTAINER,
    ipc: hostIpc ? NODE : POD,
  };
}

function securityOf(
  config: SandboxConfig,
): MessageInitShape<typeof LinuxSandboxSecurityContextSchema> {
  const { security } = config;
  const namespaceOptions = namespacesOf(config);
  if (!security) return { namespaceOptions };
  const { runAsUser, runAsGroup, seLinux } = security;
  return {
    namespaceOptions,
    privileged: security.privileged,
    ...(runAsUser === undefined
      ? {}
      : { runAsUser: { value: BigInt(runAsUser) } }),
    // The CRI takes a group only together with a user.
    ...(runAsGroup === undefined || runAsUser === undefined
      ? {}
      : { runAsGroup: { value: BigInt(runAsGroup) } }),
    supplementalGroups: security.supplementalGroups.map(BigInt),
    ...(seLinux ? { selinuxOptions: { ...seLinux } } : {}),
  };
}

/** What ListPodSandbox told, with what else was found out. */
export function toSandboxStatus(
  sandbox: PodSandbox,
  found: {
    readonly ips: readonly string[];
    readonly containers: readonly ContainerStatus[];
  },
): SandboxStatus {
  return {
    id: sandbox.id,
    name: sandbox.metadata?.name ?? "",
    namespace: sandbox.metadata?.namespace ?? "",
    uid: sandbox.metadata?.uid ?? "",
    attempt: sandbox.metadata?.attempt ?? 0,
    state: sandbox.state === PodSandboxState.SANDBOX_READY
      ? "ready"
      : "notready",
    createdAt: milliseconds(sandbox.createdAt),
    labels: withoutOwnLabel(sandbox.labels),
    annotations: { ...sandbox.annotations },
    ...found,
  };
}

/** A sandbox's addresses, the main one first; none on the node's network. */
export function addressesOf(
  network: PodSandboxNetworkStatus | undefined,
): string[] {
  if (!network?.ip) return [];
  return [network.ip, ...network.additionalIps.map(({ ip }) => ip)];
}

/** The CRI counts nanoseconds. */
export function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n);
}
