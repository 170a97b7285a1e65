/**
 * The probes of one running attempt of a container.
 *
 * @module
 */
import { Stopped } from "../../src/base/errors.ts";
import type { Container } from "../../src/api/core/container.ts";
import type { Probe } from "../../src/api/core/probe.ts";
import type { Host } from "../../src/base/host.ts";
import { type ProbeResult, type RunCommand, tryProbe } from "./prober.ts";
import { Threshold, type Verdict } from "./threshold.ts";

/** First wait, in milliseconds, between tries of a probe that has not succeeded yet; doubles up to the probe's period. */
const EAGER_MS = 50;

/** What the probes say together. */
export interface ProbeSetState {
  readonly started: boolean;
  readonly ready: boolean;
}

/** A probe's role, as events name it. */
export type ProbeRole = "Startup" | "Readiness" | "Liveness";

/** What a {@linkcode ProbeSet} works for. */
export interface ProbeSetOptions {
  readonly container: Container;
  /** The pod's address; absent with hostNetwork. */
  readonly ip?: string;
  /** Runs a command in this attempt. */
  readonly exec: RunCommand;
  /** Milliseconds since 1970; initial delays count from it. */
  readonly startedAt: number;
  /** What was known before the agent was restarted. */
  readonly previous: ProbeSetState | undefined;
  /** Called at once with the first state, then on every change. */
  readonly onState: (state: ProbeSetState) => void;
  /** Called for every try that failed or (`errored`) could not be made. */
  readonly onFailure: (
    failure: { probe: ProbeRole; message: string; errored: boolean },
  ) => void;
  /** Called once when startup or liveness give the container up. */
  readonly onDead: (
    end: { probe: ProbeRole; graceMs?: number },
  ) => void;
}

/**
 * Startup, readiness and liveness of one attempt, from its start until disposed. Nothing ticks for a container without probes.
 *
 * As in kubelet, readiness and liveness begin when startup has succeeded. Unlike kubelet, a startup or readiness probe that has not succeeded yet is tried
 * more often than its period at first, so that a container is ready soon after it is; those extra tries never count as failures.
 */
export class ProbeSet implements Disposable {
  readonly #host: Pick<Host, "net" | "clock" | "spawn">;
  readonly #options: ProbeSetOptions;
  readonly #stop = new AbortController();
  #started: boolean;
  #ready: boolean;

  constructor(
    host: Pick<Host, "net" | "clock" | "spawn">,
    options: ProbeSetOptions,
  ) {
    this.#host = host;
    this.#options = options;
    const { container, previous } = options;
    this.#started = !container.startupProbe || (previous?.started ?? false);
    this.#ready = this.#started &&
      (!container.readinessProbe || (previous?.ready ?? false));
    options.onState({ started: this.#started, ready: this.#ready });
    const { startupProbe } = container;
    if (!this.#started && startupProbe) {
      this.#spawn("Startup", startupProbe, undefined);
    } else {
      this.#afterStartup();
    }
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new Stopped("The container's run is over"));
  }

  #afterStartup(): void {
    const { readinessProbe, livenessProbe } = this.#options.container;
    if (readinessProbe) {
      this.#spawn(
        "Readiness",
        readinessProbe,
        this.#ready ? "success" : "failure",
      );
    }
    if (livenessProbe) this.#spawn("Liveness", livenessProbe, "success");
  }

  #spawn(role: ProbeRole, probe: Probe, initial: Verdict | undefined): void {
    this.#host.spawn(
      `probe-${role.toLowerCase()}`,
      async () => {
        try {
          await this.#run(role, probe, initial);
        } catch (error) {
          if (!this.#stop.signal.aborted) throw error;
        }
      },
    );
  }

  async #run(
    role: ProbeRole,
    probe: Probe,
    initial: Verdict | undefined,
  ): Promise<void> {
    const { clock } = this.#host;
    const { signal } = this.#stop;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    const threshold = new Threshold(initial, {
      success: probe.successThreshold ?? 1,
      failure: probe.failureThreshold ?? 3,
    });
    const begins = this.#options.startedAt +
      (probe.initialDelaySeconds ?? 0) * 1000;
    // A clock that jumped must not hold a probe back longer than it asks for.
    const delayMs = Math.min(
      Math.max(0, begins - clock.now()),
      (probe.initialDelaySeconds ?? 0) * 1000,
    );
    if (delayMs > 0) await clock.sleep(delayMs, signal);
    let eagerMs = role === "Liveness" ? periodMs : EAGER_MS;
    let countedAtMs = -Infinity;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      const result = await this.#try(probe);
      if (signal.aborted) return;
      const extra = startedMs - countedAtMs < periodMs;
      if (!extra) countedAtMs = startedMs;
      if (result.outcome === "success") eagerMs = periodMs;
      else if (!extra) {
        this.#options.onFailure({
          probe: role,
          message: result.message,
          errored: result.outcome === "unknown",
        });
      }
      if (
        result.outcome === "success" || (!extra && result.outcome === "failure")
      ) {
        const before = threshold.verdict;
        const verdict = threshold.add(result.outcome);
        if (this.#judge(role, { probe, before, verdict })) return;
      }
      const waitMs = Math.min(
        eagerMs,
        Math.max(0, countedAtMs + periodMs - clock.monotonicMs()),
      );
      eagerMs = Math.min(eagerMs * 2, periodMs);
      await clock.sleep(waitMs, signal);
    }
  }

  #try(probe: Probe): Promise<ProbeResult> {
    const { container, ip, exec } = this.#options;
    return tryProbe(this.#host, probe, {
      container,
      // A command does not go on when its container is about to end.
      exec: (command, options) =>
        exec(command, { ...options, signal: this.#stop.signal }),
      ...(ip !== undefined && { ip }),
      timeoutMs: (probe.timeoutSeconds ?? 1) * 1000,
    });
  }

  /** Acts on a verdict; answers whether this probe is through. */
  #judge(
    role: ProbeRole,
    { probe, before, verdict }: {
      probe: Probe;
      before: Verdict | undefined;
      verdict: Verdict | undefined;
    },
  ): boolean {
    if (verdict === before) return false;
    if (role === "Readiness") {
      this.#ready = verdict === "success";
      this.#tell();
      return false;
    }
    if (verdict === "failure") {
      const seconds = probe.terminationGracePeriodSeconds;
      this.#options.onDead({
        probe: role,
        ...(seconds !== undefined && { graceMs: seconds * 1000 }),
      });
      return true;
    }
    if (role === "Liveness") return false;
    this.#started = true;
    this.#ready = !this.#options.container.readinessProbe;
    this.#tell();
    this.#afterStartup();
    return true;
  }

  #tell(): void {
    this.#options.onState({ started: this.#started, ready: this.#ready });
  }
}
