/**
 * What a container's worker sees of its pod: the newest wish and the newest observation. Implemented by `agent/pod/pod_record.ts`.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import type { ContainerStatus, SandboxStatus } from "../runtime/runtime.ts";
import type { Bell } from "./bell.ts";
import type { RestartBackoff } from "./restart_backoff.ts";

/** Why a container does not run (yet): becomes `state.waiting`. */
export interface Waiting {
  /** `ContainerCreating`, `CrashLoopBackOff`, `ErrImagePull` … */
  readonly reason: string;
  readonly message?: string;
}

/** A run of a container of which the runtime knows nothing any more. */
export interface FormerRun {
  /** How it ended; 137 when nobody saw it. Absent when it was ended to run anew. */
  readonly exitCode?: number;
  /** The number of the run that may follow. */
  readonly nextAttempt: number;
}

/** What probes found out. */
export interface ProbeState {
  /** Whether the container counts as started: no startup probe, or it succeeded. */
  readonly started: boolean;
  /** Whether it may get traffic: no readiness probe, or it succeeds. */
  readonly ready: boolean;
}

/** A pod, seen from its containers. */
export interface PodFace {
  /** The newest version of the object. */
  readonly pod: Pod;
  /** The sandbox that containers are made in. */
  readonly sandbox: SandboxStatus | undefined;
  /** Rings after every change of anything here. */
  readonly bell: Bell;
  /** Rings when the pod's object or a ConfigMap or Secret that it refers to changed. */
  readonly references: Bell;
  /** All attempts of a container that the runtime still has, newest first. */
  attempts(name: string): readonly ContainerStatus[];
  /** Reads the sandbox and its containers again from the runtime. */
  refresh(): Promise<void>;
  /** Says why a container waits; undefined when it does not. */
  setWaiting(name: string, waiting: Waiting | undefined): void;
  /** Says that a container runs but does not count as started yet: its postStart hook is under way. */
  setStarting(name: string, starting: boolean): void;
  /** The last run that the pod's status tells of; undefined when none ever was. */
  formerRun(name: string): FormerRun | undefined;
  /** What the probes say; undefined while the container does not run. */
  setProbes(name: string, state: ProbeState | undefined): void;
  /** What the probes said last, also before the agent was restarted (from the status in the API). */
  probes(name: string): ProbeState | undefined;
  /** The restart back-off of a container, by {@linkcode ContainerWork.backoffKey}; it outlives sandboxes. */
  backoff(key: string): RestartBackoff;
}
