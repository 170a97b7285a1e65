/**
 * Runs pods on any runtime that speaks the CRI (kubernetes/cri-api v1).
 *
 * @module
 */

import { dirname } from "node:path";
import type { Host, Timer } from "../../../src/base/host.ts";
import {
  type ContainerConfig,
  type ContainerStatus,
  type LogEntry,
  type Runtime,
  RuntimeError,
  type SandboxConfig,
  type SandboxPlace,
  type SandboxStatus,
} from "../runtime.ts";
import type {
  ExecRequest,
  ExecResult,
  ExecSyncRequest,
  ExecSyncResult,
  PortConnection,
  SessionStreams,
} from "../sessions.ts";
import type { HostAuth } from "../../images/containerd_registries.ts";
import type { ContainerUsage, ImageFileSystem } from "../usage.ts";
import { ChangeFeed } from "./change_feed.ts";
import type { CriSessionsOptions } from "./cri_sessions.ts";
import { criContainerUsage, criImageFileSystem } from "./cri_usage.ts";
import { toContainerConfig } from "./container_config.ts";
import { RuntimeService } from "./gen/cri_pb.ts";
import { GrpcChannel } from "./grpc_channel.ts";
import { GrpcError, isGrpc } from "./grpc_error.ts";
import type { ImageMounts } from "./image_mounts.ts";
import { Images, withHint } from "./images.ts";
import { removeCgroups } from "./leftovers.ts";
import { followLog } from "./log_follow.ts";
import { type LogLimits, LogRotator } from "./log_rotation.ts";
import { PodView } from "./pod_view.ts";
import { stopBySignal } from "./stop_signal.ts";
import { defaultCgroupParent, toPodSandboxConfig } from "./sandbox_config.ts";

const { method } = RuntimeService;

/** How much longer than the grace a stop may take before the call is given up. */
const STOP_MARGIN_MS = 120_000;

/** How long after a failure, in milliseconds, logs are looked at again. */
const LOG_RETRY_MS = 30_000;
/** When they are looked at first. */
const FIRST_LOG_CHECK_MS = 10_000;

/** How long an imported image may take to be listed. */
const IMPORT_SETTLE_MS = 10_000;

/** How long a runtime that has just started may say that it is not initialized yet. */
const INIT_LIMIT_MS = 60_000;

/** Which runtime, and what to do when it is gone. */
export interface CriRuntimeOptions {
  /** Path of the unix socket. */
  readonly socket: string;
  /** Starts the runtime when it is ours and died. @default nothing: it is another's to start */
  readonly revive?: () => Promise<void>;
  /** Shows images as folders, where the runtime has a client for it. */
  readonly imageMounts?: ImageMounts;
  /** Called with an image before it is pulled; answers what to tell its registry when the pod has nothing. */
  readonly beforePull?: (image: string) => Promise<HostAuth | undefined>;
  /** How much of containers' logs is kept. @default kubelet's limits */
  readonly logs?: LogLimits;
}

/** {@linkcode Runtime} over the CRI. */
export class CriRuntime implements Runtime {
  readonly name = "containerd";
  readonly #host: Host;
  readonly #channel: GrpcChannel;
  readonly #listeners = new Set<(sandboxId: string) => void>();
  readonly #away = new Set<() => void>();
  readonly #feed: ChangeFeed;
  readonly #view: PodView;
  readonly #imageMounts: ImageMounts | undefined;
  readonly #beforePull: CriRuntimeOptions["beforePull"];
  /** Sessions with commands, by container. */
  readonly #commands: CriSessionsOptions["commands"] = new Map();
  #isDisposed = false;
  readonly #logs: LogRotator;
  #logCheck: Timer | undefined;
  /** The runtime's images. */
  readonly images: Images;

