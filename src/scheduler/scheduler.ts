/**
 * {@linkcode Scheduler}: gives every pod a node.
 *
 * @module
 */
import { messageOf, Stopped } from "../base/errors.ts";
import type { Host } from "../base/host.ts";
import { sameJson } from "../api/equal.ts";
import type { Node } from "../api/core/node.ts";
import type { PersistentVolume } from "../api/core/persistent_volume.ts";
import type { Pod } from "../api/core/pod.ts";
import { claimKeysOf } from "../api/volumes/claim_words.ts";
import { LOCAL_STORAGE_ANNOTATION } from "../api/volumes/local_path.ts";
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
import { usesClaims } from "./volumes/pod_claims.ts";
import {
  type Reservation,
  VolumeReservations,
} from "./volumes/reservations.ts";
import { type VolumeInformers, VolumeView } from "./volumes/volume_view.ts";

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
  /** Claims, volumes and classes. @default none: claims of pods are not looked at */
  readonly volumes?: VolumeInformers;
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
  readonly #snapshot: Snapshot;
  readonly #reservations: VolumeReservations | undefined;
  readonly #queue: SchedulingQueue;
  readonly #bindings = new Set<Promise<void>>();
  /** Pods that have a node and wait for their volumes, by uid; as many as there are. */
  readonly #preparing = new Map<string, AbortController>();
  readonly #prepared = new Set<Promise<void>>();
  #start = 0;

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: SchedulerParts) {
    this.#host = host;
    this.#parts = parts;
    this.#queue = new SchedulingQueue(host);
    const view = parts.volumes && new VolumeView(parts.volumes);
    this.#snapshot = new Snapshot(view);
    this.#reservations = view &&
      new VolumeReservations(host, parts.client, view);
  }

  /** Runs until the signal aborts; bindings under way are waited for. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    using stack = new DisposableStack();
    stack.use(this.#queue);
    const onAbort = () => this.#queue[Symbol.dispose]();
    signal.addEventListener("abort", onAbort, { once: true });
    stack.defer(() => signal.removeEventListener("abort", onAbort));
    this.#watchVolumes(stack);
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
    await Promise.all([...this.#bindings, ...this.#prepared]);
  }

  /** Figures for `/debug/state`. */
  stats(): Record<string, number> {
    return {
      ...this.#queue.stats(),
      nodes: this.#snapshot.nodes.length,
      assumed: this.#snapshot.assumed,
      binding: this.#bindings.size,
      preparing: this.#preparing.size,
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
      const { nodeName } = choice;
      const reserved = this.#reservations?.reserve(
        queued.info.pod,
        this.#snapshot.get(nodeName)!,
      );
      this.#snapshot.assume(queued.info, nodeName);
      if (reserved === undefined) {
        this.#inBackground(() => this.#bind(queued, nodeName, signal));
      } else {
        this.#inBackground(
          () => this.#prepare(queued, reserved, signal),
          this.#prepared,
        );
      }
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

  /** Volumes first: a pod that is bound must find them. */
  async #prepare(
    queued: QueuedPod,
    reserved: Reservation,
    signal: AbortSignal,
  ): Promise<void> {
    const stop = new AbortController();
    this.#preparing.set(queued.uid, stop);
    try {
      await this.#reservations?.carryOut(
        reserved,
        AbortSignal.any([signal, stop.signal]),
      );
    } catch (error) {
      if (signal.aborted) return;
      return await this.#failed(queued, reserved.nodeName, error, signal);
    } finally {
      this.#preparing.delete(queued.uid);
    }
    await this.#bind(queued, reserved.nodeName, signal);
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
    if (outcome.kind === "gone") this.#takeBack(queued, nodeName);
    else await this.#failed(queued, nodeName, outcome.error, signal);
  }

  /** The pod is not on the node after all. */
  #takeBack(queued: QueuedPod, nodeName: string): void {
    this.#snapshot.forget(queued.uid);
    this.#roomFreed(nodeName);
  }

  /** What was decided could not be done: another time. */
  async #failed(
    queued: QueuedPod,
    nodeName: string,
    error: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    this.#takeBack(queued, nodeName);
    if (!this.#refresh(queued)) return;
    this.#queue.putBack(queued, { dependsOnPods: false, retry: true });
    await reportUnschedulable(this.#host, {
      ...this.#parts,
      pod: queued.info.pod,
      reason: "SchedulerError",
      message: messageOf(error),
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

  #inBackground(task: () => Promise<void>, among = this.#bindings): void {
    const ended = Promise.withResolvers<void>();
    among.add(ended.promise);
    this.#host.spawn("scheduler-binding", async () => {
      try {
        await task();
      } finally {
        among.delete(ended.promise);
        ended.resolve();
      }
    });
  }

  /** Before pods are told of: none is placed before all claims are known. */
  #watchVolumes(stack: DisposableStack): void {
    const { volumes } = this.#parts;
    if (volumes === undefined) return;
    stack.use(volumes.classes.onChange(() => this.#volumesChanged()));
    stack.use(volumes.volumes.onChange(({ object, previous }) => {
      if (changesVolume(object, previous)) this.#volumesChanged();
    }));
    stack.use(volumes.claims.onChange(({ key, object, previous }) => {
      this.#reservations?.claimChanged(key);
      // One that comes or goes is at least another reason to wait.
      this.#volumesChanged(key, object === undefined || previous === undefined);
    }));
  }

  /** Volumes, classes or one claim are not as before: waiting pods that would fit somewhere now are tried again. */
  #volumesChanged(claim?: string, inAnyCase = false): void {
    for (const queued of [...this.#queue.unschedulable]) {
      const { pod } = queued.info;
      const concerned = claim === undefined
        ? usesClaims(pod)
        : claimKeysOf(pod).includes(claim);
      if (!concerned) continue;
      const check = checkFor(queued.info, this.#snapshot);
      if (
        inAnyCase ||
        this.#snapshot.nodes.some((node) => check(node) === undefined)
      ) this.#queue.wake(queued);
    }
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
    this.#preparing.get(uid)?.abort(new Stopped("The pod is gone"));
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

/** Whether a volume may suit claims that it did not suit before. */
function changesVolume(
  object: PersistentVolume | undefined,
  previous: PersistentVolume | undefined,
): boolean {
  return object === undefined || previous === undefined ||
    object.status?.phase !== previous.status?.phase ||
    !sameJson(object.spec, previous.spec) ||
    !sameJson(object.metadata.labels, previous.metadata.labels);
}

function sameWish(a: Pod, b: Pod): boolean {
  return sameJson(a.spec, b.spec) &&
    sameJson(a.metadata.labels, b.metadata.labels);
}

function changesRules(a: Node, b: Node): boolean {
  return !sameJson(a.spec, b.spec) ||
    !sameJson(a.metadata.labels, b.metadata.labels) ||
    a.metadata.annotations?.[LOCAL_STORAGE_ANNOTATION] !==
      b.metadata.annotations?.[LOCAL_STORAGE_ANNOTATION] ||
    !sameJson(a.status?.allocatable, b.status?.allocatable);
}
