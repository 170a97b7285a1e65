/**
 * A {@linkcode Runtime} that runs each container as one process of an {@linkcode Engine}, in the pod's network namespace and a cgroup of its own.
 *
 * Nothing lives in this object that is not in files: see `records.ts`, and `supervisor.ts` for what happens while no agent is there.
 *
 * @module
 */
import { encodeHex } from "../../../src/base/bytes.ts";
import type { Host } from "../../../src/base/host.ts";
import { keepFile } from "../../../src/base/keep_file.ts";
import { newSandboxId, type PodNetwork } from "../../network/pod_network.ts";
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
  PortConnection,
  SessionStreams,
} from "../sessions.ts";
import type { ContainerPlace } from "../usage.ts";
import {
  cgroupPlan,
  type CgroupVersion,
  cgroupVersion,
  removeCgroups,
} from "./cgroup.ts";
import { containerLogs } from "./container_logs.ts";
import { ContainerProcess } from "./container_process.ts";
import type { ContainerRecord, SandboxRecord } from "./container_record.ts";
import type { Engine } from "./engine.ts";
import { ExitWatch } from "./exit_watch.ts";
import { GuestRoots } from "./guest_root.ts";
import { planLaunch, prepareLaunch, superviseMounts } from "./launch_plan.ts";
import { logNames, ROTATED_SUFFIX } from "./log_names.ts";
import { nativeProgram } from "./native_programs.ts";
import {
  attachToProcess,
  dialPod,
  execInProcess,
  Inputs,
  noCommand,
  refuseTerminal,
} from "./process_sessions.ts";
import { Records } from "./records.ts";
import { guestUser } from "./user.ts";

/** What a {@linkcode ProcessRuntime} works with. */
export interface ProcessRuntimeOptions {
  /** Folder of its own, below the agent's data folder. */
  readonly dir: string;
  readonly engine: Engine;
  readonly network: PodNetwork;
}

type RuntimeHost = Pick<
  Host,
  "disk" | "net" | "processes" | "clock" | "random" | "crypto" | "spawn" | "log"
>;

/** The supervisors' program. */
const SUPERVISOR_NAME = "supervise";

/** The program that writes logs. */
const LOG_WRITER_NAME = "log-writer";

/** Where the containers' cgroups of a runtime with this folder go when the caller names no parent. */
export function ownCgroups(host: Pick<Host, "crypto">, dir: string): string {
  return `/wherry-${encodeHex(host.crypto.sha256(dir)).slice(0, 12)}`;
}

interface Parts extends ProcessRuntimeOptions {
  readonly host: RuntimeHost;
  readonly records: Records;
  readonly exits: ExitWatch;
  readonly bootId: string;
  readonly cgroups: CgroupVersion;
  readonly roots?: GuestRoots;
}

