/**
 * The life of a pod on this node.
 *
 * ```text
 * admitting    --> preparing | finished | stopping
 * preparing    --> sandboxing | stopping
 * sandboxing   --> initializing | finished | stopping
 * initializing --> running | sandboxing | finished | stopping
 * running      --> sandboxing | finished | stopping
 * finished     --> stopping
 * stopping     --> cleaning
 * cleaning     --> deleting
 * deleting     --> gone
 * gone
 * ```
 *
 * Each state finds out from the runtime what is there already, so an agent that was killed at any point goes through the same states again and
 * changes nothing that is as it should be. A wish to end the pod leads to `stopping` from everywhere; the agent's own stop leads nowhere: the
 * worker just leaves off.
 *
 * @module
 */

/** Legal moves. */
export const POD_TRANSITIONS = {
  /** Looks whether the pod is over already. */
  admitting: ["preparing", "finished", "stopping"],
  /** Makes the volumes. */
  preparing: ["sandboxing", "stopping"],
  /** Finds or makes the sandbox with the network; clears it for a pod that restarts in its place. */
  sandboxing: ["initializing", "finished", "stopping"],
  /** Runs the init containers in order. */
  initializing: ["running", "sandboxing", "finished", "stopping"],
  /** Runs the containers. */
  running: ["sandboxing", "finished", "stopping"],
  /** Succeeded or failed: what still runs is stopped; the remains stay until the pod is deleted. */
  finished: ["stopping"],
  /** Ends the containers gracefully. */
  stopping: ["cleaning"],
  /** Takes everything off the node. */
  cleaning: ["deleting"],
  /** Sends the last status and deletes the object. */
  deleting: ["gone"],
  /** Nothing is left. */
  gone: [],
} as const satisfies Record<string, readonly string[]>;

/** Name of a state. */
export type PodStateName = keyof typeof POD_TRANSITIONS;

/** Where a state may lead. */
export type NextPodState<S extends PodStateName> =
  (typeof POD_TRANSITIONS)[S][number];

/** States that no wish to end the pod interrupts: they are its end. */
export const ENDING_STATES: readonly PodStateName[] = [
  "stopping",
  "cleaning",
  "deleting",
  "gone",
];
