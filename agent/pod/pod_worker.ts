/**
 * Runs the state machine of one pod.
 *
 * @module
 */
import { Stopped } from "../../src/base/errors.ts";
import { ContainerGroup } from "./container_group.ts";
import type { PodRecord } from "./pod_record.ts";
import {
  ENDING_STATES,
  type NextPodState,
  type PodStateName,
} from "./pod_states.ts";
import type { PodServices, PodWork } from "./pod_work.ts";
import { admitting } from "./states/admitting.ts";
import { cleaning } from "./states/cleaning.ts";
import { deleting } from "./states/deleting.ts";
import { finished } from "./states/finished.ts";
import { initializing } from "./states/initializing.ts";
import { preparing } from "./states/preparing.ts";
import { running } from "./states/running.ts";
import { sandboxing } from "./states/sandboxing.ts";
import { stopping } from "./states/stopping.ts";

type Steps = {
  readonly [S in Exclude<PodStateName, "gone">]: (
    work: PodWork,
  ) => Promise<NextPodState<S>>;
};

const STEPS: Steps = {
  admitting,
  preparing,
  sandboxing,
  initializing,
  running,
  finished,
  stopping,
  cleaning,
  deleting,
};

/** Container workers live across these states and no others. */
const WITH_CONTAINERS: readonly PodStateName[] = ["initializing", "running"];

/** First and longest wait, in milliseconds, after a state failed unexpectedly. */
const RETRY_MS = { first: 1_000, longest: 60_000 } as const;

/** One pod on this node. Its states run one after the other; pods run beside each other. */
export class PodWorker {
  readonly record: PodRecord;
  readonly #services: PodServices;
  readonly #agent: AbortSignal;
  readonly #end = new AbortController();
  readonly #group: ContainerGroup;
  readonly #work: PodWork;
  #state: PodStateName = "admitting";
  #sinceMs: number;

  /** @param agent aborts when the agent stops; the pod then stays as it is */
  constructor(
    record: PodRecord,
    { services, agent }: { services: PodServices; agent: AbortSignal },
  ) {
    this.record = record;
    this.#services = services;
    this.#agent = agent;
    const signal = AbortSignal.any([agent, this.#end.signal]);
    this.#group = new ContainerGroup(record, {
      services,
      signal,
    });
    this.#work = { record, services, group: this.#group, agent, signal };
    this.#sinceMs = services.containers.host.clock.monotonicMs();
    this.wishChanged();
  }

  /** Call it after the record's wish changed: a pod that is to end leaves what it was doing. */
  wishChanged(): void {
    if (this.record.terminating) {
      this.#end.abort(new Stopped("The pod is to end"));
    }
  }

  /** State, for how long and the containers' states, for `/debug/state`. */
  state(): Record<string, unknown> {
    const { clock } = this.#services.containers.host;
    return {
      pod: this.record.key,
      uid: this.record.uid,
      state: this.#state,
      forMs: clock.monotonicMs() - this.#sinceMs,
      containers: this.#group.state(),
    };
  }

  /** The state that it is in. */
  get stateName(): PodStateName {
    return this.#state;
  }

  /**
   * Resolves when nothing of the pod is left.
   *
   * @throws the agent's reason when the agent stops first
   */
  async run(): Promise<void> {
    let retryMs: number = RETRY_MS.first;
    while (this.#state !== "gone") {
      const next = await this.#step(this.#state);
      if (next === this.#state) {
        await this.#pause(retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_MS.longest);
        continue;
      }
      retryMs = RETRY_MS.first;
      this.#sinceMs = this.#services.containers.host.clock.monotonicMs();
      this.#state = next;
    }
  }

  /** A wish to end the pod ends the wait, unless the pod is being ended already. */
  async #pause(ms: number): Promise<void> {
    const { clock } = this.#services.containers.host;
    const isEnding = ENDING_STATES.includes(this.#state);
    try {
      await clock.sleep(ms, isEnding ? this.#agent : this.#work.signal);
    } catch {
      this.#agent.throwIfAborted();
    }
  }

  /** One state's work; the same state again means that it failed. */
  async #step(state: Exclude<PodStateName, "gone">): Promise<PodStateName> {
    const { host } = this.#services.containers;
    let next: PodStateName = state;
    try {
      next = this.#interrupted(state) ?? await STEPS[state](this.#work);
    } catch (error) {
      this.#agent.throwIfAborted();
      const interrupted = this.#interrupted(state);
      if (interrupted) {
        next = interrupted;
      } else {
        host.log("error", "A pod's state failed and will be tried again", {
          pod: this.record.key,
          state,
          error,
        });
      }
    } finally {
      if (
        WITH_CONTAINERS.includes(state) && !WITH_CONTAINERS.includes(next)
      ) await this.#group.leave();
    }
    return next;
  }

  #interrupted(state: PodStateName): "stopping" | undefined {
    this.#agent.throwIfAborted();
    const ends = this.#end.signal.aborted && !ENDING_STATES.includes(state);
    return ends ? "stopping" : undefined;
  }
}
