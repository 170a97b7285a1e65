/**
 * {@linkcode Scheduler}: gives every pod a node.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import { sameJson } from "../api/equal.ts";
import type { Node } from "../api/core/node.ts";
import type { Pod } from "../api/core/pod.ts";
import type { Change, Client, Informer } from "../client/client.ts";
import type { EventRecorder } from "../client/event_recorder.ts";
import { keyOf } from "../client/paths.ts";
import type { Runnable } from "../loop/manager.ts";
import { bind } from "./bind.ts";
import { podInfo } from "./pod_requests.ts";
import { type QueuedPod, SchedulingQueue } from "./queue.ts";
import { reportUnschedulable } from "./report.ts";
import { checkFor, selectNode } from "./select_node.ts";
import { Snapshot } from "./snapshot.ts";

/** The name that pods ask for when they ask for none. */
export const DEFAULT_SCHEDULER = "default-scheduler";
/** Bindings under way at once. Decisions wait for them beyond this. */
const MAX_BINDINGS = 128;

/** What a {@linkcode Scheduler} works with. */
export interface SchedulerParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All pods. */
  readonly pods: Informer<Pod>;
  /** All nodes. */
  readonly nodes: Informer<Node>;
  /** Tells people what happened. */
  readonly recorder: EventRecorder;
  /** Pods that name it are ours. @default {@linkcode DEFAULT_SCHEDULER} */
  readonly schedulerName?: string;
}

/**
 * Watches pods and nodes, decides for one pod after the other in memory, and writes decisions side by side. An allocation counts from the decision on
 * (see {@linkcode Snapshot}), so allocatable room is never exceeded, however slow API or watch are.
 */