/** See the module. */
export class ProcessRuntime implements Runtime {
  /** @inheritDoc */
  readonly name: string;
  readonly #parts: Parts;
  /** Sandboxes whose network is as it was made; checked when the runtime is opened. */
  readonly #alive = new Set<string>();
  readonly #inputs = new Inputs();
  /** Calls that are under way, so that a second one waits for the first instead of doing it again. */
  readonly #running = new Map<string, Promise<void>>();

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.name = parts.engine.name;
  }

  /** Takes over what earlier agents left. Call `network.configure` first where the range is known. */
  static async open(
    host: RuntimeHost,
    options: ProcessRuntimeOptions,
  ): Promise<ProcessRuntime> {
    const exitsDir = `${options.dir}/exits`;
    await host.disk.mkdir(exitsDir);
    // What runs keeps the file that it began with.
    for (
      const [name, program] of [
        [SUPERVISOR_NAME, "supervise"],
        [LOG_WRITER_NAME, "log_writer"],
      ] as const
    ) {
      await keepFile(
        host.disk,
        `${options.dir}/${name}`,
        nativeProgram(program, host.processes.arch),
        { mode: 0o755, sync: false },
      );
    }
    const records = await Records.open(host, options.dir);
    const runtime = new ProcessRuntime({
      ...options,
      host,
      records,
      exits: new ExitWatch(host, exitsDir),
      bootId: (await host.disk.readText("/proc/sys/kernel/random/boot_id"))
        .trim(),
      ...(options.engine.wantsRoot &&
        { roots: await GuestRoots.open(host, options.dir) }),
      cgroups: await cgroupVersion(
        host,
        `${ownCgroups(host, options.dir)}.probe`,
      ),
    });
    if (host.processes.uid === 0 && !runtime.#parts.cgroups) {
      host.log(
        "warn",
        "No cgroups to be had: limits are the engine's own only",
      );
    }
    await runtime.#adopt();
    return runtime;
  }

  /** @inheritDoc */
  status(): ReturnType<Runtime["status"]> {
    return this.#parts.engine.status();
  }

  /** @inheritDoc */
  listSandboxes(): Promise<readonly SandboxStatus[]> {
    const records = [...this.#parts.records.sandboxes.values()];
    return Promise.all(records.map((record) => this.#sandboxStatus(record)));
  }

  /** @inheritDoc */
  async sandboxStatus(id: string): Promise<SandboxStatus | undefined> {
    const record = this.#parts.records.sandboxes.get(id);
    return record && await this.#sandboxStatus(record);
  }

  /** @inheritDoc */
  async runSandbox(config: SandboxConfig): Promise<SandboxStatus> {
    const { host, network, records, bootId } = this.#parts;
    const [sysctl] = Object.keys(config.sysctls ?? {});
    if (sysctl !== undefined) {
      throw new RuntimeError(
        "CreatePodSandboxError",
        `Can not set the kernel parameter "${sysctl}": the runtime "${this.name}" sets none, leave sysctls out`,
      );
    }
    const isOwn = !config.hostNetwork && !config.joins;
    const ready = isOwn ? network.takeId?.() : undefined;
    const id = ready ?? newSandboxId(host.random);
    try {
      const place = isOwn ? await network.add(id) : config.joins ?? { ips: [] };
      const record: SandboxRecord = {
        id,
        config,
        createdAt: host.clock.now(),
        bootId,
        stopped: false,
        ...place,
      };
      try {
        await records.putSandbox(record);
      } catch (error) {
        // The next try has another id: on a full disk, each would cost an address.
        if (isOwn) await network.release(id);
        throw error;
      }
      this.#alive.add(id);
      return await this.#sandboxStatus(record);
    } catch (error) {
      throw new RuntimeError(
        "CreatePodSandboxError",
        (error as Error).message,
        { cause: error },
      );
    }
  }

  /** @inheritDoc */
  async stopSandbox(id: string): Promise<void> {
    const { records, network } = this.#parts;
    const record = records.sandboxes.get(id);
    if (!record || record.stopped) return;
    await Promise.all(
      records.containersOf(id).map((one) => this.stopContainer(one.id, 0)),
    );
    await this.#removeSandboxCgroups(record);
    const { hostNetwork, joins } = record.config;
    if (!hostNetwork && !joins) await network.release(id);
    await records.putSandbox({ ...record, stopped: true });
    this.#alive.delete(id);
  }

  /** @inheritDoc */
  async removeSandbox(id: string): Promise<void> {
    const { records } = this.#parts;
    const record = records.sandboxes.get(id);
    if (!record) return;
    await this.stopSandbox(id);
    for (const { id: containerId } of records.containersOf(id)) {
      await this.removeContainer(containerId);
    }
    await this.#removeSandboxCgroups(record);
    await records.dropSandbox(id);
  }

  /** @inheritDoc */
  sandboxPlace(id: string): Promise<SandboxPlace | undefined> {
    const record = this.#parts.records.sandboxes.get(id);
    if (!record || !this.#alive.has(id)) return Promise.resolve(undefined);
    const { ips, netns } = record;
    return Promise.resolve({ ips, ...(netns !== undefined && { netns }) });
  }

  /** @inheritDoc */
  imageStatus(image: string): ReturnType<Runtime["imageStatus"]> {
    return this.#parts.engine.imageStatus(image);
  }

  /** @inheritDoc */
  async pullImage(
    image: string,
    options: Parameters<Runtime["pullImage"]>[1],
  ): ReturnType<Runtime["pullImage"]> {
    await this.#tellPayloads();
    return await this.#parts.engine.pullImage(image, options);
  }

  /** @inheritDoc */
  listImages(): ReturnType<Runtime["listImages"]> {
    return this.#parts.engine.listImages();
  }

  /** @inheritDoc */
  async removeImage(id: string): Promise<void> {
    await this.#tellPayloads();
    await this.#parts.engine.removeImage?.(id);
  }

  /** @inheritDoc */
  onAway(listener: () => void): Disposable {
    return this.#parts.engine.onAway?.(listener) ?? { [Symbol.dispose]() {} };
  }

  /** @inheritDoc */
  async createContainer(
    sandbox: { readonly id: string; readonly config: SandboxConfig },
    config: ContainerConfig,
  ): Promise<string> {
    const { host, records, cgroups } = this.#parts;
    const owner = records.sandboxes.get(sandbox.id);
    if (!owner || owner.stopped) {
      throw new RuntimeError(
        "CreateContainerError",
        `Can not create container "${config.name}": sandbox "${sandbox.id}" is not running`,
      );
    }
    if (config.targetId !== undefined) {
      throw new RuntimeError(
        "CreateContainerError",
        `Can not create container "${config.name}": containers of the runtime "${this.name}" have no processes that another could see, leave targetContainerName out`,
      );
    }
    const id = encodeHex(host.random.bytes(16));
    const folder = records.folderOf(id);
    guestUser(config, host.processes.uid); // a wish that cannot be met is told now
    refuseTerminal(config, this.name);
    const plan = await planLaunch(this.#parts, {
      config,
      owner,
      folder,
      hasCgroups: cgroups !== undefined,
    });
    const logFolder = `${owner.config.logDirectory}/${config.name}`;
    try {
      const logs = host.disk.mkdir(logFolder);
      logs.catch(() => {}); // told below
      await prepareLaunch(host, plan, { folder, dns: owner.config.dns });
      await logs;
      await records.putContainer({
        id,
        sandboxId: owner.id,
        config,
        createdAt: host.clock.now(),
        ...plan,
        cgroupPath: `${
          owner.config.cgroupParent ??
            `${ownCgroups(host, this.#parts.dir)}/${owner.id}`
        }/${id}`,
        logFolder,
      });
    } catch (error) {
      await records.dropContainer(id);
      throw error;
    }
    return id;
  }

  /** @inheritDoc */
  async startContainer(id: string): Promise<void> {
    await this.#once(`start ${id}`, () => this.#start(this.#container(id)));
  }

  /** @inheritDoc */
  async stopContainer(
    id: string,
    graceMs: number,
    { stopSignal }: { readonly stopSignal?: string } = {},
  ): Promise<void> {
    const record = this.#parts.records.containers.get(id);
    if (record) await this.#process(record).stop(graceMs, stopSignal);
  }

  /** @inheritDoc */
  async removeContainer(id: string): Promise<void> {
    await this.#once(`remove ${id}`, async () => {
      const { host, records } = this.#parts;
      const record = records.containers.get(id);
      if (!record) return;
      await this.stopContainer(id, 0);
      const names = Object.values(logNames(record.config.attempt));
      await Promise.all(
        names.flatMap((name) => [name, name + ROTATED_SUFFIX, `.${name}.first`])
          .map((file) => host.disk.remove(`${record.logFolder}/${file}`)),
      );
      // The supervisor did that if it lived to see the end.
      await removeCgroups(host, this.#parts.cgroups, [record.cgroupPath]);
      await records.dropContainer(id);
    });
  }

  /** @inheritDoc */
  async containerStatus(id: string): Promise<ContainerStatus | undefined> {
    const record = this.#parts.records.containers.get(id);
    return record && await this.#process(record).status();
  }

  /** @inheritDoc */
  onChange(listener: (sandboxId: string) => void): Disposable {
    return this.#parts.exits.on((containerId) => {
      const record = this.#parts.records.containers.get(containerId);
      if (record) listener(record.sandboxId);
    });
  }

  /** @inheritDoc */
  async containerPlace(id: string): Promise<ContainerPlace | undefined> {
    const { records, cgroups } = this.#parts;
    const record = records.containers.get(id);
    const state = record && await this.#process(record).state();
    if (state?.kind !== "running") return undefined;
    return {
      pid: state.process.pid,
      ...(cgroups && { cgroupPath: record!.cgroupPath }),
    };
  }

  /** @inheritDoc */
  logs(
    id: string,
    options: Parameters<Runtime["logs"]>[1],
  ): AsyncIterable<LogEntry> {
    return this.#logs(id, options);
  }

  #logs(
    id: string,
    options: Parameters<Runtime["logs"]>[1],
    onBegin?: () => void,
  ): AsyncIterable<LogEntry> {
    const record = this.#container(id);
    const process = this.#process(record);
    return containerLogs(this.#parts.host, {
      folder: record.logFolder,
      attempt: record.config.attempt,
      options,
      ...(onBegin && { onBegin }),
      hasEnded: () => process.hasEnded(),
      onExit: (heard) =>
        this.#parts.exits.on((containerId) => {
          if (containerId === id) heard();
        }),
    });
  }

  /** @inheritDoc */
  async exec(id: string, request: ExecRequest): Promise<ExecResult> {
    const record = this.#container(id);
    return await execInProcess(this.#parts.host, {
      engine: this.name,
      record,
      process: this.#process(record),
      folder: this.#parts.records.folderOf(id),
      exits: this.#parts.exits,
    }, request);
  }

  /** @throws {Error} always: there is no other program in the container */
  execSync(): Promise<never> {
    return Promise.reject(noCommand(this.name));
  }

  /** @inheritDoc */
  attach(id: string, streams: SessionStreams): Promise<void> {
    const { disk } = this.#parts.host;
    const { config } = this.#container(id);
    return attachToProcess({ disk }, {
      process: this.#process(this.#container(id)),
      config,
      inputs: this.#inputs,
      follow: (signal, onBegin) =>
        this.#logs(id, { follow: true, tailLines: 0, signal }, onBegin),
    }, streams);
  }

  /** @inheritDoc */
  async portForward(
    sandboxId: string,
    port: number,
    options: { signal: AbortSignal },
  ): Promise<PortConnection> {
    const { ips } = this.#parts.records.sandboxes.get(sandboxId) ?? {};
    if (!ips) throw new Error(`There is no sandbox "${sandboxId}"`);
    const hostname = ips[0] ?? "127.0.0.1";
    return await dialPod(this.#parts.host, { hostname, port }, options);
  }

  /** Stops looking; what runs goes on. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#parts.engine.close?.();
    this.#parts.exits[Symbol.dispose]();
    return Promise.resolve();
  }

  /** Sorts out what still stands after however long nobody looked. */
  async #adopt(): Promise<void> {
    const { records, network, bootId } = this.#parts;
    for (const record of records.sandboxes.values()) {
      const { id, stopped, bootId: madeIn } = record;
      if (stopped || madeIn !== bootId) continue;
      if (await this.#hasNetwork(record)) this.#alive.add(id);
    }
    await network.cleanup(new Set(records.sandboxes.keys()));
    await this.#tellPayloads();
  }

  async #hasNetwork({ id, config, netns }: SandboxRecord): Promise<boolean> {
    const { host, network } = this.#parts;
    if (config.hostNetwork) return true;
    if (!config.joins) return await network.isAlive(id);
    return netns === undefined ||
      await host.disk.stat(netns).then(() => true, () => false);
  }

  /** What containers use is not the engine's to remove. */
  async #tellPayloads(): Promise<void> {
    const { engine, records } = this.#parts;
    const payloads = [...records.containers.values()]
      .map(({ launch }) => launch.payload);
    await engine.removeUnused(new Set(payloads));
  }

  async #start(record: ContainerRecord): Promise<void> {
    const { host, records, dir, cgroups, roots } = this.#parts;
    const sandbox = records.sandboxes.get(record.sandboxId);
    if (!sandbox || !this.#alive.has(sandbox.id)) {
      throw new RuntimeError(
        "RunContainerError",
        `Can not start container "${record.config.name}": its sandbox is not running`,
      );
    }
    const { config, launch } = record;
    const user = guestUser(config, host.processes.uid);
    const cgroup = cgroupPlan(cgroups, record.cgroupPath, config.resources);
    await this.#process(record).start({
      supervisor: `${dir}/${SUPERVISOR_NAME}`,
      exitsDir: `${dir}/exits`,
      containerId: record.id,
      program: launch.program,
      payload: launch.payload,
      args: launch.args,
      ...superviseMounts(record, {
        folder: records.folderOf(record.id),
        ...(roots && { rootLauncher: roots.program }),
      }),
      ...(launch.banner === undefined ? {} : { banner: launch.banner }),
      logWriter: `${dir}/${LOG_WRITER_NAME}`,
      log: { folder: record.logFolder, attempt: config.attempt },
      ...(sandbox.netns ? { netns: sandbox.netns } : {}),
      ...(cgroup ? { cgroup } : {}),
      ...(config.stdin ? { hasInput: true } : {}),
      ...(user ? { user, oomScoreAdj: config.resources.oomScoreAdj ?? 0 } : {}),
    });
  }

  async #sandboxStatus(record: SandboxRecord): Promise<SandboxStatus> {
    const { id, config, createdAt, ips } = record;
    const containers = this.#parts.records.containersOf(id);
    return {
      id,
      name: config.name,
      namespace: config.namespace,
      uid: config.uid,
      attempt: config.attempt,
      state: this.#alive.has(id) ? "ready" : "notready",
      createdAt,
      ips,
      labels: config.labels,
      annotations: config.annotations,
      containers: await Promise.all(
        containers.map((one) => this.#process(one).status()),
      ),
    };
  }

  #container(id: string): ContainerRecord {
    const record = this.#parts.records.containers.get(id);
    if (record) return record;
    throw new RuntimeError(
      "RunContainerError",
      `There is no container "${id}"`,
    );
  }

  #process(record: ContainerRecord): ContainerProcess {
    const { host, bootId, exits, records } = this.#parts;
    const folder = records.folderOf(record.id);
    return new ContainerProcess(record, { host, bootId, exits, folder });
  }

  /**
   * The containers' groups and those above them, where they are ours. They stay while others are in them. A supervisor removes its container's group, but
   * one that was killed left it, and one that has just told of the end is still at it.
   */
  async #removeSandboxCgroups({ id, config }: SandboxRecord): Promise<void> {
    if (config.cgroupParent) return;
    const { host, cgroups, dir, records } = this.#parts;
    const own = ownCgroups(host, dir);
    await removeCgroups(host, cgroups, [
      ...records.containersOf(id).map(({ cgroupPath }) => cgroupPath),
      `${own}/${id}`,
      own,
    ]);
  }

  async #once(key: string, work: () => Promise<void>): Promise<void> {
    let running = this.#running.get(key);
    if (!running) {
      running = work().finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    await running;
  }
}
