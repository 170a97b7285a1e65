/**
 * What the agent needs of a runtime. The words are the CRI's (kubernetes/cri-api); the surface is only what the agent uses.
 * Implementations: `containerd/` (any CRI runtime), `wasmtime/`, `deno/`, and the scripted `fake/`.
 *
 * Laws that `runtime_contract.ts` tests for each of them:
 * - everything survives the agent: sandboxes and containers go on when the agent dies, and {@linkcode Runtime.listSandboxes} of the next agent finds them;
 * - every call is idempotent: stopping what is stopped, removing what is gone and starting what runs are no errors;
 * - a session never outlives what it belongs to, and its process none of its ends where the engine can tell;
 * - an exit is never lost, however long the agent was away: its code and time are in {@linkcode ContainerStatus};
 * - what is removed leaves nothing behind (process, mount, namespace, address, cgroup, file).
 *
 * @module
 */

import type { NodeImage } from "../images/node_image.ts";
import type {
  NodeFeatures,
  NodeRuntimeHandler,
} from "../../src/api/core/node_status.ts";
import type {
  ExecRequest,
  ExecResult,
  ExecSyncRequest,
  ExecSyncResult,
  PortConnection,
  SessionStreams,
} from "./sessions.ts";
import type {
  ContainerPlace,
  ContainerUsage,
  ImageFileSystem,
} from "./usage.ts";

/** A profile of what a process may. */
export interface Profile {
  readonly type: "RuntimeDefault" | "Unconfined" | "Localhost";
  /** Which one, for `Localhost`. */
  readonly ref?: string;
}

/** An SELinux label; ignored where the machine has no SELinux. */
export interface SeLinuxLabel {
  readonly user?: string;
  readonly role?: string;
  readonly type?: string;
  readonly level?: string;
}

/** Whom an image's processes run as when nobody says otherwise: an id, or a name that the image knows. */
export interface ImageUser {
  readonly uid?: number;
  readonly username?: string;
}

/** Where a sandbox's network is. */
export interface SandboxPlace {
  /** The pod's addresses; empty with hostNetwork. */
  readonly ips: readonly string[];
  /** File that holds its network namespace; absent where it has none of its own. */
  readonly netns?: string;
}

/** How a pod is to be isolated. */
export interface SandboxConfig {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** 0 for the first sandbox of a pod, then 1, 2 … */
  readonly attempt: number;
  readonly hostname: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Folder for the pod's container logs. */
  readonly logDirectory: string;
  readonly hostNetwork: boolean;
  /** Its containers see the node's processes. An engine whose guests have no processes takes no notice. @default false */
  readonly hostPid?: boolean;
  /** Its containers use the node's System V and POSIX IPC. As above. @default false */
  readonly hostIpc?: boolean;
  /** Its containers see each other's processes. As above. @default false */
  readonly sharedPid?: boolean;
  readonly dns?: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
  /** RuntimeClass handler for a CRI runtime. */
  readonly runtimeHandler?: string;
  /** cgroup parent relative to the cgroup root, for example `/kubepods/burstable/pod<uid>`; made by the caller. */
  readonly cgroupParent?: string;
  /** What the sandbox's own process may. Engines without one ignore it. @default no privileges */
  readonly security?: {
    /** Whether a container of it is privileged. */
    readonly privileged: boolean;
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly supplementalGroups: readonly number[];
    readonly seLinux?: SeLinuxLabel;
  };
  /** Kernel parameters of the sandbox's namespaces. Engines that cannot set one refuse it. */
  readonly sysctls?: Readonly<Record<string, string>>;
  /** Which engine runs which container, where there are several; for `mixed/` alone. */
  readonly engines?: Readonly<Record<string, string>>;
  /** It has no network of its own but that of another engine's sandbox. Engines of processes only. */
  readonly joins?: SandboxPlace;
}