export class Scheduler implements Runnable {
  readonly name = "scheduler";
  readonly #host: Host;
  readonly #parts: SchedulerParts;
  readonly #snapshot = new Snapshot();
  readonly #queue: SchedulingQueue;
  readonly #bindings = new Set<Promise<void>>();
  #start = 0;

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: SchedulerParts) {
    this.#host = host;
    this.#parts = parts;
    this.#queue = new SchedulingQueue(host);
  }

  /** Runs until the signal aborts; bindings under way are waited for. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    using stack = new DisposableStack();
    stack.use(this.#queue);
    const onAbort = () => this.#queue[Symbol.dispose]();
    signal.addEventListener("abort", onAbort, { once: true });
    stack.defer(() => signal.removeEventListener("abort", onAbort));
    // Both tell all that there is before they return: no pod is placed before all room in use is counted.
    stack.use(
      this.#parts.nodes.onChange((change) => this.#nodeChanged(change)),
    );
    stack.use(this.#parts.pods.onChange((change) => this.#podChanged(change)));
    while (!signal.aborted) {
      const queued = await this.#queue.take();
      if (queued === undefined) break;
      this.#scheduleOne(queued, signal);
      while (this.#bindings.size >= MAX_BINDINGS) {
        await Promise.race(this.#bindings);
      }
    }
    await Promise.all(this.#bindings);
  }

  /** Figures for `/debug/state`. */
  stats(): Record<string, number> {
    return {
      ...this.#queue.stats(),
      nodes: this.#snapshot.nodes.length,
      assumed: this.#snapshot.assumed,
      binding: this.#bindings.size,
    };
  }

  #scheduleOne(queued: QueuedPod, signal: AbortSignal): void {
    if (!this.#refresh(queued)) return;
    const { choice, looked } = selectNode(queued.info, this.#snapshot, {
      start: this.#start,
      random: () => this.#host.random.float(),
    });
    const count = this.#snapshot.nodes.length;
    this.#start = count === 0 ? 0 : (this.#start + looked) % count;
    if ("nodeName" in choice) {
      this.#snapshot.assume(queued.info, choice.nodeName);
      this.#inBackground(() => this.#bind(queued, choice.nodeName, signal));
      return;
    }
    const { diagnosis } = choice;
    this.#queue.putBack(queued, {
      dependsOnPods: diagnosis.dependsOnPods,
      retry: false,
    });
    const { pod } = queued.info;
    this.#inBackground(() =>
      reportUnschedulable(this.#host, {
        ...this.#parts,
        pod,
        reason: "Unschedulable",
        message: diagnosis.message(pod),
        signal,
      })
    );
  }

  async #bind(
    queued: QueuedPod,
    nodeName: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { pod } = queued.info;
    const { client, recorder } = this.#parts;
    const outcome = await bind(this.#host, { client, pod, nodeName, signal });
    if (outcome.kind === "bound") {
      recorder.record(pod, {
        type: "Normal",
        reason: "Scheduled",
        message:
          `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${nodeName}`,
      });
      return;
    }
    this.#snapshot.forget(queued.uid);
    this.#roomFreed(nodeName);
    if (outcome.kind === "gone") return;
    if (!this.#refresh(queued)) return;
    this.#queue.putBack(queued, { dependsOnPods: false, retry: true });
    await reportUnschedulable(this.#host, {
      client,
      recorder,
      pod,
      reason: "SchedulerError",
      message: outcome.error instanceof Error
        ? outcome.error.message
        : String(outcome.error),
      signal,
    });
  }

  /** Takes the newest version of a pod that left the queue; false when it is no longer ours to place. */
  #refresh(queued: QueuedPod): boolean {
    const { pod } = queued.info;
    const current = this.#parts.pods.get(keyOf(pod));
    if (
      current === undefined || current.metadata.uid !== queued.uid ||
      !this.#isOurs(current)
    ) return false;
    if (current !== pod) queued.info = podInfo(current);
    return true;
  }

  #inBackground(task: () => Promise<void>): void {
    const ended = Promise.withResolvers<void>();
    this.#bindings.add(ended.promise);
    this.#host.spawn("scheduler-binding", async () => {
      try {
        await task();
      } finally {
        this.#bindings.delete(ended.promise);
        ended.resolve();
      }
    });
  }

  #nodeChanged({ key, object, previous }: Change<Node>): void {
    if (object === undefined) {
      this.#snapshot.deleteNode(key);
      return;
    }
    this.#snapshot.setNode(object);
    // Most changes of a node are of conditions or images, which no rule reads.
    if (previous === undefined || changesRules(object, previous)) {
      this.#roomFreed(key);
    }
  }

  #podChanged({ object, previous }: Change<Pod>): void {
    if (
      previous !== undefined && object?.metadata.uid !== previous.metadata.uid
    ) {
      this.#podLeft(previous);
    }
    if (object === undefined) return;
    const uid = object.metadata.uid ?? "";
    if (object.spec.nodeName) {
      this.#queue.delete(uid);
      if (hasEnded(object)) this.#podLeft(object);
      else this.#snapshot.setPod(object);
      if (previous?.spec.nodeName !== object.spec.nodeName) this.#podsMoved();
      return;
    }
    if (!this.#isOurs(object)) {
      this.#queue.delete(uid);
      return;
    }
    // Placed by us; the watch will show it there.
    if (this.#snapshot.isAssumed(uid)) return;
    if (this.#queue.get(uid) === undefined) {
      this.#queue.add(uid, podInfo(object));
    } else {
      // Our own report changes the status; only another wish is worth a new try.
      this.#queue.update(uid, podInfo(object), {
        wake: previous !== undefined && !sameWish(object, previous),
      });
    }
  }

  #podLeft(pod: Pod): void {
    const uid = pod.metadata.uid ?? "";
    this.#queue.delete(uid);
    const freed = this.#snapshot.deletePod(uid);
    if (freed !== undefined) this.#roomFreed(freed);
    this.#podsMoved();
  }

  /** A node has more room, or other properties: waiting pods that would fit there now are tried again. */
  #roomFreed(nodeName: string): void {
    const node = this.#snapshot.get(nodeName);
    if (node === undefined) return;
    for (const queued of [...this.#queue.unschedulable]) {
      if (checkFor(queued.info, this.#snapshot)(node) === undefined) {
        this.#queue.wake(queued);
      }
    }
  }

  /** Pods came or went: those that wait because of other pods are tried again. */
  #podsMoved(): void {
    for (const queued of [...this.#queue.unschedulable]) {
      if (queued.dependsOnPods) this.#queue.wake(queued);
    }
  }

  #isOurs({ spec, metadata, status }: Pod): boolean {
    const { schedulerName = DEFAULT_SCHEDULER } = this.#parts;
    return !spec.nodeName && metadata.deletionTimestamp === undefined &&
      (spec.schedulerName || DEFAULT_SCHEDULER) === schedulerName &&
      (spec.schedulingGates ?? []).length === 0 &&
      status?.phase !== "Succeeded" && status?.phase !== "Failed";
  }
}

function hasEnded({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

function sameWish(a: Pod, b: Pod): boolean {
  return sameJson(a.spec, b.spec) &&
    sameJson(a.metadata.labels, b.metadata.labels);
}

function changesRules(a: Node, b: Node): boolean {
  return !sameJson(a.spec, b.spec) ||
    !sameJson(a.metadata.labels, b.metadata.labels) ||
    !sameJson(a.status?.allocatable, b.status?.allocatable);
}