  private constructor(host: Host, options: CriRuntimeOptions) {
    this.#host = host;
    this.#channel = new GrpcChannel(options.socket, host);
    this.images = new Images(this.#channel);
    this.#logs = new LogRotator(host, options.logs);
    this.#view = new PodView(this.#channel, host.clock);
    this.#imageMounts = options.imageMounts;
    this.#beforePull = options.beforePull;
    this.#feed = new ChangeFeed(host, {
      channel: this.#channel,
      // When the runtime is away, the feed tells of everything once it is back.
      onChange: (id) =>
        void this.#tell(id).catch((error) =>
          host.log("debug", "Cannot look for changes", { error })
        ),
      onAway: () => {
        for (const listener of this.#away) listener();
      },
      revive: async () => {
        await options.revive?.();
        await this.#waitUntilInitialized();
      },
    });
  }

  /**
   * Connects and waits until the runtime has initialized itself.
   *
   * @throws {GrpcError} when nothing that speaks the CRI answers on the socket.
   */
  static async open(
    host: Host,
    options: CriRuntimeOptions,
  ): Promise<CriRuntime> {
    const runtime = new CriRuntime(host, options);
    try {
      await runtime.#waitUntilInitialized();
      runtime.#feed.start();
      runtime.#checkLogsLater();
    } catch (error) {
      await runtime[Symbol.asyncDispose]();
      throw error;
    }
    return runtime;
  }

  /** The runtime's own name and version, for example `containerd` and `1.6.20`. */
  async version(): Promise<{ name: string; version: string }> {
    const told = await this.#channel.unary(method.version, { version: "v1" });
    return { name: told.runtimeName, version: told.runtimeVersion };
  }

  async status(): ReturnType<Runtime["status"]> {
    const { name, version } = await this.version();
    const { status, features, runtimeHandlers } = await this.#channel.unary(
      method.status,
      {},
    );
    const failing = (status?.conditions ?? []).filter((one) =>
      ["RuntimeReady", "NetworkReady"].includes(one.type) && !one.status
    );
    const message = failing
      .map((one) => one.message || one.reason || `${one.type} is false`)
      .join("; ");
    return {
      ready: failing.length === 0,
      version: `${name}://${version}`,
      ...(message ? { message } : {}),
      // Runtimes from before 2024 tell neither.
      ...features && {
        features: {
          supplementalGroupsPolicy: features.supplementalGroupsPolicy,
        },
      },
      ...runtimeHandlers.length > 0 && {
        handlers: runtimeHandlers.map(({ name, features: can }) => ({
          name,
          features: {
            recursiveReadOnlyMounts: can?.recursiveReadOnlyMounts ?? false,
            userNamespaces: can?.userNamespaces ?? false,
          },
        })),
      },
    };
  }

  listSandboxes(): Promise<SandboxStatus[]> {
    return this.#view.all();
  }

  sandboxStatus(id: string): Promise<SandboxStatus | undefined> {
    return this.#view.one(id);
  }

  async runSandbox(config: SandboxConfig): Promise<SandboxStatus> {
    return await explained("CreatePodSandboxError", async () => {
      await this.#host.disk.mkdir(config.logDirectory);
      const { podSandboxId } = await this.#channel.unary(method.runPodSandbox, {
        config: toPodSandboxConfig(config),
        runtimeHandler: config.runtimeHandler ?? "",
      });
      const status = await this.sandboxStatus(podSandboxId);
      if (!status) throw new Error("The sandbox ended as soon as it was made");
      return status;
    });
  }

  async stopSandbox(id: string): Promise<void> {
    await unlessGone(
      this.#channel.unary(method.stopPodSandbox, { podSandboxId: id }),
    );
  }

  async removeSandbox(id: string): Promise<void> {
    const before = await this.sandboxStatus(id);
    if (!before) return;
    for (const container of before.containers) {
      await this.removeContainer(container.id);
    }
    await unlessGone(
      this.#channel.unary(method.removePodSandbox, { podSandboxId: id }),
    );
    // The runtime leaves the parent to whoever chose it; rmdir keeps one that is in use.
    await removeCgroups(this.#host, [defaultCgroupParent(before.uid)]);
  }

  async sandboxPlace(id: string): Promise<SandboxPlace | undefined> {
    const { criSandboxPlace } = await import("./sandbox_place.ts");
    return await criSandboxPlace(this.#channel, id);
  }

  imageStatus(
    image: string,
  ): ReturnType<Runtime["imageStatus"]> {
    return this.images.status(image);
  }

  async pullImage(image: string, options: {
    auth?: { username: string; password: string };
    signal: AbortSignal;
  }): Promise<{ imageRef: string }> {
    const own = await this.#beforePull?.(image);
    const auth = options.auth ?? own;
    return await this.images.pull(image, { ...options, ...auth && { auth } });
  }

  listImages(): ReturnType<Images["list"]> {
    return this.images.list();
  }

  removeImage(id: string): Promise<void> {
    return this.images.remove(id);
  }

  async createContainer(
    sandbox: { id: string; config: SandboxConfig },
    config: ContainerConfig,
  ): Promise<string> {
    return await explained("CreateContainerError", async () => {
      // The runtime makes the file, its caller the folder.
      const logs = `${sandbox.config.logDirectory}/${config.name}`;
      await this.#host.disk.mkdir(logs);
      try {
        const request = {
          podSandboxId: sandbox.id,
          config: toContainerConfig(sandbox.config, config),
          sandboxConfig: toPodSandboxConfig(sandbox.config),
        };
        const made = await this.#channel.unary(method.createContainer, request);
        return made.containerId;
      } catch (error) {
        await this.#removeIfEmpty(logs);
        if (!(error instanceof GrpcError)) throw error;
        throw new GrpcError(error.code, withHint(error.message), {
          cause: error,
        });
      }
    });
  }

  async startContainer(id: string): Promise<void> {
    await explained("RunContainerError", async () => {
      try {
        await this.#channel.unary(method.startContainer, { containerId: id });
      } catch (error) {
        // Refused for one that runs already: then all is as it should be.
        const status = await this.containerStatus(id).catch(() => undefined);
        if (status?.state !== "running") throw error;
      }
    });
  }

  async stopContainer(
    id: string,
    graceMs: number,
    { stopSignal }: { stopSignal?: string } = {},
  ): Promise<void> {
    const isSent = stopSignal !== undefined &&
      await this.#stopBySignal({ id, stopSignal, graceMs });
    const seconds = isSent ? 0 : Math.max(0, Math.ceil(graceMs / 1000));
    await unlessGone(
      this.#channel.unary(method.stopContainer, {
        containerId: id,
        timeout: BigInt(seconds),
      }, { timeoutMs: seconds * 1000 + STOP_MARGIN_MS }),
    );
  }

  async removeContainer(id: string): Promise<void> {
    const log = await this.#view.logPath(id);
    await unlessGone(
      this.#channel.unary(method.removeContainer, { containerId: id }),
    );
    if (log) await this.#removeLogs(log);
  }

  async recursiveReadOnly(): Promise<boolean> {
    const { runtimeHandlers } = await this.#channel.unary(method.status, {});
    return runtimeHandlers.length > 0 &&
      runtimeHandlers.every(({ features }) =>
        features?.recursiveReadOnlyMounts ?? false
      );
  }

  async mountImage(imageRef: string, folder: string): Promise<void> {
    if (!this.#imageMounts) {
      throw new Error(
        'Cannot mount an image: there is no client "ctr" for this runtime',
      );
    }
    await this.#imageMounts.mount(imageRef, folder);
  }

  async releaseImage(folder: string): Promise<void> {
    await this.#imageMounts?.release(folder);
  }

  containerStatus(id: string): Promise<ContainerStatus | undefined> {
    return this.#view.container(id);
  }

  onChange(listener: (sandboxId: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  onAway(listener: () => void): Disposable {
    this.#away.add(listener);
    return { [Symbol.dispose]: () => void this.#away.delete(listener) };
  }

  containerUsage(): Promise<ContainerUsage[]> {
    return criContainerUsage(this.#channel);
  }

  imageFileSystem(): Promise<ImageFileSystem | undefined> {
    return criImageFileSystem(this.#channel);
  }

  async *logs(id: string, options: {
    follow: boolean;
    since?: number;
    tailLines?: number;
    signal: AbortSignal;
  }): AsyncGenerator<LogEntry> {
    const path = await this.#view.logPath(id);
    if (!path) throw new Error(`Cannot read logs: no container "${id}"`);
    yield* followLog(this.#host.disk, path, {
      ...options,
      isRunning: async () => {
        const status = await this.containerStatus(id);
        return status?.state === "running" || status?.state === "created";
      },
      onEnd: (wake) => this.onChange(wake),
    });
  }

  async exec(id: string, request: ExecRequest): Promise<ExecResult> {
    const { criExec } = await sessions();
    return await criExec(this.#ends, id, request);
  }

  async execSync(
    id: string,
    request: ExecSyncRequest,
  ): Promise<ExecSyncResult> {
    const { criExecSync } = await sessions();
    return await criExecSync(this.#ends, id, request);
  }

  async attach(id: string, streams: SessionStreams): Promise<void> {
    const { criAttach } = await sessions();
    await criAttach(this.#ends, id, streams);
  }

  async portForward(
    sandboxId: string,
    port: number,
    { signal }: { signal: AbortSignal },
  ): Promise<PortConnection> {
    const { criPortForward } = await sessions();
    return await criPortForward(this.#ends, sandboxId, { port, signal });
  }

  /** Answers whether the signal was sent and waited for. */
  async #stopBySignal(
    wish: { id: string; stopSignal: string; graceMs: number },
  ): Promise<boolean> {
    try {
      return await stopBySignal(this.#host, {
        channel: this.#channel,
        onChange: (listener) => this.onChange(listener),
      }, wish);
    } catch (error) {
      if (isGrpc(error, "NotFound")) return false;
      throw error;
    }
  }

  /** Images that were imported beside the CRI are known to it a moment later. */
  async waitForImages(names: readonly string[]): Promise<void> {
    const { clock } = this.#host;
    const deadline = clock.monotonicMs() + IMPORT_SETTLE_MS;
    for (const name of names) {
      while (!await this.imageStatus(name)) {
        if (clock.monotonicMs() > deadline) {
          throw new Error(`Cannot use "${name}": the runtime does not list it`);
        }
        await clock.sleep(10);
      }
    }
  }

  /** Rotates the logs that have grown too big; done by itself from time to time. Answers when it should be done again, in milliseconds. */
  async rotateLogs(rotator = this.#logs): Promise<number> {
    const logs = await this.#view.runningLogs();
    return await rotator.look(logs.map(({ id, path }) => ({
      path,
      reopen: async () => {
        await this.#channel.unary(method.reopenContainerLog, {
          containerId: id,
        });
      },
    })));
  }

  /** Stops every sandbox that the agent made. What it leaves (exit codes, logs) stays, as after a reboot. */
  async stopAll(): Promise<void> {
    const sandboxes = await this.listSandboxes();
    await Promise.all(sandboxes.map(({ id }) => this.stopSandbox(id)));
    // Nobody else knows of these groups once the sandboxes' bundles are gone.
    await removeCgroups(
      this.#host,
      sandboxes.map(({ uid }) => defaultCgroupParent(uid)),
    );
  }

  /** Stops and removes every sandbox that the agent made. */
  async removeAll(): Promise<void> {
    await Promise.all((await this.#view.ids()).map(async (id) => {
      await this.stopSandbox(id);
      await this.removeSandbox(id);
    }));
  }

  /** Lets go of the runtime; pods go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#logCheck?.cancel();
    this.#feed[Symbol.dispose]();
    this.#listeners.clear();
    this.#away.clear();
    await this.#channel[Symbol.asyncDispose]();
  }

  get #ends(): CriSessionsOptions {
    return {
      channel: this.#channel,
      host: this.#host,
      commands: this.#commands,
    };
  }

  async #tell(id: string | undefined): Promise<void> {
    if (this.#listeners.size === 0) return;
    const ids = id === undefined ? await this.#view.ids() : [id];
    for (const one of ids) {
      for (const listener of this.#listeners) listener(one);
    }
  }

  /** Sizes are looked at now and then: asking the disk costs nothing, watching every write of every container would. */
  #checkLogsLater(ms = FIRST_LOG_CHECK_MS): void {
    if (this.#isDisposed) return;
    this.#logCheck = this.#host.clock.after(
      ms,
      () =>
        void this.rotateLogs().catch((error) => {
          this.#host.log("warn", "Cannot rotate container logs", { error });
          return LOG_RETRY_MS;
        }).then((nextMs) => this.#checkLogsLater(nextMs)),
    );
  }

  /** The log file and its rotated predecessors. */
  async #removeLogs(path: string): Promise<void> {
    const { disk } = this.#host;
    const folder = dirname(path);
    for (const name of await disk.list(folder).catch(() => [])) {
      if (`${folder}/${name}`.startsWith(path)) {
        await disk.remove(`${folder}/${name}`);
      }
    }
    await this.#removeIfEmpty(folder);
  }

  async #removeIfEmpty(folder: string): Promise<void> {
    const { disk } = this.#host;
    const left = await disk.list(folder).catch(() => undefined);
    if (left?.length === 0) await disk.remove(folder);
  }

  /** The socket answers before the CRI part has loaded its containers. */
  async #waitUntilInitialized(): Promise<void> {
    const { clock } = this.#host;
    const deadline = clock.monotonicMs() + INIT_LIMIT_MS;
    for (let pauseMs = 5;; pauseMs = Math.min(2 * pauseMs, 200)) {
      try {
        await this.#channel.unary(method.status, {});
        return;
      } catch (error) {
        const starting = error instanceof GrpcError &&
          error.message.includes("not initialized");
        if (!starting || clock.monotonicMs() > deadline) throw error;
      }
      await clock.sleep(pauseMs);
    }
  }
}

/** Most nodes rest most of the time: what sessions need is loaded with the first. */
function sessions(): Promise<typeof import("./cri_sessions.ts")> {
  return import("./cri_sessions.ts");
}

/** Gives the runtime's error the reason that Kubernetes shows for this step. */
async function explained<T>(
  reason: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new RuntimeError(reason, message, { cause: error });
  }
}

/** What is gone already needs no stopping or removing. */
async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isGrpc(error, "NotFound")) throw error;
  }
}
