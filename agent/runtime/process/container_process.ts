/**
 * One container's process: started through a supervisor, looked at and ended through files and signals.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";
import { type ContainerStatus, RuntimeError } from "../runtime.ts";
import { signalNumber } from "../signal_number.ts";
import type { ContainerRecord } from "./container_record.ts";
import type { ExitWatch } from "./exit_watch.ts";
import { environmentFile } from "./environment_file.ts";
import {
  formatLost,
  isRunning,
  parseRunState,
  type RunState,
} from "./run_state.ts";
import {
  INPUT_NAME,
  NOT_RUN_STATUS,
  PLAN_NAME,
  planOf,
  type SuperviseRequest,
} from "./supervisor.ts";

/** The file in which the supervisor keeps the state. */
const STATE_NAME = "state";

/** The file from which the launcher makes the environment. */
const ENVIRONMENT_NAME = "env";

/** How long an end may take after SIGKILL: the kernel's work, and the supervisor's to write the last output and the exit status. */
const WRITE_DOWN_MS = 10_000;

/** How often a process without supervisor is looked at while it is being stopped. */
const ORPHAN_LOOK_MS = 20;

/** What ending by reboot or by an unseen death is reported as: Kubernetes' status for a process whose end nobody saw. */
const LOST_EXIT_CODE = 255;

const OOM_EXIT_CODE = 137;

/** What a {@linkcode ContainerProcess} works with. */
export interface ContainerProcessOptions {
  readonly host: Pick<Host, "disk" | "processes" | "clock">;
  readonly bootId: string;
  readonly exits: ExitWatch;
  /** The container's own folder. */
  readonly folder: string;
}

/** Handle on a container's process; holds no state of its own. */
export class ContainerProcess {
  readonly #record: ContainerRecord;
  readonly #options: ContainerProcessOptions;

  constructor(record: ContainerRecord, options: ContainerProcessOptions) {
    this.#record = record;
    this.#options = options;
  }

