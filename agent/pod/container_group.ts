/**
 * The container workers of one pod.
 *
 * @module
 */
import { Stopped } from "../../src/base/errors.ts";
import { ContainerWork } from "../container/container_work.ts";
import { ContainerWorker } from "../container/container_worker.ts";
import type { ContainerRole } from "../container/restart_policy.ts";
import type { ContainerServices } from "../container/services.ts";
import type { PodRecord } from "./pod_record.ts";
import type { PodServices } from "./pod_work.ts";

/** Wait, in milliseconds, after a worker failed, so that a lasting defect does not spin. */
const RETRY_MS = 1_000;

/** Starts workers and leaves them off together: with the sandbox, the pod or the agent. */
export class ContainerGroup {
  readonly #record: PodRecord;
  readonly #services: ContainerServices;
  readonly #servicesOf: PodServices["containersOf"];
  readonly #signal: AbortSignal;
  #scope = new AbortController();
  #failed = false;
  readonly #workers = new Map<
    string,
    { worker: ContainerWorker; ended: Promise<void> }
  >();

  /** @param signal aborts when all workers are to leave off */
  constructor(
    record: PodRecord,
    { services, signal }: { services: PodServices; signal: AbortSignal },
  ) {
    this.#record = record;
    this.#services = services.containers;
    this.#servicesOf = services.containersOf;
    this.#signal = signal;
  }

  /** Lets a container run. No effect when its worker is there. */
  start(name: string, role: ContainerRole): void {
    if (this.#workers.has(name)) return;
    const work = new ContainerWork({
      pod: this.#record,
      services: this.#servicesOf?.(this.#record.pod, name) ?? this.#services,
      name,
      role,
      signal: AbortSignal.any([this.#signal, this.#scope.signal]),
    });
    const worker = new ContainerWorker(work);
    const { host } = this.#services;
    const ended = worker.run().catch(async (error) => {
      if (work.signal.aborted) return;
      // A defect of ours or of the runtime: the pod goes through its states again.
      host.log("error", "A container's worker failed", {
        pod: this.#record.key,
        container: name,
        error,
      });
      await host.clock.sleep(RETRY_MS, work.signal).catch(() => {});
      this.#failed = true;
      this.#record.bell.ring();
    });
    this.#workers.set(name, { worker, ended });
  }

  /** Whether a worker ended by an error. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Whether a container has ended for good. */
  isDone(name: string): boolean {
    return this.#workers.get(name)?.worker.done ?? false;
  }

  /** Whether a container's first try to start is over, however it went. */
  isTried(name: string): boolean {
    return this.#workers.get(name)?.worker.work.isTried ?? false;
  }

  /** Leaves all workers off and waits until none of their calls is under way. The containers stay as they are. */
  async leave(): Promise<void> {
    this.#scope.abort(new Stopped("The pod left the state"));
    for (const { ended } of this.#workers.values()) await ended;
    this.#workers.clear();
    this.#scope = new AbortController();
    this.#failed = false;
  }

  /** For `/debug/state`. */
  state(): unknown[] {
    return [...this.#workers.values()].map(({ worker }) => worker.state());
  }
}
