/**
 * The scripted runtime: pods without processes, for tests of the agent and for the simulation.
 *
 * @module
 */
import { Stopped } from "../../../src/base/errors.ts";
import type { Host } from "../../../src/base/host.ts";
import {
  type ContainerConfig,
  type ContainerStatus,
  type LogEntry,
  type Runtime,
  RuntimeError,
  type SandboxConfig,
  type SandboxStatus,
} from "../runtime.ts";
import { execToEnd } from "../exec_to_end.ts";
import type {
  ExecRequest,
  ExecResult,
  ExecSyncRequest,
  ExecSyncResult,
  PortConnection,
  SessionStreams,
} from "../sessions.ts";
import { printCommand, runFakeSession } from "./fake_session.ts";
import {
  type ContainerScript,
  type FakeContainer,
  FakeMachine,
  type FakeSandbox,
} from "./fake_machine.ts";

/** How a {@linkcode FakeRuntime} behaves. */
export interface FakeRuntimeOptions {
  /** The machine under it; share one between successive agents. @default a new one */
  readonly machine?: FakeMachine;
  /** @default "fake" */
  readonly name?: string;
  /** What a container does. @default runs until it is stopped */
  readonly script?: (
    config: ContainerConfig,
    sandbox: SandboxConfig,
  ) => ContainerScript;
  /** Addresses of a new sandbox. @default 10.42.0.n */
  readonly address?: (n: number) => string;
  /** Called before and after the effect of every call that changes something; a promise that never resolves is a crash at that point. */
  readonly gate?: (
    call: string,
    moment: "before" | "after",
  ) => Promise<void> | void;
  /** Images whose pull fails, with the error's text. */
  readonly missingImages?: ReadonlyMap<string, string>;
  /** How long each changing call takes. @default 0 */
  readonly callMs?: number;
}

/** {@linkcode Runtime} that runs nothing but remembers everything. */
export class FakeRuntime implements Runtime {
  readonly name: string;
  readonly machine: FakeMachine;
  readonly #host: Pick<Host, "clock">;
  readonly #options: FakeRuntimeOptions;
  readonly #listeners = new Set<(sandboxId: string) => void>();
  readonly #stop = new AbortController();

  constructor(host: Pick<Host, "clock">, options: FakeRuntimeOptions = {}) {
    this.#host = host;
    this.#options = options;
    this.name = options.name ?? "fake";
    this.machine = options.machine ?? new FakeMachine();
    // Timers belong to this process, not to the machine: an agent that comes later sets its own.
    for (const container of this.machine.containers.values()) {
      this.#awaitEnd(container);
    }
  }

  status(): Promise<{ ready: boolean; version: string }> {
    return Promise.resolve({ ready: true, version: "1.0.0" });
  }

  listSandboxes(): Promise<readonly SandboxStatus[]> {
    return Promise.resolve(
      [...this.machine.sandboxes.values()].map((s) => this.#sandbox(s)),
    );
  }

  sandboxStatus(id: string): Promise<SandboxStatus | undefined> {
    const sandbox = this.machine.sandboxes.get(id);
    return Promise.resolve(sandbox && this.#sandbox(sandbox));
  }

  async runSandbox(config: SandboxConfig): Promise<SandboxStatus> {
    return await this.#change("runSandbox", () => {
      const id = this.machine.nextId("sandbox");
      const address = this.#options.address ??
        ((n: number) => `10.42.0.${(n % 250) + 2}`);
      const sandbox: FakeSandbox = {
        id,
        config,
        createdAt: this.#now(),
        ips: config.hostNetwork ? [] : [address(this.machine.ids)],
        ready: true,
      };
      this.machine.sandboxes.set(id, sandbox);
      return this.#sandbox(sandbox);
    });
  }

  async stopSandbox(id: string): Promise<void> {
    await this.#change("stopSandbox", () => {
      const sandbox = this.machine.sandboxes.get(id);
      if (!sandbox) return;
      sandbox.ready = false;
      for (const container of this.#containersOf(id)) {
        this.machine.kill(container.id, { now: this.#now() });
      }
    });
  }

