/**
 * The node's admission, with what it knows of the pods that are here.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import type { PodEvents } from "../../container/pod_events.ts";
import type { PodRecord } from "../pod_record.ts";
import {
  type AdmitResult,
  PodAdmission,
  type PodAdmitHandler,
} from "./handler.ts";

/** What a {@linkcode NodeAdmission} works with. */
export interface NodeAdmissionOptions {
  /** In the order in which they are asked. */
  readonly handlers: readonly PodAdmitHandler[];
  /** All pods that the agent works on. */
  readonly records: () => readonly PodRecord[];
  /** Pods that an earlier life of the agent had taken. */
  readonly known: readonly Pod[];
  readonly events: PodEvents;
  /** Reads the node's labels again from the API. */
  readonly refreshNode: (signal: AbortSignal) => Promise<void>;
  /** A pod was taken: a restart must not ask about it again. */
  readonly onAdmitted: (pod: Pod) => void;
}

const PREEMPTED = {
  reason: "Preempting",
  message: "Preempted in order to admit critical pod",
} as const;

/** Decides once about each pod, one after the other. */
export class NodeAdmission {
  readonly #options: NodeAdmissionOptions;
  readonly #chain: PodAdmission;
  readonly #known: ReadonlyMap<string, Pod>;
  /** Of the known ones, those that the agent has not been told of yet. They hold their place until all are known. */
  #expected: ReadonlyMap<string, Pod>;

  constructor(options: NodeAdmissionOptions) {
    this.#options = options;
    this.#chain = new PodAdmission(options.handlers);
    this.#known = new Map(options.known.map((pod) => [pod.metadata.uid!, pod]));
    this.#expected = this.#known;
  }

  /** Whether an earlier life of the agent took the pod of this UID. */
  wasAdmitted(uid: string): boolean {
    return this.#known.has(uid);
  }

  /** All pods of the node are known now: of those that were not told of nothing is left to wait for. */
  allKnown(): void {
    this.#expected = new Map();
  }

  /** Whether the node takes this pod. */
  admit(record: PodRecord): AdmitResult {
    const result = this.#chain.admit(record.pod, this.#others(record));
    if (result.admitted) {
      // After the record has been marked.
      queueMicrotask(() => this.#options.onAdmitted(record.pod));
    }
    return result;
  }

  /** Reads the node's labels again. */
  refreshNode(signal: AbortSignal): Promise<void> {
    return this.#options.refreshNode(signal);
  }

  /** Ends pods in favour of a critical one. */
  async preempt(pods: readonly Pod[], signal: AbortSignal): Promise<void> {
    const uids = pods.map(({ metadata }) => metadata.uid);
    const victims = this.#options.records().filter(({ uid }) =>
      uids.includes(uid)
    );
    for (const victim of victims) {
      this.#options.events.event(victim.pod, { type: "Warning", ...PREEMPTED });
      victim.fail({ ...PREEMPTED, isDisruption: true });
    }
    for (const victim of victims) {
      while (!victim.ended) await victim.bell.after(victim.bell.rings, signal);
    }
  }

  /** Pods that hold a part of the node: taken, and not ended yet. */
  #others(record: PodRecord): Pod[] {
    const records = this.#options.records();
    const told = new Set(records.map(({ uid }) => uid));
    const expected = [...this.#expected.values()].filter((pod) =>
      !told.has(pod.metadata.uid!) && !isOver(pod)
    );
    const here = records.filter((other) =>
      other !== record && other.isAdmitted && !other.ended && !other.removed &&
      !isOver({ status: other.lastStatus })
    );
    return [...here.map(({ pod }) => pod), ...expected];
  }
}

function isOver({ status }: { status?: Pod["status"] | undefined }): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}
