/**
 * What all probes of a node share, so that hundreds of them stay cheap.
 *
 * @module
 */
import type { ProbeHandler } from "../../src/api/core/probe.ts";
import type { Host } from "../../src/base/host.ts";
import { ProbeCounts } from "./probe_counts.ts";
import { Ticks } from "./ticks.ts";
import { Turns } from "./turns.ts";

/** Connections of probes at once: 500 probes a second of servers that answer in 100 ms need 50. */
const CONNECTIONS = 128;

/** Commands of probes at once, each of which starts processes. */
const COMMANDS = 10;

/** One for the node. */
export class NodeProbes {
  readonly counts = new ProbeCounts();
  readonly ticks: Ticks;
  readonly #host: Pick<Host, "clock" | "random">;
  readonly #connections = new Turns(CONNECTIONS);
  readonly #commands = new Turns(COMMANDS);
  readonly #address: () => string | undefined;
  readonly #startedMs: number;

  /** @param options.address the node's own address, where probes of pods on the node's network go */
  constructor(
    host: Pick<Host, "clock" | "random">,
    options: { readonly address?: () => string | undefined } = {},
  ) {
    this.#host = host;
    this.#address = options.address ?? (() => undefined);
    this.#startedMs = host.clock.monotonicMs();
    this.ticks = new Ticks(host.clock);
  }

  /** Where probes of pods on the node's network go. */
  get address(): string | undefined {
    return this.#address();
  }

  /** How many tries are under way and how many wait. */
  state(): Record<string, { running: number; waiting: number }> {
    return {
      connections: this.#connections.state(),
      commands: this.#commands.state(),
    };
  }

  /** Tries when there is room for one more. Answers nothing when nobody wants it by then. */
  turn<T>(
    { exec }: ProbeHandler,
    work: () => Promise<T>,
    isWanted: () => boolean,
  ): Promise<T | undefined> {
    const turns = exec ? this.#commands : this.#connections;
    return turns.run(work, isWanted);
  }

  /**
   * How long, in milliseconds, a probe of a container waits that ran before the agent: as in kubelet a part of its period while the agent is young,
   * so that a restart does not try all probes at the same moment.
   */
  jitterMs(periodMs: number): number {
    const { clock, random } = this.#host;
    const isYoung = clock.monotonicMs() - this.#startedMs < periodMs;
    return isYoung ? random.float() * periodMs : 0;
  }
}
