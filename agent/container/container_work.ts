/**
 * What the states of a container work on.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";
import { containerHash } from "./container_hash.ts";
import type { PodFace } from "./pod_face.ts";
import type { ContainerRole } from "./restart_policy.ts";
import type { ContainerServices } from "./services.ts";

/** A wish to kill the running attempt; what follows is up to the restart policy. */
export interface KillWish {
  /** The event's text, for example `Container app definition changed, will be restarted`. */
  readonly message: string;
  /** Grace for it, in milliseconds; the pod's when absent. */
  readonly graceMs?: number;
  /** Start again whatever the restart policy says (the container's definition changed). */
  readonly restart?: boolean;
}

/** One container of one pod, for as long as its sandbox lives. */
export class ContainerWork {
  readonly pod: PodFace;
  readonly services: ContainerServices;
  readonly name: string;
  readonly role: ContainerRole;
  /** Aborts when the worker is to leave off: the pod ends, its sandbox is lost or the agent stops. */
  readonly signal: AbortSignal;
  /** The image to run, found by `pulling`. */
  imageRef = "";
  /** Set while the running attempt is to be killed. */
  killWish: KillWish | undefined;
  /** Failed tries to create or start since the last success. */
  failures = 0;
  #isTried = false;

  constructor(options: {
    readonly pod: PodFace;
    readonly services: ContainerServices;
    readonly name: string;
    readonly role: ContainerRole;
    readonly signal: AbortSignal;
  }) {
    this.pod = options.pod;
    this.services = options.services;
    this.name = options.name;
    this.role = options.role;
    this.signal = options.signal;
  }

  /** The container as the newest version of the pod has it. */
  get spec(): Container {
    const { initContainers = [], containers, ephemeralContainers = [] } =
      this.pod.pod.spec;
    const all = this.role === "main"
      ? containers
      : this.role === "ephemeral"
      ? ephemeralContainers
      : initContainers;
    const found = all.find((container) => container.name === this.name);
    if (found) return found;
    throw new Error(
      `Could not find the container "${this.name}" in its pod's spec`,
    );
  }

  /** The newest attempt that the runtime knows of. */
  get latest(): ContainerStatus | undefined {
    return this.pod.attempts(this.name)[0];
  }

  /** The number of the next attempt. One that was created but never ran does not count; those that the runtime has lost do. */
  get nextAttempt(): number {
    const [last] = this.pod.attempts(this.name).filter((status) =>
      status.state !== "created"
    );
    if (last) return last.attempt + 1;
    return this.pod.formerRun(this.name)?.nextAttempt ?? 0;
  }

  /** Whether its first try to start is over, however it went: containers start one after the other, and a postStart hook holds those that follow. */
  get isTried(): boolean {
    return this.#isTried;
  }

  /** Notes that its first try is over. */
  setTried(): void {
    if (this.#isTried) return;
    this.#isTried = true;
    this.pod.bell.ring();
  }

  /** What its restarts are counted by: another definition begins anew. */
  get backoffKey(): string {
    return `${this.name}/${
      containerHash(this.services.host.crypto, this.spec)
    }`;
  }

  /** Records an event about this container. */
  event(
    type: "Normal" | "Warning",
    event: { reason: string; message: string },
  ): void {
    this.services.events.event(this.pod.pod, {
      type,
      ...event,
      container: this.name,
      init: this.isInit,
    });
  }

  /** Whether it is an init container, of either kind. */
  get isInit(): boolean {
    return this.role === "init" || this.role === "sidecar";
  }

  /** Time that a container of this pod gets to end, in milliseconds. */
  get graceMs(): number {
    return (this.pod.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  }
}
