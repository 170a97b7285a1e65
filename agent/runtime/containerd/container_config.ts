/**
 * A container in the CRI's words.
 *
 * @module
 */

import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ContainerConfig,
  ContainerStatus,
  Profile,
  SandboxConfig,
} from "../runtime.ts";
import {
  type ContainerConfigSchema,
  ContainerState,
  type ContainerStatus as CriContainerStatus,
  type LinuxContainerConfigSchema,
  MountPropagation,
  NamespaceMode,
  SecurityProfile_ProfileType,
  type SecurityProfileSchema,
} from "./gen/cri_pb.ts";
import { withoutOwnLabel, withOwnLabel } from "./labels.ts";
import { milliseconds, namespacesOf } from "./sandbox_config.ts";
import { criSignal } from "./stop_signal.ts";

/** What a container may not see or change of the kernel (kubelet's defaults, "procMount: Default"). */
const MASKED_PATHS = [
  "/proc/asound",
  "/proc/acpi",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];
const READ_ONLY_PATHS = [
  "/proc/bus",
  "/proc/fs",
  "/proc/irq",
  "/proc/sys",
  "/proc/sysrq-trigger",
];

const PROPAGATION = {
  None: MountPropagation.PROPAGATION_PRIVATE,
  HostToContainer: MountPropagation.PROPAGATION_HOST_TO_CONTAINER,
  Bidirectional: MountPropagation.PROPAGATION_BIDIRECTIONAL,
} as const;

/** A container's log file, relative to the sandbox's log folder. */
export function logPath(
  config: Pick<ContainerConfig, "name" | "attempt">,
): string {
  return `${config.name}/${config.attempt}.log`;
}

/** What CreateContainer is told. */
export function toContainerConfig(
  sandbox: SandboxConfig,
  config: ContainerConfig,
): MessageInitShape<typeof ContainerConfigSchema> {
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.imageRef, userSpecifiedImage: config.image },
    command: [...config.command],
    args: [...config.args],
    workingDir: config.workingDir ?? "",
    envs: config.env.map(({ name, value }) => ({ key: name, value })),
    mounts: config.mounts.map((mount) => ({
      hostPath: mount.hostPath,
      containerPath: mount.containerPath,
      readonly: mount.readOnly,
      propagation: PROPAGATION[mount.propagation ?? "None"],
      recursiveReadOnly: mount.recursiveReadOnly ?? false,
    })),
    devices: (config.devices ?? []).map((device) => ({ ...device })),
    labels: withOwnLabel(config.labels),
    annotations: { ...config.annotations },
    logPath: logPath(config),
    stdin: config.stdin,
    stdinOnce: config.stdinOnce ?? false,
    tty: config.tty,
    stopSignal: criSignal(config.stopSignal),
    linux: linuxConfig(sandbox, config),
  };
}

function linuxConfig(
  sandbox: SandboxConfig,
  { resources, security, targetId }: ContainerConfig,
): MessageInitShape<typeof LinuxContainerConfigSchema> {
  const big = (value: number | undefined) => BigInt(value ?? 0);
  const seesAll = security.privileged || security.unmaskedProc;
  return {
    resources: {
      cpuShares: big(resources.cpuShares),
      cpuQuota: big(resources.cpuQuota),
      cpuPeriod: big(resources.cpuPeriod),
      memoryLimitInBytes: big(resources.memoryLimitBytes),
      oomScoreAdj: big(resources.oomScoreAdj),
      memorySwapLimitInBytes: big(resources.memorySwapLimitBytes),
      unified: { ...resources.unified },
      hugepageLimits: (resources.hugePageLimits ?? []).map(
        ({ pageSize, limitBytes }) => ({ pageSize, limit: BigInt(limitBytes) }),
      ),
    },
    securityContext: {
      privileged: security.privileged,
      capabilities: {
        addCapabilities: [...security.capabilitiesAdd],
        dropCapabilities: [...security.capabilitiesDrop],
      },
      namespaceOptions: {
        ...namespacesOf(sandbox),
        ...(targetId !== undefined &&
          { pid: NamespaceMode.TARGET, targetId }),
      },
      ...(security.runAsUser === undefined
        ? {}
        : { runAsUser: { value: BigInt(security.runAsUser) } }),
      runAsUsername: security.runAsUsername ?? "",
      // The CRI takes a group only together with a user.
      ...(security.runAsGroup === undefined ||
          (security.runAsUser ?? security.runAsUsername) === undefined
        ? {}
        : { runAsGroup: { value: BigInt(security.runAsGroup) } }),
      supplementalGroups: security.supplementalGroups.map(BigInt),
      readonlyRootfs: security.readOnlyRootFilesystem,
      noNewPrivs: security.allowPrivilegeEscalation === false,
      ...(security.seccomp ? { seccomp: toProfile(security.seccomp) } : {}),
      ...(security.appArmor ? { apparmor: toProfile(security.appArmor) } : {}),
      ...(security.seLinux ? { selinuxOptions: { ...security.seLinux } } : {}),
      maskedPaths: seesAll ? [] : MASKED_PATHS,
      readonlyPaths: seesAll ? [] : READ_ONLY_PATHS,
    },
  };
}

/** A profile in the CRI's words. */
export function toProfile(
  { type, ref }: Profile,
): MessageInitShape<typeof SecurityProfileSchema> {
  return { profileType: PROFILE_TYPES[type], localhostRef: ref ?? "" };
}

const PROFILE_TYPES = {
  RuntimeDefault: SecurityProfile_ProfileType.RuntimeDefault,
  Unconfined: SecurityProfile_ProfileType.Unconfined,
  Localhost: SecurityProfile_ProfileType.Localhost,
} as const;

const STATES: Readonly<Record<ContainerState, ContainerStatus["state"]>> = {
  [ContainerState.CONTAINER_CREATED]: "created",
  [ContainerState.CONTAINER_RUNNING]: "running",
  [ContainerState.CONTAINER_EXITED]: "exited",
  [ContainerState.CONTAINER_UNKNOWN]: "unknown",
};

/** What ContainerStatus told; it does not name the sandbox, so the caller does. */
export function toContainerStatus(
  status: CriContainerStatus,
  sandboxId: string,
): ContainerStatus {
  const exited = status.state === ContainerState.CONTAINER_EXITED;
  const startedAt = milliseconds(status.startedAt);
  // containerd notes the start after the call: one that ends at once may have ended before it.
  const finishedAt = Math.max(startedAt, milliseconds(status.finishedAt));
  return {
    id: status.id,
    sandboxId,
    name: status.metadata?.name ?? "",
    attempt: status.metadata?.attempt ?? 0,
    state: STATES[status.state] ?? "unknown",
    image: status.image?.userSpecifiedImage || status.image?.image || "",
    imageRef: status.imageRef,
    createdAt: milliseconds(status.createdAt),
    ...(startedAt > 0 ? { startedAt } : {}),
    ...(exited ? { finishedAt, exitCode: status.exitCode } : {}),
    ...(status.reason ? { reason: status.reason } : {}),
    ...(status.message ? { message: status.message } : {}),
    ...userOf(status),
    labels: withoutOwnLabel(status.labels),
    annotations: { ...status.annotations },
  };
}

/** Runtimes tell of it since 1.31's CRI. */
function userOf(
  { user }: CriContainerStatus,
): Pick<ContainerStatus, "user"> {
  if (!user?.linux) return {};
  const { uid, gid, supplementalGroups } = user.linux;
  return {
    user: {
      uid: Number(uid),
      gid: Number(gid),
      supplementalGroups: supplementalGroups.map(Number),
    },
  };
}
