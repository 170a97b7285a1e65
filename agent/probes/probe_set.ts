/**
 * The probes of one running attempt of a container.
 *
 * @module
 */
import { Stopped } from "../../src/base/errors.ts";
import type { Container } from "../../src/api/core/container.ts";
import type { Probe } from "../../src/api/core/probe.ts";
import type { Host } from "../../src/base/host.ts";
import type { NodeProbes } from "./node_probes.ts";
import type { ProbeOwner } from "./probe_counts.ts";
import type { ProbeResult } from "./probe_result.ts";
import { type RunCommand, tryProbe } from "./prober.ts";
import { Threshold, type Verdict } from "./threshold.ts";

/** First wait, in milliseconds, between tries of a probe that has not succeeded yet; doubles up to the probe's period. Commands cost more. */
const EAGER_MS = { connection: 50, command: 400 } as const;

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
  /** What all probes of the node share. */
  readonly node: NodeProbes;
  /** Whose probes are counted; a probe's role is added. */
  readonly owner: Omit<ProbeOwner, "probe" | "container">;
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
  /** Called for every try whose outcome is told in an event: reason and message. */
  readonly onEvent: (
    reason: "Unhealthy" | "ProbeWarning",
    message: string,
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
    const { node, owner, container } = this.#options;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    const threshold = new Threshold(initial, {
      success: probe.successThreshold ?? 1,
      failure: probe.failureThreshold ?? 3,
    });
    const count = node.counts.of({
      ...owner,
      probe: role,
      container: container.name,
    });
    /** When the next try is due that counts. */
    let dueMs = clock.monotonicMs() + this.#delayMs(probe, periodMs);
    await node.ticks.until(dueMs, signal);
    const eager = EAGER_MS[probe.exec ? "command" : "connection"];
    let eagerMs = role === "Liveness" ? periodMs : Math.min(eager, periodMs);
    while (!signal.aborted) {
      let startedMs = clock.monotonicMs();
      const isExtra = startedMs < dueMs;
      const result = await node.turn(probe, () => {
        startedMs = clock.monotonicMs();
        return this.#try(probe);
      }, () => !signal.aborted);
      if (signal.aborted || result === undefined) return;
      const nowMs = clock.monotonicMs();
      // A try that was late does not hurry the next ones.
      if (!isExtra) dueMs = Math.max(dueMs + periodMs, nowMs);
      const { outcome } = result;
      if (outcome === "success") eagerMs = periodMs;
      if (outcome === "success" || !isExtra) {
        this.#tellEvent(role, result);
        if (outcome !== "unknown") {
          const counted = outcome === "success" ? "successful" : "failed";
          count.add(counted, nowMs - startedMs);
          const before = threshold.verdict;
          const verdict = threshold.add(outcome);
          if (this.#judge(role, { probe, before, verdict })) return;
        }
      }
      await node.ticks.until(Math.min(dueMs, nowMs + eagerMs), signal);
      eagerMs = Math.min(eagerMs * 2, periodMs);
    }
  }

  /** How long the first try waits. A container that an agent before us probed already waits for its turn, a new one for what it asks for. */
  #delayMs(probe: Probe, periodMs: number): number {
    const { startedAt, previous, node } = this.#options;
    const initialMs = (probe.initialDelaySeconds ?? 0) * 1000;
    // A clock that jumped must not hold a probe back longer than it asks for.
    const leftMs = Math.min(
      Math.max(0, startedAt + initialMs - this.#host.clock.now()),
      initialMs,
    );
    return previous?.started ? leftMs + node.jitterMs(periodMs) : leftMs;
  }

  /** In kubelet's words. */
  #tellEvent(role: ProbeRole, result: ProbeResult): void {
    const { outcome, message, isWarning, state } = result;
    const { onEvent } = this.#options;
    if (outcome === "failure") {
      onEvent("Unhealthy", `${role} probe failed: ${message}`);
    } else if (outcome === "unknown") {
      onEvent(
        "Unhealthy",
        `${role} probe errored and resulted in ${state} state: ${message}`,
      );
    } else if (isWarning) {
      onEvent("ProbeWarning", `${role} probe warning: ${message}`);
    }
  }

  #try(probe: Probe): Promise<ProbeResult> {
    const { container, ip, exec, node } = this.#options;
    const address = ip ?? node.address;
    return tryProbe(this.#host, probe, {
      container,
      // A command does not go on when its container is about to end.
      exec: (command, options) =>
        exec(command, { ...options, signal: this.#stop.signal }),
      ...(address !== undefined && { ip: address }),
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
