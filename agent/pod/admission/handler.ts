/**
 * The node's own admission of pods: what the scheduler could not know, and what nobody asked the scheduler about (pods that name their node, static pods).
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";

/** A refusal, in kubelet's words. */
export interface Refusal {
  readonly admitted: false;
  /** `status.reason` and the event's: `OutOfcpu`, `NodePorts`, `Evicted` … */
  readonly reason: string;
  /** Follows `Pod was rejected: ` in the status. */
  readonly message: string;
  /** Whether the node's labels alone are the reason: they may be older here than what the scheduler has seen. */
  readonly staleNode?: boolean;
}

/** What became of a pod. */
export type AdmitResult =
  | {
    readonly admitted: true;
    /** Pods that have to go first: a critical one needs their room. */
    readonly preempts?: readonly Pod[];
  }
  | Refusal;

/** What admits every pod says this. */
export const ADMITTED: AdmitResult = { admitted: true };

/** One reason to refuse. Asked once for each pod that is new on this node; an agent that starts anew does not ask about the pods that it finds. */
export interface PodAdmitHandler {
  /** @param others pods that were admitted and still hold what they were given */
  admit(pod: Pod, others: readonly Pod[]): AdmitResult;
}

/** Asks the handlers in turn; the first refusal counts. */
export class PodAdmission implements PodAdmitHandler {
  readonly #handlers: readonly PodAdmitHandler[];

  /** @param handlers in kubelet's order: eviction, sysctls, room and node, AppArmor, shutdown */
  constructor(handlers: readonly PodAdmitHandler[]) {
    this.#handlers = handlers;
  }

  /** Also a handler that fails refuses: nobody knows what the pod would meet. */
  admit(pod: Pod, others: readonly Pod[]): AdmitResult {
    let preempts: readonly Pod[] | undefined;
    try {
      for (const handler of this.#handlers) {
        const result = handler.admit(pod, others);
        if (!result.admitted) return result;
        preempts ??= result.preempts;
      }
    } catch (error) {
      return {
        admitted: false,
        reason: "UnexpectedAdmissionError",
        message: error instanceof Error ? error.message : String(error),
      };
    }
    return preempts ? { admitted: true, preempts } : ADMITTED;
  }
}