/** What a container is to run. Paths are on the node. */
export interface ContainerConfig {
  readonly name: string;
  /** 0 for the first start of this container in the pod, then 1, 2 … */
  readonly attempt: number;
  /** As {@linkcode Runtime.pullImage} returned it. */
  readonly imageRef: string;
  /** As the Pod says it. */
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir?: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly {
    readonly hostPath: string;
    readonly containerPath: string;
    readonly readOnly: boolean;
    readonly propagation?: "None" | "HostToContainer" | "Bidirectional";
    /** Makes what is mounted below it read-only too; only for engines that say that they can. */
    readonly recursiveReadOnly?: boolean;
  }[];
  /** Devices of the node; none for engines whose guests know no devices. */
  readonly devices?: readonly {
    readonly hostPath: string;
    readonly containerPath: string;
    /** Of `r`ead, `w`rite and `m`ake a node, those that are allowed. */
    readonly permissions: string;
  }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Ports that the Pod declares; engines that serve HTTP listen on the first TCP one. */
  readonly ports: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly protocol: "TCP" | "UDP" | "SCTP";
  }[];
  readonly resources: {
    readonly cpuShares?: number;
    readonly cpuQuota?: number;
    readonly cpuPeriod?: number;
    readonly memoryLimitBytes?: number;
    readonly oomScoreAdj?: number;
    /** Memory and swap together. */
    readonly memorySwapLimitBytes?: number;
    /** Files of the container's control group, version 2, and what goes into them. */
    readonly unified?: Readonly<Record<string, string>>;
    /** For each size of huge page of the machine, as the kernel names it: `2MB`. */
    readonly hugePageLimits?: readonly {
      readonly pageSize: string;
      readonly limitBytes: number;
    }[];
  };
  readonly security: {
    readonly privileged: boolean;
    readonly runAsUser?: number;
    /** A user by a name that the image knows; only without `runAsUser`. */
    readonly runAsUsername?: string;
    readonly runAsGroup?: number;
    readonly supplementalGroups: readonly number[];
    readonly readOnlyRootFilesystem: boolean;
    readonly allowPrivilegeEscalation?: boolean;
    readonly capabilitiesAdd: readonly string[];
    readonly capabilitiesDrop: readonly string[];
    /** Which system calls are allowed; `ref` is the profile's file on the node. Engines whose guests make none ignore it. */
    readonly seccomp?: Profile;
    /** Which AppArmor profile confines it; `ref` is its name in the kernel. Likewise. */
    readonly appArmor?: Profile;
    /** Shows all of /proc, writable. @default false */
    readonly unmaskedProc?: boolean;
    readonly seLinux?: SeLinuxLabel;
  };
  /** The signal that tells it to end, for example `SIGUSR1`; of no use to an engine that does not know it: {@linkcode Runtime.stopContainer} names it again. @default the image's, or TERM */
  readonly stopSignal?: string;
  readonly stdin: boolean;
  /** The input ends with the first attached session that ends it. @default false */
  readonly stdinOnce?: boolean;
  readonly tty: boolean;
  /** The id of a container of the same sandbox whose process namespace it joins. An engine that has none refuses. */
  readonly targetId?: string;
}

