/**
 * {@linkcode NodeInfo}: a node and what its pods take of it.
 *
 * @module
 */
import type { Node } from "../api/core/node.ts";
import { controllerOf } from "../loop/owners.ts";
import { type PodInfo, type Resources, resourcesOf } from "./pod_requests.ts";

/** One node in the scheduler's picture. Sums are kept up to date, so that a filter is a few comparisons. */
export class NodeInfo {
  /** The node's name. */
  readonly name: string;
  #node: Node | undefined;
  #allocatable: Resources & { readonly pods: number } = resourcesOf(undefined);
  readonly #pods = new Map<string, PodInfo>();
  /** Pods with rules on whom they share a node with; most nodes have none. */
  readonly #withAntiAffinity = new Map<string, PodInfo>();
  /** Pods of each controller that are to stay. */
  readonly #siblings = new Map<string, number>();
  #milliCpu = 0;
  #memoryBytes = 0;
  #ephemeralBytes = 0;
  #guessedMilliCpu = 0;
  #guessedMemoryBytes = 0;
  readonly #extended = new Map<string, number>();

  /** Nothing runs until it is asked to. */
  constructor(name: string) {
    this.name = name;
  }

  /** Undefined while only pods of the node are known. */
  get node(): Node | undefined {
    return this.#node;
  }

  set node(node: Node | undefined) {
    this.#node = node;
    this.#allocatable = resourcesOf(
      node?.status?.allocatable ?? node?.status?.capacity,
    );
  }

  /** What pods may take in all. */
  get allocatable(): Resources & { readonly pods: number } {
    return this.#allocatable;
  }

  /** The node's labels. */
  get labels(): Readonly<Record<string, string>> {
    return this.#node?.metadata.labels ?? {};
  }

  /** All pods on it, assumed ones too. */
  get pods(): ReadonlyMap<string, PodInfo> {
    return this.#pods;
  }

  /** Those of the pods that have required anti-affinity. */
  get podsWithAntiAffinity(): ReadonlyMap<string, PodInfo> {
    return this.#withAntiAffinity;
  }

  /** How many pods of a controller are here to stay. */
  siblings(controllerUid: string): number {
    return this.#siblings.get(controllerUid) ?? 0;
  }

  /** What is taken. */
  get requested(): Resources {
    return {
      milliCpu: this.#milliCpu,
      memoryBytes: this.#memoryBytes,
      ephemeralBytes: this.#ephemeralBytes,
      extended: this.#extended,
    };
  }

  /** What is taken, with a guess for pods that name nothing. */
  get guessed(): { readonly milliCpu: number; readonly memoryBytes: number } {
    return {
      milliCpu: this.#guessedMilliCpu,
      memoryBytes: this.#guessedMemoryBytes,
    };
  }

  /** Adds a pod, in the place of an older version of it. */
  add(uid: string, info: PodInfo): void {
    this.remove(uid);
    this.#pods.set(uid, info);
    if (
      info.pod.spec.affinity?.podAntiAffinity
        ?.requiredDuringSchedulingIgnoredDuringExecution !== undefined
    ) this.#withAntiAffinity.set(uid, info);
    this.#count(info, 1);
  }

  /** Takes a pod away; whether it was there. */
  remove(uid: string): boolean {
    const info = this.#pods.get(uid);
    if (info === undefined) return false;
    this.#pods.delete(uid);
    this.#withAntiAffinity.delete(uid);
    this.#count(info, -1);
    return true;
  }

  #count({ pod, requests, guessed }: PodInfo, sign: 1 | -1): void {
    const owner = controllerOf(pod)?.uid;
    if (owner !== undefined && pod.metadata.deletionTimestamp === undefined) {
      addTo(this.#siblings, owner, sign);
    }
    this.#milliCpu += sign * requests.milliCpu;
    this.#memoryBytes += sign * requests.memoryBytes;
    this.#ephemeralBytes += sign * requests.ephemeralBytes;
    this.#guessedMilliCpu += sign * guessed.milliCpu;
    this.#guessedMemoryBytes += sign * guessed.memoryBytes;
    for (const [name, amount] of requests.extended) {
      addTo(this.#extended, name, sign * amount);
    }
  }
}

function addTo(
  totals: Map<string, number>,
  key: string,
  amount: number,
): void {
  const total = (totals.get(key) ?? 0) + amount;
  if (total === 0) totals.delete(key);
  else totals.set(key, total);
}
