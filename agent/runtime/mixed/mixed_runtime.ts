/**
 * A {@linkcode Runtime} for pods whose containers are run by different engines.
 *
 * One engine makes the pod's sandbox: containerd where one of the containers is its, for nobody else can put a container into a sandbox that is there.
 * This is the base, and its id the pod's sandbox' id. Each other engine keeps a sandbox of its own that has joined the base: the same network namespace
 * and addresses, the same control group of the pod, and nothing else. They are made with the first container that needs one.
 *
 * ```text
 *   the pod's sandbox = base (containerd: pause, network)  ── container ── container
 *                        ├─ joined (wasmtime)              ── process
 *                        └─ joined (deno)                  ── process
 * ```
 *
 * Nothing is kept here that the engines do not keep: what belongs together says a mark on the sandboxes.
 *
 * @module
 */
import {
  type ContainerConfig,
  type ContainerStatus,
  type LogEntry,
  type NodeImage,
  type Runtime,
  RuntimeError,
  type SandboxConfig,
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
import type { ContainerPlace, ContainerUsage } from "../usage.ts";
import { markOf, withMark } from "./sandbox_mark.ts";

/** Engines whose sandboxes can join no other, so that they have to be the base. */
const BASES: readonly string[] = ["containerd", "fake"];

/** A sandbox, and whose it is. */
export interface FoundSandbox {
  readonly runtime: Runtime;
  readonly sandbox: SandboxStatus;
}

/** Where the parts of a pod's sandbox are. */
interface Parts {
  /** Absent when a removal was broken off after it. */
  base: Runtime | undefined;
  /** Ids of what joined it. */
  readonly joined: Map<Runtime, string>;
}

/** See the module. */
export class MixedRuntime implements Runtime {
  /** @inheritDoc */
  readonly name = "mixed";
  readonly #engines: readonly Runtime[];
  /** By the base's id. */
  readonly #parts = new Map<string, Parts>();
  /** The base's id by that of each part. */
  readonly #bases = new Map<string, string>();
  /** By container: its engine, and the base's id. */
  readonly #owners = new Map<string, { engine: Runtime; baseId: string }>();
  /** Joins that are under way. */
  readonly #joining = new Map<string, Promise<string>>();

  /** @param engines those of the node; they are closed by whoever opened them */
  constructor(engines: readonly Runtime[]) {
    this.#engines = engines;
  }

  /** @inheritDoc */
  async status(): ReturnType<Runtime["status"]> {
    const told = await Promise.all(this.#engines.map((one) => one.status()));
    return {
      ready: told.every(({ ready }) => ready),
      version: told.map(({ version }) => version).join(" "),
    };
  }

  /**
   * Takes over what earlier agents left: of all sandboxes of the engines those that are parts of mixed pods, put together. Answers them with the
   * others, which stay as they are.
   */
  adopt(found: readonly FoundSandbox[]): FoundSandbox[] {
    const others: FoundSandbox[] = [];
    const mine = new Map<string, FoundSandbox[]>();
    for (const one of found) {
      const mark = markOf(one.sandbox);
      if (!mark) {
        others.push(one);
        continue;
      }
      const id = mark.isBase ? one.sandbox.id : mark.baseId;
      const parts = this.#partsAt(id);
      if (mark.isBase) parts.base = one.runtime;
      else parts.joined.set(one.runtime, one.sandbox.id);
      this.#bases.set(one.sandbox.id, id);
      const all = mine.get(id) ?? [];
      // The base first.
      mine.set(id, mark.isBase ? [one, ...all] : [...all, one]);
    }
    const whole = [...mine].map(([id, all]) => ({
      runtime: this,
      sandbox: this.#together(id, all),
    }));
    return [...others, ...whole];
  }

  /** @inheritDoc */
  async listSandboxes(): Promise<readonly SandboxStatus[]> {
    const lists = await Promise.all(
      this.#engines.map(async (runtime) =>
        (await runtime.listSandboxes()).map((sandbox) => ({ runtime, sandbox }))
      ),
    );
    return this.adopt(lists.flat())
      .filter(({ runtime }) => runtime === this)
      .map(({ sandbox }) => sandbox);
  }

  /** @inheritDoc */
  async sandboxStatus(id: string): Promise<SandboxStatus | undefined> {
    const parts = this.#parts.get(id);
    if (!parts) return undefined;
    const all = [
      ...parts.base ? [[parts.base, id] as const] : [],
      ...parts.joined,
    ];
    const found: FoundSandbox[] = [];
    for (const [runtime, partId] of all) {
      const sandbox = await runtime.sandboxStatus(partId);
      if (sandbox) found.push({ runtime, sandbox });
    }
    return found.length > 0 ? this.#together(id, found) : undefined;
  }

  /** @inheritDoc */
  async runSandbox(config: SandboxConfig): Promise<SandboxStatus> {
    const { engines = {}, ...rest } = config;
    const names = new Set(Object.values(engines));
    for (const name of names) this.#engine(name, "CreatePodSandboxError");
    const base = [...BASES, ...this.#engines.map(({ name }) => name)]
      .find((name) => names.has(name));
    if (base === undefined) {
      throw new RuntimeError(
        "CreatePodSandboxError",
        "Can not make the pod's sandbox: none of its containers has an engine",
      );
    }
    const runtime = this.#engine(base, "CreatePodSandboxError");
    const sandbox = await runtime.runSandbox(withMark(rest));
    this.#partsAt(sandbox.id).base = runtime;
    this.#bases.set(sandbox.id, sandbox.id);
    return this.#together(sandbox.id, [{ runtime, sandbox }]);
  }

  /** @inheritDoc */
  async stopSandbox(id: string): Promise<void> {
    const parts = this.#parts.get(id);
    if (!parts) return;
    // What joined it is on its network.
    await Promise.all(
      [...parts.joined].map(([runtime, part]) => runtime.stopSandbox(part)),
    );
    await parts.base?.stopSandbox(id);
  }

  /** @inheritDoc */
  async removeSandbox(id: string): Promise<void> {
    const parts = this.#parts.get(id);
    if (!parts) return;
    await this.stopSandbox(id);
    for (const [runtime, part] of parts.joined) {
      await runtime.removeSandbox(part);
      parts.joined.delete(runtime);
      this.#bases.delete(part);
    }
    await parts.base?.removeSandbox(id);
    this.#bases.delete(id);
    this.#parts.delete(id);
    for (const [container, { baseId }] of this.#owners) {
      if (baseId === id) this.#owners.delete(container);
    }
  }

  /** As the first of the engines that knows the image. Containers' images are asked for at their own engine. */
  async imageStatus(image: string): ReturnType<Runtime["imageStatus"]> {
    for (const engine of this.#engines) {
      const found = await engine.imageStatus(image).catch(() => undefined);
      if (found) return found;
    }
    return undefined;
  }

  /** By the first of the engines that can. */
  async pullImage(
    image: string,
    options: Parameters<Runtime["pullImage"]>[1],
  ): Promise<{ readonly imageRef: string }> {
    const errors: unknown[] = [];
    for (const engine of this.#engines) {
      try {
        return await engine.pullImage(image, options);
      } catch (error) {
        errors.push(error);
      }
    }
    throw errors[0] ??
      new RuntimeError("ErrImagePull", `No engine could pull "${image}"`);
  }

  /** @inheritDoc */
  async listImages(): Promise<readonly NodeImage[]> {
    const lists = await Promise.all(
      this.#engines.map((engine) => engine.listImages()),
    );
    return lists.flat();
  }

  /** @inheritDoc */
  async createContainer(
    sandbox: { readonly id: string; readonly config: SandboxConfig },
    config: ContainerConfig,
  ): Promise<string> {
    const { engines = {}, ...sandboxConfig } = sandbox.config;
    const reason = "CreateContainerError";
    const engine = this.#engine(engines[config.name] ?? "", reason);
    const parts = this.#parts.get(sandbox.id);
    if (!parts?.base) {
      throw new RuntimeError(
        reason,
        `Can not create container "${config.name}": sandbox "${sandbox.id}" is not running`,
      );
    }
    if (config.targetId !== undefined) {
      const target = await this.#ownerOf(config.targetId);
      if (target !== engine) {
        throw new RuntimeError(
          reason,
          `Can not create container "${config.name}": the container whose processes it is to see is run by another engine, leave targetContainerName out`,
        );
      }
    }
    const id = engine === parts.base
      ? await engine.createContainer({
        id: sandbox.id,
        config: withMark(sandboxConfig),
      }, config)
      : await this.#createJoined(sandbox, { engine, base: parts.base, config });
    this.#owners.set(id, { engine, baseId: sandbox.id });
    return id;
  }

  /** @inheritDoc */
  async startContainer(id: string): Promise<void> {
    await (await this.#ownerOf(id, "RunContainerError")).startContainer(id);
  }

  /** @inheritDoc */
  async stopContainer(
    id: string,
    graceMs: number,
    options?: { readonly stopSignal?: string },
  ): Promise<void> {
    await (await this.#findOwner(id))?.stopContainer(id, graceMs, options);
  }

  /** @inheritDoc */
  async removeContainer(id: string): Promise<void> {
    await (await this.#findOwner(id))?.removeContainer(id);
    this.#owners.delete(id);
  }

  /** @inheritDoc */
  async containerStatus(id: string): Promise<ContainerStatus | undefined> {
    const owner = await this.#findOwner(id);
    const status = await owner?.containerStatus(id);
    return owner && status && this.#shown(owner, status);
  }

  /** @inheritDoc */
  onChange(listener: (sandboxId: string) => void): Disposable {
    const watched = this.#engines.map((engine) =>
      engine.onChange((id) => {
        const base = this.#bases.get(id);
        if (base !== undefined) listener(base);
      })
    );
    return {
      [Symbol.dispose]: () => {
        for (const one of watched) one[Symbol.dispose]();
      },
    };
  }

  /** @inheritDoc */
  async containerUsage(): Promise<readonly ContainerUsage[]> {
    const lists = await Promise.all(
      this.#engines.map((engine) => engine.containerUsage?.() ?? []),
    );
    return lists.flat();
  }

  /** @inheritDoc */
  async containerPlace(id: string): Promise<ContainerPlace | undefined> {
    return await (await this.#findOwner(id))?.containerPlace?.(id);
  }

  /** @inheritDoc */
  async *logs(
    id: string,
    options: Parameters<Runtime["logs"]>[1],
  ): AsyncIterable<LogEntry> {
    yield* (await this.#ownerOf(id)).logs(id, options);
  }

  /** @inheritDoc */
  async exec(id: string, request: ExecRequest): Promise<ExecResult> {
    return await (await this.#ownerOf(id)).exec(id, request);
  }

  /** @inheritDoc */
  async execSync(
    id: string,
    request: ExecSyncRequest,
  ): Promise<ExecSyncResult> {
    return await (await this.#ownerOf(id)).execSync(id, request);
  }

  /** @inheritDoc */
  async attach(id: string, streams: SessionStreams): Promise<void> {
    await (await this.#ownerOf(id)).attach(id, streams);
  }

  /** @inheritDoc */
  async portForward(
    sandboxId: string,
    port: number,
    options: { readonly signal: AbortSignal },
  ): Promise<PortConnection> {
    const base = this.#parts.get(sandboxId)?.base;
    if (!base) throw new Error(`There is no sandbox "${sandboxId}"`);
    return await base.portForward(sandboxId, port, options);
  }

  /** Nothing: the engines are others'. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  async #createJoined(
    sandbox: { readonly id: string; readonly config: SandboxConfig },
    { engine, base, config }: {
      readonly engine: Runtime;
      readonly base: Runtime;
      readonly config: ContainerConfig;
    },
  ): Promise<string> {
    const joins = await base.sandboxPlace?.(sandbox.id);
    if (!joins) {
      throw new RuntimeError(
        "CreateContainerError",
        `Can not create container "${config.name}": nobody tells where the network of sandbox "${sandbox.id}" is`,
      );
    }
    // What the base alone sets: its handler and the namespace's kernel parameters.
    const { engines: _, sysctls: __, runtimeHandler: ___, ...rest } =
      sandbox.config;
    const joined = { ...withMark(rest, sandbox.id), joins };
    const id = await this.#join(sandbox.id, { engine, config: joined });
    return await engine.createContainer({ id, config: joined }, config);
  }

  /** The id of what has joined; made by the first who asks. */
  async #join(
    baseId: string,
    { engine, config }: {
      readonly engine: Runtime;
      readonly config: SandboxConfig;
    },
  ): Promise<string> {
    const there = this.#parts.get(baseId)?.joined.get(engine);
    if (there !== undefined) return there;
    const key = `${engine.name} ${baseId}`;
    let joining = this.#joining.get(key);
    if (!joining) {
      joining = engine.runSandbox(config).then(({ id }) => {
        this.#partsAt(baseId).joined.set(engine, id);
        this.#bases.set(id, baseId);
        return id;
      }).finally(() => this.#joining.delete(key));
      this.#joining.set(key, joining);
    }
    return await joining;
  }

  #partsAt(id: string): Parts {
    const parts = this.#parts.get(id) ?? { base: undefined, joined: new Map() };
    this.#parts.set(id, parts);
    return parts;
  }

  /** Ready as long as all of it is. */
  #together(id: string, parts: readonly FoundSandbox[]): SandboxStatus {
    const [first] = parts;
    const hasBase = first!.sandbox.id === id;
    const isReady = hasBase &&
      parts.every(({ sandbox }) => sandbox.state === "ready");
    return {
      ...first!.sandbox,
      id,
      state: isReady ? "ready" : "notready",
      containers: parts.flatMap(({ runtime, sandbox }) =>
        sandbox.containers.map((one) => {
          this.#owners.set(one.id, { engine: runtime, baseId: id });
          return { ...this.#shown(runtime, one), sandboxId: id };
        })
      ).sort((a, b) => a.createdAt - b.createdAt),
    };
  }

  #shown(engine: Runtime, status: ContainerStatus): ContainerStatus {
    return {
      ...status,
      sandboxId: this.#bases.get(status.sandboxId) ?? status.sandboxId,
      engine: engine.name,
    };
  }

  #engine(name: string, reason: string): Runtime {
    const engine = this.#engines.find((one) => one.name === name);
    if (engine) return engine;
    throw new RuntimeError(
      reason,
      `This node has no runtime "${name}": it has ${
        this.#engines.map((one) => one.name).join(", ") || "none"
      }`,
    );
  }

  async #ownerOf(
    id: string,
    reason = "CreateContainerError",
  ): Promise<Runtime> {
    const owner = await this.#findOwner(id);
    if (owner) return owner;
    throw new RuntimeError(reason, `There is no container "${id}"`);
  }

  async #findOwner(id: string): Promise<Runtime | undefined> {
    const known = this.#owners.get(id);
    if (known) return known.engine;
    for (const engine of this.#engines) {
      const status = await engine.containerStatus(id);
      const baseId = status && this.#bases.get(status.sandboxId);
      if (baseId === undefined) continue;
      this.#owners.set(id, { engine, baseId });
      return engine;
    }
    return undefined;
  }
}
