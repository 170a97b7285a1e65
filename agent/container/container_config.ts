/**
 * From a Pod's container to what a runtime is told.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { Cryptography } from "../../src/base/host.ts";
import type { ContainerConfig, ImageUser } from "../runtime/runtime.ts";
import { containerHash, HASH_ANNOTATION } from "./container_hash.ts";
import { expandVariables } from "./expand.ts";
import {
  containerResources,
  type MachineFacts,
} from "./container_resources.ts";
import { securityConfig } from "./security.ts";
import type { ContainerPlan } from "./services.ts";

/** What {@linkcode containerConfig} needs beside the pod. */
export interface ContainerConfigContext {
  readonly pod: Pod;
  readonly plan: ContainerPlan;
  /** All variables, values expanded; references in command and arguments are to these. */
  readonly environment: ReadonlyMap<string, string>;
  /** The container's volumes. */
  readonly mounts: ContainerConfig["mounts"];
  /** Its volumes that are devices. @default none */
  readonly devices?: NonNullable<ContainerConfig["devices"]>;
  readonly crypto: Pick<Cryptography, "sha256">;
  /** The file for the container's last words; absent where the engine knows no single files. */
  readonly terminationLog?: string;
  /** The pod's hosts file; absent likewise. */
  readonly hostsPath?: string;
  /** Its resolv.conf and its hostname file; absent where the runtime makes them. */
  readonly resolvConfPath?: string;
  readonly hostnamePath?: string;
  /** The run of the container whose processes this one is to see. */
  readonly targetId?: string;
  /** What the machine has. */
  readonly machine: MachineFacts;
  /** Whom the image runs as; absent where the engine's images name nobody. */
  readonly imageUser?: ImageUser;
  /** Folder with the seccomp profiles of the node. */
  readonly seccompDir: string;
}

/**
 * The runtime's configuration of one attempt.
 *
 * @throws {RuntimeError} `CreateContainerConfigError` when it breaks a rule
 */
export function containerConfig(
  context: ContainerConfigContext,
): ContainerConfig {
  const { pod, plan, environment } = context;
  const { container, attempt, imageRef } = plan;
  const { name, uid, namespace } = pod.metadata;
  const expand = (text: string) => expandVariables(text, environment);
  return {
    name: container.name,
    attempt,
    imageRef,
    image: container.image ?? "",
    command: (container.command ?? []).map(expand),
    args: (container.args ?? []).map(expand),
    ...(container.workingDir && { workingDir: container.workingDir }),
    env: [...environment].map(([name, value]) => ({ name, value })),
    mounts: [...context.mounts, ...ownMounts(context)],
    ...(context.devices?.length && { devices: context.devices }),
    labels: {
      "io.kubernetes.container.name": container.name,
      "io.kubernetes.pod.name": name!,
      "io.kubernetes.pod.namespace": namespace!,
      "io.kubernetes.pod.uid": uid!,
    },
    annotations: {
      [HASH_ANNOTATION]: containerHash(context.crypto, container),
      "io.kubernetes.container.restartCount": String(attempt),
    },
    ports: (container.ports ?? []).map((
      { name, containerPort, protocol = "TCP" },
    ) => ({ containerPort, protocol, ...(name && { name }) })),
    resources: containerResources(pod, container, context.machine),
    security: securityConfig({
      pod,
      container,
      seccompDir: context.seccompDir,
      ...(context.imageUser && { imageUser: context.imageUser }),
    }),
    ...(container.lifecycle?.stopSignal !== undefined &&
      { stopSignal: container.lifecycle.stopSignal }),
    stdin: container.stdin ?? false,
    ...(container.stdinOnce && { stdinOnce: true }),
    tty: container.tty ?? false,
    ...(context.targetId !== undefined && { targetId: context.targetId }),
  };
}

/** What every container gets, unless the pod mounts something of its own there. */
function ownMounts(context: ContainerConfigContext): ContainerConfig["mounts"] {
  const { container } = context.plan;
  const { terminationMessagePath, volumeMounts = [] } = container;
  // As the runtime does with those that it makes itself.
  const readOnly = container.securityContext?.readOnlyRootFilesystem ?? false;
  const own = [
    {
      hostPath: context.terminationLog,
      containerPath: terminationMessagePath,
      readOnly: false,
    },
    {
      hostPath: context.hostsPath,
      containerPath: "/etc/hosts",
      readOnly: false,
    },
    {
      hostPath: context.resolvConfPath,
      containerPath: "/etc/resolv.conf",
      readOnly,
    },
    {
      hostPath: context.hostnamePath,
      containerPath: "/etc/hostname",
      readOnly,
    },
  ];
  return own.flatMap(({ hostPath, containerPath, readOnly }) =>
    hostPath === undefined || !containerPath ||
      volumeMounts.some(({ mountPath }) => mountPath === containerPath)
      ? []
      : [{ hostPath, containerPath, readOnly }]
  );
}