/** A container as the runtime knows it. */
export interface ContainerStatus {
  readonly id: string;
  readonly sandboxId: string;
  /** Which engine runs it, where that is not the runtime itself. */
  readonly engine?: string;
  readonly name: string;
  readonly attempt: number;
  readonly state: "created" | "running" | "exited" | "unknown";
  readonly image: string;
  readonly imageRef: string;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  /** `Completed`, `Error`, `OOMKilled` … */
  readonly reason?: string;
  readonly message?: string;
  /** Whom its first process runs as, where the runtime tells. */
  readonly user?: {
    readonly uid: number;
    readonly gid: number;
    readonly supplementalGroups?: number[];
  };
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A sandbox with its containers. */
export interface SandboxStatus {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
  readonly state: "ready" | "notready";
  readonly createdAt: number;
  /** The pod's addresses; empty with hostNetwork. */
  readonly ips: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly containers: readonly ContainerStatus[];
}

/** One line (or part of a line) of a container's output. */
export interface LogEntry {
  /** Milliseconds since 1970; as exact as the runtime records it. */
  readonly time: number;
  /** Nanoseconds beyond {@linkcode time}'s whole milliseconds, where the runtime records them: 0 to 999,999. */
  readonly nanos?: number;
  readonly stream: "stdout" | "stderr";
  /** Without the newline. */
  readonly line: Uint8Array;
  /** The line goes on in the next entry of this stream. */
  readonly partial: boolean;
}

export { RuntimeError } from "../images/runtime_error.ts";
export type { NodeImage } from "../images/node_image.ts";

/** A container's id as the API shows it: `containerd://0123…`. */
export function containerId(
  runtime: Pick<Runtime, "name">,
  { id, engine }: Pick<ContainerStatus, "id" | "engine">,
): string {
  return `${engine ?? runtime.name}://${id}`;
}

/** One kind of workload engine on this node. */
export interface Runtime extends AsyncDisposable {
  /** `containerd`, `wasmtime`, `deno`, `fake`. */
  readonly name: string;
  /** Whether it can run pods now, and for `kubectl get nodes -o wide`: `containerd://1.6.20`. */
  status(): Promise<
    {
      readonly ready: boolean;
      readonly message?: string;
      readonly version: string;
      /** What it can do, where it tells. */
      readonly features?: NodeFeatures;
      /** Its RuntimeClass handlers, likewise; "" is the usual one. */
      readonly handlers?: readonly NodeRuntimeHandler[];
    }
  >;
  /** All sandboxes that the agent made, with their containers. */
  listSandboxes(): Promise<readonly SandboxStatus[]>;
  /** One of them as it is now, with its containers; undefined when it is gone. */
  sandboxStatus(id: string): Promise<SandboxStatus | undefined>;
  runSandbox(config: SandboxConfig): Promise<SandboxStatus>;
  /** Kills what still runs in it and takes its network away. */
  stopSandbox(id: string): Promise<void>;
  removeSandbox(id: string): Promise<void>;
  /** Where the network of one that is up is, for those that are to join it. Absent where nobody can. */
  sandboxPlace?(id: string): Promise<SandboxPlace | undefined>;
  /** The reference to run if the image is on the node, else undefined. */
  imageStatus(
    image: string,
  ): Promise<
    | {
      readonly imageRef: string;
      readonly sizeBytes: number;
      /** Absent where images name nobody. */
      readonly user?: ImageUser;
    }
    | undefined
  >;
  pullImage(image: string, options: {
    readonly auth?: { readonly username: string; readonly password: string };
    readonly signal: AbortSignal;
  }): Promise<{ readonly imageRef: string }>;
  /** Images on the node, for the Node's status and for what collects unused ones. */
  listImages(): Promise<readonly NodeImage[]>;
  /** Removes an image by its id; no error when it is gone. Absent where images are not the engine's to remove. */
  removeImage?(id: string): Promise<void>;
  createContainer(
    sandbox: { readonly id: string; readonly config: SandboxConfig },
    config: ContainerConfig,
  ): Promise<string>;
  startContainer(id: string): Promise<void>;
  /**
   * TERM (or what lets the engine finish its requests), then after the grace KILL; resolves when it has ended.
   *
   * @param options.stopSignal another signal in the place of TERM, for example `SIGUSR1`; an engine without signals takes no notice
   */
  stopContainer(
    id: string,
    graceMs: number,
    options?: { readonly stopSignal?: string },
  ): Promise<void>;
  removeContainer(id: string): Promise<void>;
  /** Whether mounts can be read-only with all that is mounted below them. @default it is not so */
  recursiveReadOnly?(): Promise<boolean>;
  /**
   * Shows the files of an image that is on the node, by its reference, in a folder, read-only; nothing happens when they are there. The folder is
   * unmounted by the caller. Absent where images hold no files.
   *
   * @throws {Error} why the engine cannot
   */
  mountImage?(imageRef: string, folder: string): Promise<void>;
  /** Lets go of what {@linkcode Runtime.mountImage} holds for a folder that is unmounted. */
  releaseImage?(folder: string): Promise<void>;
  containerStatus(id: string): Promise<ContainerStatus | undefined>;
  /** Calls back soon after a container or sandbox changed by itself (an exit above all). A hint: listing tells the truth. */
  onChange(listener: (sandboxId: string) => void): Disposable;
  /** Calls back when it has been away for a while, so that {@linkcode Runtime.status} says so; coming back is found out by asking. Absent where an engine cannot go away. */
  onAway?(listener: () => void): Disposable;
  /** What it counts itself of its running containers; one call for all. Absent where it counts nothing. */
  containerUsage?(): Promise<readonly ContainerUsage[]>;
  /** Where a container that runs is, when that does not follow from its sandbox's `cgroupParent` and its id. */
  containerPlace?(id: string): Promise<ContainerPlace | undefined>;
  /** Where its images are. Absent where nobody can tell. */
  imageFileSystem?(): Promise<ImageFileSystem | undefined>;
  /** The container's output from the start, or from a moment or the last lines; follows until it ended when asked to. */
  logs(id: string, options: {
    readonly follow: boolean;
    /** Only entries at or after this time. */
    readonly since?: number;
    /** Only the last lines. */
    readonly tailLines?: number;
    readonly signal: AbortSignal;
  }): AsyncIterable<LogEntry>;
  /**
   * Runs a command in a running container; resolves when it has ended and all its output was handed over. A session that is aborted ends its command,
   * as far as the engine can: at the latest with its next read or write.
   *
   * @throws {Error} why it could not be run, or the signal's reason
   */
  exec(id: string, request: ExecRequest): Promise<ExecResult>;
  /** Runs a command to its end. @throws {ExecTimeout} when it was killed after its time, {Error} why it could not be run */
  execSync(id: string, request: ExecSyncRequest): Promise<ExecSyncResult>;
  /** Joins the container's own input and output, from now on; resolves when the container ends. @throws the signal's reason */
  attach(id: string, streams: SessionStreams): Promise<void>;
  /** Connects to a port of the sandbox, as from inside: what listens on its loopback address is reached where the engine has one. */
  portForward(
    sandboxId: string,
    port: number,
    options: { readonly signal: AbortSignal },
  ): Promise<PortConnection>;
}
