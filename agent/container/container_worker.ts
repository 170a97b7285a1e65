/**
 * Runs the state machine of one container.
 *
 * @module
 */
import {
  CONTAINER_TRANSITIONS,
  type ContainerStateName,
  type NextContainerState,
} from "./container_states.ts";
import { ContainerWork } from "./container_work.ts";
import { creating } from "./states/creating.ts";
import { deciding } from "./states/deciding.ts";
import { exited } from "./states/exited.ts";
import { failed } from "./states/failed.ts";
import { pulling } from "./states/pulling.ts";
import { running } from "./states/running.ts";
import { starting } from "./states/starting.ts";
import { waiting } from "./states/waiting.ts";

type Steps = {
  readonly [S in Exclude<ContainerStateName, "done">]: (
    work: ContainerWork,
  ) => Promise<NextContainerState<S>>;
};

const STEPS: Steps = {
  deciding,
  pulling,
  creating,
  starting,
  running,
  failed,
  exited,
  waiting,
};

/** One container of one pod, from the moment in which it may run until it is over for good or left alone. */
export class ContainerWorker {
  readonly work: ContainerWork;
  #state: ContainerStateName = "deciding";
  #sinceMs: number;

  constructor(work: ContainerWork) {
    this.work = work;
    this.#sinceMs = work.services.host.clock.monotonicMs();
  }

  /** The state and for how long, for `/debug/state`. */
  state(): { name: string; state: ContainerStateName; forMs: number } {
    const forMs = this.work.services.host.clock.monotonicMs() - this.#sinceMs;
    return { name: this.work.name, state: this.#state, forMs };
  }

  /** Whether it ended for good. */
  get done(): boolean {
    return this.#state === "done";
  }

  /**
   * Resolves once the container has ended for good.
   *
   * @throws the reason of the work's signal when it is to leave off; the container stays as it is
   */
  async run(): Promise<void> {
    while (this.#state !== "done") {
      this.work.signal.throwIfAborted();
      const next: ContainerStateName = await STEPS[this.#state](this.work);
      this.#sinceMs = this.work.services.host.clock.monotonicMs();
      this.#state = next;
    }
    this.work.pod.bell.ring();
  }
}

/** Whether the table allows a move; for tests and `draw_states`. */
export function isLegalMove(
  from: ContainerStateName,
  to: ContainerStateName,
): boolean {
  return (CONTAINER_TRANSITIONS[from] as readonly string[]).includes(to);
}