  /** How it stands; undefined before the start. Notes down an end that no supervisor saw. */
  async state(): Promise<RunState | undefined> {
    const { host, bootId } = this.#options;
    const state = await this.#read();
    if (state?.kind !== "running") return state;
    if (await isRunning(host, state.process, bootId)) return state;
    // A living supervisor is about to write the end down, after the last of the output.
    if (await isRunning(host, state.supervisor, bootId)) return state;
    const seen = await this.#read();
    if (seen?.kind === "exited") return seen;
    const lost: RunState = {
      kind: "lost",
      startedAt: state.startedAt,
      noticedAt: host.clock.now(),
      why: state.process.bootId === bootId ? "unknown" : "rebooted",
    };
    await host.disk.writeAtomic(this.#statePath, formatLost(lost), {
      sync: false,
    });
    return lost;
  }

  /** Whether it ran and has ended. */
  async hasEnded(): Promise<boolean> {
    const state = await this.state();
    return state?.kind === "exited" || state?.kind === "lost";
  }

  /**
   * Starts it; nothing happens when it was started before.
   *
   * @throws {RuntimeError} `RunContainerError`
   */
  async start(
    request: Omit<SuperviseRequest, "dir" | "bootId" | "startedAt">,
  ): Promise<void> {
    const state = await this.#read();
    if (state && state.kind !== "starting") return;
    if (state) await this.#clear();
    const { host, bootId, folder } = this.#options;
    const write = (path: string, content: string | Uint8Array) =>
      host.disk.writeAtomic(path, content, { mode: 0o600, sync: false });
    const plan = `${folder}/${PLAN_NAME}`;
    const startedAt = host.clock.now();
    await Promise.all([
      write(
        `${folder}/${ENVIRONMENT_NAME}`,
        environmentFile(this.#record.launch.env ?? []),
      ),
      write(plan, planOf({ ...request, dir: folder, bootId, startedAt })),
    ]);
    const { stdout, stderr } = await host.processes.run(request.supervisor, {
      args: [plan],
      env: {},
      clearEnv: true,
    });
    if (/^ok: /m.test(stdout)) return;
    await this.#clear();
    const why = /^failed: (.*)$/m.exec(stdout)?.[1];
    throw new RuntimeError(
      "RunContainerError",
      `Can not start the container: ${
        [why, stderr.trim()].filter(Boolean).join(": ") ||
        "its supervisor does not run"
      }`,
    );
  }

  /**
   * Asks it to end, and after `graceMs` makes it; resolves when it has ended.
   *
   * @param wanted the signal that the Pod names, where guests can listen to one
   */
  async stop(graceMs: number, wanted?: string): Promise<void> {
    const { host } = this.#options;
    const state = await this.state();
    if (state?.kind !== "running") return;
    const { pid } = state.process;
    if (graceMs > 0) {
      const { stopSignal, settleMs = 0, takesSignals } = this.#record.launch;
      const number = takesSignals && wanted ? signalNumber(wanted) : undefined;
      // Most of the grace is for the requests that run.
      const settledMs = Math.min(settleMs, graceMs / 4);
      if (settledMs && await this.#endsWithin(settledMs, state)) return;
      if (number === undefined) host.processes.signal(pid, stopSignal);
      else {
        await host.processes.run("kill", { args: [`-${number}`, String(pid)] });
      }
      if (await this.#endsWithin(graceMs - settledMs, state)) return;
    }
    host.processes.signal(pid, "SIGKILL");
    if (await this.#endsWithin(WRITE_DOWN_MS, state)) return;
    throw new Error(
      `Can not stop the container: process ${pid} did not end after SIGKILL`,
    );
  }

  /** Where its input is written to. */
  get inputPath(): string {
    return `${this.#options.folder}/${INPUT_NAME}`;
  }

  /** Ends its input for good: what was written is read, then comes the end. */
  async endInput(): Promise<void> {
    const { host, bootId } = this.#options;
    await host.disk.remove(this.inputPath);
    const state = await this.state();
    if (state?.kind !== "running") return;
    if (!await isRunning(host, state.supervisor, bootId)) return;
    host.processes.signal(state.supervisor.pid, "SIGHUP");
  }

  /** The status of a container for {@linkcode Runtime}. */
  async status(): Promise<ContainerStatus> {
    const { id, sandboxId, config, createdAt } = this.#record;
    return {
      id,
      sandboxId,
      name: config.name,
      attempt: config.attempt,
      image: config.image,
      imageRef: config.imageRef,
      createdAt,
      labels: config.labels,
      annotations: config.annotations,
      ...await this.#progress(),
    };
  }

  async #progress(): Promise<
    Pick<
      ContainerStatus,
      "state" | "startedAt" | "finishedAt" | "exitCode" | "reason" | "message"
    >
  > {
    const state = await this.state();
    if (!state || state.kind === "starting") return { state: "created" };
    const { startedAt } = state;
    if (state.kind === "running") return { state: "running", startedAt };
    if (state.kind === "lost") {
      return {
        state: "exited",
        startedAt,
        finishedAt: state.noticedAt,
        exitCode: LOST_EXIT_CODE,
        reason: "ContainerStatusUnknown",
        message: state.why === "rebooted"
          ? "The machine restarted while the container ran"
          : "The container's process is gone, and so is its supervisor, which would have seen how it ended",
      };
    }
    const written = await this.#options.host.disk.stat(this.#statePath);
    return {
      state: "exited",
      startedAt,
      finishedAt: Math.max(written.modified, startedAt),
      ...endOf(state),
    };
  }

  async #read(): Promise<RunState | undefined> {
    try {
      return parseRunState(
        await this.#options.host.disk.readText(this.#statePath),
      );
    } catch {
      return undefined;
    }
  }

  /** Removes what a start left that came to nothing. */
  async #clear(): Promise<void> {
    const left = [STATE_NAME, ENVIRONMENT_NAME, PLAN_NAME, INPUT_NAME];
    for (const name of left) {
      await this.#options.host.disk.remove(`${this.#options.folder}/${name}`);
    }
  }

  /** Waits for the end, which the supervisor tells; where that is dead too, there is nothing to wait for and the process is looked at again and again. */
  async #endsWithin(
    ms: number,
    state: Extract<RunState, { kind: "running" }>,
  ): Promise<boolean> {
    const { host, exits, bootId } = this.#options;
    const timeout = new AbortController();
    const timer = host.clock.after(ms, () => timeout.abort());
    let wake = () => {};
    let hasRung = false;
    const ring = () => {
      hasRung = true;
      wake();
    };
    timeout.signal.addEventListener("abort", ring);
    using _exit = exits.on((id) => {
      if (id === this.#record.id) ring();
    });
    try {
      for (;;) {
        hasRung = false;
        if (await this.hasEnded()) return true;
        if (timeout.signal.aborted) return false;
        const isSupervised = await isRunning(host, state.supervisor, bootId);
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (hasRung) resolve();
          if (!isSupervised) host.clock.after(ORPHAN_LOOK_MS, resolve);
        });
      }
    } finally {
      timer.cancel();
    }
  }

  get #statePath(): string {
    return `${this.#options.folder}/${STATE_NAME}`;
  }
}

/** How an exit is reported. */
function endOf(
  state: Extract<RunState, { kind: "exited" }>,
): Pick<ContainerStatus, "exitCode" | "reason" | "message"> {
  if (state.oomKills > 0 && state.code !== 0) {
    return { exitCode: OOM_EXIT_CODE, reason: "OOMKilled" };
  }
  if (state.code === NOT_RUN_STATUS || state.code === NOT_RUN_STATUS + 1) {
    return {
      exitCode: 128,
      reason: "StartError",
      message: "The engine could not be run; the container's log says why",
    };
  }
  return {
    exitCode: state.code,
    reason: state.code === 0 ? "Completed" : "Error",
  };
}