  async removeSandbox(id: string): Promise<void> {
    await this.#change("removeSandbox", () => {
      for (const container of this.#containersOf(id)) {
        this.machine.containers.delete(container.id);
      }
      this.machine.sandboxes.delete(id);
    });
  }

  imageStatus(
    image: string,
  ): Promise<{ imageRef: string; sizeBytes: number } | undefined> {
    return Promise.resolve(
      this.machine.images.has(image)
        ? { imageRef: `fake://${image}`, sizeBytes: 1000 }
        : undefined,
    );
  }

  async pullImage(image: string): Promise<{ imageRef: string }> {
    return await this.#change("pullImage", () => {
      const missing = this.#options.missingImages?.get(image);
      if (missing !== undefined) {
        throw new RuntimeError("ErrImagePull", missing);
      }
      this.machine.images.add(image);
      return { imageRef: `fake://${image}` };
    });
  }

  listImages(): ReturnType<Runtime["listImages"]> {
    return Promise.resolve(
      [...this.machine.images].sort().map((image) => ({
        names: [image],
        sizeBytes: 1000,
        id: `fake://${image}`,
      })),
    );
  }

  async removeImage(id: string): Promise<void> {
    await this.#change("removeImage", () => {
      this.machine.images.delete(id.replace("fake://", ""));
    });
  }

  async createContainer(
    sandbox: { readonly id: string; readonly config: SandboxConfig },
    config: ContainerConfig,
  ): Promise<string> {
    return await this.#change("createContainer", () => {
      const there = this.machine.sandboxes.get(sandbox.id);
      if (!there?.ready) {
        throw new RuntimeError(
          "CreateContainerError",
          `Could not create a container: the sandbox "${sandbox.id}" is not ready`,
        );
      }
      const id = this.machine.nextId("container");
      const script = this.#options.script?.(config, there.config) ?? {};
      const createdAt = this.#now();
      this.machine.containers.set(id, {
        id,
        sandboxId: sandbox.id,
        config,
        script,
        createdAt,
      });
      return id;
    });
  }

  async startContainer(id: string): Promise<void> {
    await this.#change("startContainer", () => {
      const container = this.#existing(id);
      if (container.startedAt !== undefined) return;
      const { config } = this.machine.sandboxes.get(container.sandboxId)!;
      container.startedAt = this.#now();
      const { startError } = container.script;
      if (startError !== undefined) {
        container.endsAt = container.startedAt;
        container.exitCode = 128;
        container.reason = "StartError";
        throw new RuntimeError("RunContainerError", startError);
      }
      this.machine.starts.push(
        `${config.name}/${container.config.name}#${container.config.attempt}`,
      );
      if (container.script.runsMs !== undefined) {
        container.endsAt = container.startedAt + container.script.runsMs;
        container.exitCode = container.script.exitCode ?? 0;
      }
      this.#awaitEnd(container);
    });
  }

  async stopContainer(
    id: string,
    graceMs: number,
    { stopSignal = "SIGTERM" }: { readonly stopSignal?: string } = {},
  ): Promise<void> {
    await this.#change("stopContainer", async () => {
      const container = this.machine.containers.get(id);
      if (!container || !this.machine.runs(container, this.#now())) return;
      container.stopSignal = stopSignal;
      const takesMs = container.script.stopMs ?? 0;
      const killed = takesMs > graceMs;
      // A second, more impatient stop may only bring the end nearer.
      const endsAt = this.#now() + Math.min(takesMs, graceMs);
      if (container.endsAt === undefined || endsAt < container.endsAt) {
        container.endsAt = endsAt;
        container.exitCode = killed
          ? 137
          : container.script.termExitCode ?? 143;
        this.#awaitEnd(container);
      }
      const waitMs = container.endsAt - this.#now();
      if (waitMs > 0) await this.#host.clock.sleep(waitMs, this.#stop.signal);
    });
  }

  async removeContainer(id: string): Promise<void> {
    await this.#change("removeContainer", () => {
      this.machine.containers.delete(id);
    });
  }

  containerStatus(id: string): Promise<ContainerStatus | undefined> {
    const container = this.machine.containers.get(id);
    return Promise.resolve(container && this.#container(container));
  }

  onChange(listener: (sandboxId: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Tells the listeners that something happened to the sandbox. */
  poke(sandboxId: string): void {
    for (const listener of [...this.#listeners]) listener(sandboxId);
  }

  async *logs(id: string, options: {
    readonly follow: boolean;
    readonly since?: number;
    readonly tailLines?: number;
    readonly signal: AbortSignal;
  }): AsyncIterable<LogEntry> {
    const container = this.#existing(id);
    const time = container.startedAt ?? container.createdAt;
    let lines = container.script.lines ?? [];
    if (options.tailLines !== undefined) {
      lines = lines.slice(Math.max(0, lines.length - options.tailLines));
    }
    for (const line of lines) {
      if (options.since !== undefined && time < options.since) continue;
      yield {
        time,
        stream: "stdout",
        line: new TextEncoder().encode(line),
        partial: false,
      };
    }
    if (options.follow) await this.#ended(container, options.signal);
  }

  async exec(id: string, request: ExecRequest): Promise<ExecResult> {
    const container = this.#running(id);
    const run = container.script.exec ?? printCommand;
    return {
      exitCode: await runFakeSession(
        request,
        (session) => run(request.command, session),
      ),
    };
  }

  execSync(id: string, request: ExecSyncRequest): Promise<ExecSyncResult> {
    return execToEnd(this.#host, (one) => this.exec(id, one), request);
  }

  async attach(id: string, streams: SessionStreams): Promise<void> {
    const container = this.#running(id);
    const { script } = container;
    await runFakeSession(streams, async (session) => {
      await script.attach?.(session);
      await this.#ended(container, session.signal);
    });
  }

  portForward(sandboxId: string, port: number): Promise<PortConnection> {
    for (const { script } of this.#containersOf(sandboxId)) {
      const connection = script.port?.(port);
      if (connection) return Promise.resolve(connection);
    }
    return Promise.reject(
      new Error(
        `Could not connect to port ${port}: connection refused`,
      ),
    );
  }

  /** Ends this instance (the agent's process); the machine goes on. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Stopped("The runtime was closed"));
    this.#listeners.clear();
    return Promise.resolve();
  }

  async #change<T>(call: string, effect: () => T | Promise<T>): Promise<T> {
    await this.#options.gate?.(call, "before");
    if (this.#options.callMs) {
      await this.#host.clock.sleep(this.#options.callMs);
    }
    const result = await effect();
    await this.#options.gate?.(call, "after");
    return result;
  }

  #now(): number {
    return this.#host.clock.now();
  }

  /** Tells the listeners when a container ends whose end is known. */
  #awaitEnd(container: FakeContainer): void {
    if (container.endsAt === undefined) return;
    const waitMs = container.endsAt - this.#now();
    if (waitMs < 0) return;
    this.#host.clock.after(waitMs, () => {
      if (!this.#stop.signal.aborted) this.poke(container.sandboxId);
    });
  }

  #existing(id: string): FakeContainer {
    const container = this.machine.containers.get(id);
    if (container) return container;
    throw new RuntimeError(
      "RunContainerError",
      `Could not find the container "${id}"`,
    );
  }

  #running(id: string): FakeContainer {
    const container = this.#existing(id);
    if (this.machine.runs(container, this.#now())) return container;
    throw new Error(`The container "${id}" is not running`);
  }

  /** Resolves when the container has ended, or nobody waits any more. */
  async #ended(container: FakeContainer, signal: AbortSignal): Promise<void> {
    while (this.machine.runs(container, this.#now()) && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const hint = this.onChange((sandboxId) => {
          if (sandboxId === container.sandboxId) done();
        });
        const done = () => {
          hint[Symbol.dispose]();
          signal.removeEventListener("abort", done);
          resolve();
        };
        signal.addEventListener("abort", done);
      });
    }
  }

  #containersOf(sandboxId: string): FakeContainer[] {
    return [...this.machine.containers.values()].filter((c) =>
      c.sandboxId === sandboxId
    );
  }

  #sandbox(sandbox: FakeSandbox): SandboxStatus {
    const { name, namespace, uid, attempt, labels, annotations } =
      sandbox.config;
    return {
      id: sandbox.id,
      name,
      namespace,
      uid,
      attempt,
      labels,
      annotations,
      state: sandbox.ready ? "ready" : "notready",
      createdAt: sandbox.createdAt,
      ips: sandbox.ips,
      containers: this.#containersOf(sandbox.id).map((c) => this.#container(c)),
    };
  }

  #container(container: FakeContainer): ContainerStatus {
    const { name, attempt, image, imageRef, labels, annotations } =
      container.config;
    const { id, sandboxId, createdAt, startedAt, endsAt } = container;
    const base = {
      id,
      sandboxId,
      createdAt,
      name,
      attempt,
      image,
      imageRef,
      labels,
      annotations,
    };
    if (startedAt === undefined) return { ...base, state: "created" };
    if (this.machine.runs(container, this.#now())) {
      return { ...base, state: "running", startedAt };
    }
    const exitCode = container.exitCode ?? 0;
    const reason = container.reason ?? (exitCode === 0 ? "Completed" : "Error");
    return {
      ...base,
      state: "exited",
      startedAt,
      finishedAt: endsAt!,
      exitCode,
      reason,
    };
  }
}
