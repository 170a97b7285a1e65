/**
 * {@linkcode SchedulingQueue}: pods that wait for a node.
 *
 * @module
 */
import type { Host, Timer } from "../base/host.ts";
import type { PodInfo } from "./pod_requests.ts";

/** First wait after a failed attempt; Kubernetes' default. */
export const BACKOFF_INITIAL_MS = 1_000;
/** Longest wait after a failed attempt; Kubernetes' default. */
export const BACKOFF_MAX_MS = 10_000;

/** A pod in the queue. */
export interface QueuedPod {
  /** The pod's uid. */
  readonly uid: string;
  /** Its newest version. */
  info: PodInfo;
  /** Failed attempts. */
  attempts: number;
  /** When it may be tried again, by the monotonic clock. */
  notBeforeMs: number;
  /** Arrival; earlier goes first among equals. */
  readonly order: number;
  /** Where it waits. */
  state: "active" | "backoff" | "unschedulable";
  /** Its last failure had to do with pods on other nodes. */
  dependsOnPods: boolean;
}

/**
 * Three places, as in Kubernetes' scheduler: *active* pods are tried now, highest priority first; those in *backoff* become active after a time;
 * *unschedulable* ones wait until something changes that could help them. A timer runs only while a pod is in backoff.
 */
export class SchedulingQueue implements Disposable {
  readonly #host: Host;
  readonly #pods = new Map<string, QueuedPod>();
  /** A binary heap of active pods. */
  readonly #active: QueuedPod[] = [];
  readonly #backoff = new Set<QueuedPod>();
  readonly #unschedulable = new Set<QueuedPod>();
  #wakeTaker: () => void = () => {};
  #timer: Timer | undefined;
  #order = 0;
  #closed = false;

  /** Nothing runs until it is asked to. */
  constructor(host: Host) {
    this.#host = host;
  }

  /** Pods that wait for a change. */
  get unschedulable(): Iterable<QueuedPod> {
    return this.#unschedulable;
  }

  /** Lengths, for `/debug/state`. */
  stats(): { active: number; backoff: number; unschedulable: number } {
    return {
      active: this.#active.filter((pod) => this.#isCurrent(pod)).length,
      backoff: this.#backoff.size,
      unschedulable: this.#unschedulable.size,
    };
  }

  /** A pod that waits here. */
  get(uid: string): QueuedPod | undefined {
    return this.#pods.get(uid);
  }

  /** Adds a new pod. */
  add(uid: string, info: PodInfo): void {
    if (this.#closed || this.#pods.has(uid)) return;
    const pod: QueuedPod = {
      uid,
      info,
      attempts: 0,
      notBeforeMs: 0,
      order: this.#order++,
      state: "active",
      dependsOnPods: false,
    };
    this.#pods.set(uid, pod);
    this.#activate(pod);
  }

  /** Puts a pod back that was taken and found no node. */
  putBack(
    pod: QueuedPod,
    { dependsOnPods, retry }: {
      readonly dependsOnPods: boolean;
      /** Try again after the back-off in any case: the failure was not the cluster's. */
      readonly retry: boolean;
    },
  ): void {
    if (this.#closed || this.#pods.has(pod.uid)) return;
    this.#pods.set(pod.uid, pod);
    pod.dependsOnPods = dependsOnPods;
    pod.notBeforeMs = this.#host.clock.monotonicMs() +
      Math.min(
        BACKOFF_INITIAL_MS * 2 ** pod.attempts++,
        BACKOFF_MAX_MS,
      );
    pod.state = "unschedulable";
    this.#unschedulable.add(pod);
    if (retry) this.wake(pod);
  }

  /** Something changed that may help an unschedulable pod: it is tried when its back-off is over. */
  wake(pod: QueuedPod): void {
    if (!this.#unschedulable.delete(pod)) return;
    if (pod.notBeforeMs <= this.#host.clock.monotonicMs()) {
      this.#activate(pod);
    } else {
      pod.state = "backoff";
      this.#backoff.add(pod);
      this.#schedule();
    }
  }

  /** A new version of a waiting pod. */
  update(
    uid: string,
    info: PodInfo,
    { wake }: { readonly wake: boolean },
  ): void {
    const pod = this.#pods.get(uid);
    if (pod === undefined) return;
    pod.info = info;
    if (wake) this.wake(pod);
  }

  /** The pod is gone, or placed. */
  delete(uid: string): void {
    const pod = this.#pods.get(uid);
    if (pod === undefined) return;
    this.#pods.delete(uid);
    this.#backoff.delete(pod);
    this.#unschedulable.delete(pod);
    this.#schedule();
  }

  /** The next pod to place; it leaves the queue. Waits for one; undefined when the queue is closed. One taker at a time. */
  async take(): Promise<QueuedPod | undefined> {
    while (!this.#closed) {
      const pod = this.#pop();
      if (pod !== undefined) return pod;
      // Woken, it looks anew: of several that became active together the first in rank goes first.
      await new Promise<void>((resolve) => this.#wakeTaker = resolve);
    }
    return undefined;
  }

  /** Forgets all pods and ends the taker. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#pods.clear();
    this.#active.length = 0;
    this.#backoff.clear();
    this.#unschedulable.clear();
    this.#wakeTaker();
  }

  #activate(pod: QueuedPod): void {
    pod.state = "active";
    this.#push(pod);
    this.#wakeTaker();
  }

  /** One timer for the earliest pod in backoff. */
  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#backoff.size === 0) return;
    let next = Infinity;
    for (const { notBeforeMs } of this.#backoff) {
      next = Math.min(next, notBeforeMs);
    }
    const now = this.#host.clock.monotonicMs();
    this.#timer = this.#host.clock.after(Math.max(0, next - now), () => {
      const now = this.#host.clock.monotonicMs();
      for (const pod of [...this.#backoff]) {
        if (pod.notBeforeMs > now) continue;
        this.#backoff.delete(pod);
        this.#activate(pod);
      }
      this.#schedule();
    });
  }

  #isCurrent(pod: QueuedPod): boolean {
    return this.#pods.get(pod.uid) === pod && pod.state === "active";
  }

  #push(pod: QueuedPod): void {
    const heap = this.#active;
    heap.push(pod);
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!before(heap[at]!, heap[parent]!)) break;
      swap(heap, at, parent);
      at = parent;
    }
  }

  #pop(): QueuedPod | undefined {
    const heap = this.#active;
    while (heap.length > 0) {
      const top = heap[0]!;
      const last = heap.pop()!;
      if (heap.length > 0) {
        heap[0] = last;
        sink(heap);
      }
      // Deleted pods stay in the heap until they come up.
      if (!this.#isCurrent(top)) continue;
      this.#pods.delete(top.uid);
      return top;
    }
    return undefined;
  }
}

function before(a: QueuedPod, b: QueuedPod): boolean {
  const byPriority = (b.info.pod.spec.priority ?? 0) -
    (a.info.pod.spec.priority ?? 0);
  return byPriority < 0 || (byPriority === 0 && a.order < b.order);
}

function sink(heap: QueuedPod[]): void {
  for (let at = 0;;) {
    const left = 2 * at + 1;
    const right = left + 1;
    let first = at;
    if (left < heap.length && before(heap[left]!, heap[first]!)) first = left;
    if (right < heap.length && before(heap[right]!, heap[first]!)) {
      first = right;
    }
    if (first === at) return;
    swap(heap, at, first);
    at = first;
  }
}

function swap(heap: QueuedPod[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b]!, heap[a]!];
}
