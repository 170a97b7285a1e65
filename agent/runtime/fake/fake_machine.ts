/**
 * What a fake runtime's machine holds: sandboxes, containers and images as plain data without timers, so that it outlives any agent (and any
 * simulated process) and two agents one after the other see the same machine.
 *
 * @module
 */
import type { ContainerConfig, SandboxConfig } from "../runtime.ts";
import type { PortConnection, TerminalSize } from "../sessions.ts";

/** How a fake container behaves. */
export interface ContainerScript {
  /** It cannot be started, and this is why: as with containerd, it counts as ended with 128 and `StartError` then. */
  readonly startError?: string;
  /** It ends by itself after this time; absent runs until it is stopped. */
  readonly runsMs?: number;
  /** Its exit code when it ends by itself. @default 0 */
  readonly exitCode?: number;
  /** How long it takes to end after TERM; a time beyond the grace means KILL. @default 0 */
  readonly stopMs?: number;
  /** Its exit code after TERM. @default 143 */
  readonly termExitCode?: number;
  /** Lines that it prints at its start. @default [] */
  readonly lines?: readonly string[];
  /** What a command in it does; answers its exit code. @default prints its words and ends with 0 */
  readonly exec?: (
    command: readonly string[],
    session: FakeSession,
  ) => Promise<number>;
  /** What an attached session sees, until it or the container ends. @default nothing */
  readonly attach?: (session: FakeSession) => Promise<void>;
  /** Who answers on a port of its pod; absent or undefined: nobody. */
  readonly port?: (port: number) => PortConnection | undefined;
}

/** The process' end of a session. */
export interface FakeSession {
  readonly stdin: ReadableStream<Uint8Array>;
  readonly resize: ReadableStream<TerminalSize>;
  /** Resolves when the other end took it. */
  print(text: string, stream?: "stdout" | "stderr"): Promise<void>;
  /** Ends the process. */
  readonly signal: AbortSignal;
}

/** A fake container. */
export interface FakeContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly script: ContainerScript;
  readonly createdAt: number;
  startedAt?: number;
  /** When it ends, if that is known already; it is over once the clock has passed it. */
  endsAt?: number;
  exitCode?: number;
  reason?: string;
  /** The signal that it was told to end with. */
  stopSignal?: string;
}

/** A fake sandbox. */
export interface FakeSandbox {
  readonly id: string;
  readonly config: SandboxConfig;
  readonly createdAt: number;
  readonly ips: readonly string[];
  ready: boolean;
}

/** The machine. Hand the same one to the runtimes of successive agents. */
export class FakeMachine {
  readonly sandboxes = new Map<string, FakeSandbox>();
  readonly containers = new Map<string, FakeContainer>();
  /** Images on the node, by name. */
  readonly images = new Set<string>();
  /** Every container start, in order: `pod/container#attempt`. Tests count restarts by it. */
  readonly starts: string[] = [];
  #lastId = 0;

  /** A new id, unique on this machine. */
  nextId(prefix: string): string {
    return `${prefix}-${++this.#lastId}`;
  }

  /** How many ids were given; addresses are made from it. */
  get ids(): number {
    return this.#lastId;
  }

  /** Whether the container runs at `now`. */
  runs(container: FakeContainer, now: number): boolean {
    return container.startedAt !== undefined &&
      (container.endsAt === undefined || container.endsAt > now);
  }

  /** Ends a container as if its process had died by itself. The runtime's listeners are not told: call {@linkcode FakeRuntime.poke}. */
  kill(id: string, options: { now: number; exitCode?: number }): void {
    const container = this.containers.get(id);
    if (!container || !this.runs(container, options.now)) return;
    container.endsAt = options.now;
    container.exitCode = options.exitCode ?? 137;
  }

  /** A power cut: nothing runs any more, sandboxes are there but not ready, exit codes are lost. */
  powerCut(now: number): void {
    for (const sandbox of this.sandboxes.values()) sandbox.ready = false;
    for (const container of this.containers.values()) {
      if (!this.runs(container, now)) continue;
      container.endsAt = now;
      container.exitCode = 255;
      container.reason = "Unknown";
    }
  }

  /** `namespace/pod/container` of all that runs, sorted. */
  running(now: number): string[] {
    return [...this.containers.values()].filter((c) => this.runs(c, now)).map(
      (c) => {
        const { namespace, name } = this.sandboxes.get(c.sandboxId)!.config;
        return `${namespace}/${name}/${c.config.name}`;
      },
    ).sort();
  }
}
