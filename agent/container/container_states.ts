/**
 * The life of one container in a pod, over all its restarts.
 *
 * ```text
 * deciding --> pulling | starting | running | exited
 * pulling  --> creating
 * creating --> starting | failed
 * starting --> running | failed | exited
 * running  --> exited | pulling
 * failed   --> pulling
 * exited   --> pulling | waiting | done
 * waiting  --> pulling
 * done
 * ```
 *
 * Stopping is not a state here: when the pod ends (or the agent), the worker leaves off in whatever state it is, and the pod's own states stop what
 * still runs. So an agent that was killed at any point begins at `deciding`, which finds out from the runtime alone how far things are.
 *
 * @module
 */

/** Legal moves. */
export const CONTAINER_TRANSITIONS = {
  /** Looks at what the runtime has: nothing, something created, running or ended. */
  deciding: ["pulling", "starting", "running", "exited"],
  /** Gets the image; tries again with back-off until it is there. */
  pulling: ["creating"],
  /** Has the runtime create the next attempt. */
  creating: ["starting", "failed"],
  /** Has the runtime start what is created, and runs its postStart hook; what cannot be started has ended where the runtime says so. */
  starting: ["running", "failed", "exited"],
  /** Runs, with its probes. */
  running: ["exited", "pulling"],
  /** Could not be created or started: waits for its next try. */
  failed: ["pulling"],
  /** Ended: starts again now, later or never. */
  exited: ["pulling", "waiting", "done"],
  /** CrashLoopBackOff. */
  waiting: ["pulling"],
  /** Ended for good. */
  done: [],
} as const satisfies Record<string, readonly string[]>;

/** Name of a state. */
export type ContainerStateName = keyof typeof CONTAINER_TRANSITIONS;

/** Where a state may lead. */
export type NextContainerState<S extends ContainerStateName> =
  (typeof CONTAINER_TRANSITIONS)[S][number];
