/**
 * Why a pod fits nowhere, in Kubernetes' words.
 *
 * @module
 */
import type { Pod } from "../api/core/pod.ts";
import type { Rejection } from "./filters/filter.ts";

/** What is said when there is no node at all. */
export const NO_NODES = "no nodes available to schedule pods";

/** Rejections of all nodes for one pod. */
export class Diagnosis {
  readonly #reasons = new Map<string, number>();
  #nodes = 0;
  #unresolvable = 0;
  #dependsOnPods = false;
  #refusal: string | undefined;

  /** The pod can go to none of so many nodes, whatever they are. */
  refuse(message: string, nodes: number): void {
    this.#refusal = message;
    this.#nodes = nodes;
    this.#unresolvable = nodes;
  }

  /** Counts the rejection of one node. */
  add(rejection: Rejection): void {
    this.#nodes++;
    if (rejection.unresolvable) this.#unresolvable++;
    if (rejection.dependsOnPods) this.#dependsOnPods = true;
    for (const reason of rejection.reasons) {
      this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    }
  }

  /** Whether pods on other nodes might make a difference. */
  get dependsOnPods(): boolean {
    return this.#dependsOnPods;
  }

  /** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. preemption: …` */
  message(pod: Pod): string {
    if (this.#nodes === 0) return NO_NODES;
    const why = this.#refusal === undefined
      ? available(this.#nodes, this.#reasons)
      : `0/${this.#nodes} nodes are available: ${this.#refusal}.`;
    return `${why} preemption: ${this.#preemption(pod)}`;
  }

  /** We do not preempt: no pod is ever found that could be removed. */
  #preemption(pod: Pod): string {
    if (pod.spec.preemptionPolicy === "Never") {
      return "not eligible due to preemptionPolicy=Never.";
    }
    const reasons = new Map<string, number>();
    const resolvable = this.#nodes - this.#unresolvable;
    if (resolvable > 0) {
      reasons.set("No preemption victims found for incoming pod", resolvable);
    }
    if (this.#unresolvable > 0) {
      reasons.set(
        "Preemption is not helpful for scheduling",
        this.#unresolvable,
      );
    }
    return available(this.#nodes, reasons);
  }
}

function available(
  nodes: number,
  reasons: ReadonlyMap<string, number>,
): string {
  const counted = [...reasons].map(([reason, count]) => `${count} ${reason}`)
    .sort();
  return `0/${nodes} nodes are available: ${counted.join(", ")}.`;
}
