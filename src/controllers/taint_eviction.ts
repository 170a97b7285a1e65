/**
 * {@linkcode TaintEvictionReconciler}: deletes pods from nodes whose `NoExecute` taints they do not tolerate, or not for longer.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import { sameJson } from "../api/equal.ts";
import type { Node } from "../api/core/node.ts";
import type { Pod } from "../api/core/pod.ts";
import type { Taint } from "../api/core/toleration.ts";
import { isApiError } from "../api/status.ts";
import { formatTime } from "../api/time.ts";
import type { Change, Client, Informer } from "../client/client.ts";
import type { EventRecorder } from "../client/event_recorder.ts";
import type { ResourceInformer } from "../client/informer.ts";
import { keyOf, nameOf } from "../client/paths.ts";
import { PODS } from "../client/resources.ts";
import { BY_NODE } from "../loop/owners.ts";
import { patchPodStatus } from "../loop/pod_status.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";
import { OFFLINE_TOLERANCE, stayMs } from "./offline_tolerance.ts";
import { podCondition } from "./pods.ts";

/** What a {@linkcode TaintEvictionReconciler} works with. */
export interface TaintEvictionParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All nodes. */
  readonly nodes: Informer<Node>;
  /** With the index `BY_NODE`. */
  readonly pods: ResourceInformer<Pod>;
  /** Tells people what happened. */
  readonly recorder: EventRecorder;
}

/**
 * Keys are pods'. Time counts from when *we* saw the taint, by the monotonic clock, so a restart of ours gives every pod its whole time again. As Kubernetes' taint
 * eviction controller, with its events.
 */
export class TaintEvictionReconciler implements Reconciler {
  readonly name = "taint-eviction";
  readonly #host: Host;
  readonly #parts: TaintEvictionParts;
  /** Pods that are to go, by key: which, and since when they have not been wanted. */
  readonly #leaving = new Map<string, { uid: string; sinceMs: number }>();

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: TaintEvictionParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** A pod that came to a node, tolerates something else now, or is gone. */
  keysOfPod({ key, object, previous }: Change<Pod>): string[] {
    if (object === undefined) return this.#leaving.has(key) ? [key] : [];
    if (!object.spec.nodeName) return [];
    const isSame = previous !== undefined &&
      previous.metadata.uid === object.metadata.uid &&
      previous.spec.nodeName === object.spec.nodeName &&
      sameJson(previous.spec.tolerations, object.spec.tolerations) &&
      toleranceOf(previous) === toleranceOf(object);
    return isSame || !this.#isConcerned(key, object) ? [] : [key];
  }

  /** The pods of a node whose taints are others now. */
  keysOfNode({ key, object, previous }: Change<Node>): string[] {
    const isSame = sameJson(executeTaints(object), executeTaints(previous)) &&
      toleranceOf(object) === toleranceOf(previous);
    if (isSame) return [];
    return this.#parts.pods.byIndex(BY_NODE, key).map((pod) => keyOf(pod));
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const pod = this.#parts.pods.get(key);
    const { uid, deletionTimestamp } = pod?.metadata ?? {};
    const leaving = this.#leaving.get(key);
    if (leaving !== undefined && leaving.uid !== uid) this.#cancel(key);
    if (pod === undefined) return;
    // Somebody has asked it to go already.
    if (deletionTimestamp !== undefined) return void this.#leaving.delete(key);
    const node = this.#parts.nodes.get(pod.spec.nodeName ?? "");
    const taints = executeTaints(node);
    const ms = taints.length === 0 ? Infinity : stayMs(pod, { node, taints });
    if (ms === Infinity) return this.#cancel(key);
    const nowMs = this.#host.clock.monotonicMs();
    const sinceMs = this.#leaving.get(key)?.sinceMs ?? nowMs;
    const leftMs = sinceMs + ms - nowMs;
    if (leftMs > 0) {
      this.#leaving.set(key, { uid: uid ?? "", sinceMs });
      return { requeueAfterMs: leftMs };
    }
    this.#leaving.delete(key);
    await this.#evict(pod, signal);
  }

  #isConcerned(key: string, pod: Pod): boolean {
    return this.#leaving.has(key) ||
      executeTaints(this.#parts.nodes.get(pod.spec.nodeName ?? "")).length > 0;
  }

  #cancel(key: string): void {
    if (!this.#leaving.delete(key)) return;
    this.#tell(key, `Cancelling deletion of Pod ${key}`);
  }

  async #evict(pod: Pod, signal: AbortSignal): Promise<void> {
    const { name = "", namespace = "", uid, generation } = pod.metadata;
    this.#tell(keyOf(pod), `Marking for deletion Pod ${keyOf(pod)}`);
    try {
      if (podCondition(pod, "DisruptionTarget")?.status !== "True") {
        await patchPodStatus(this.#parts.client, pod, {
          status: {
            conditions: [{
              type: "DisruptionTarget",
              status: "True",
              ...generation === undefined
                ? {}
                : { observedGeneration: generation },
              reason: "DeletionByTaintManager",
              message: "Taint manager: deleting due to NoExecute taint",
              lastTransitionTime: formatTime(this.#host.clock.now()),
            }],
          },
          signal,
        });
      }
      await this.#parts.client.delete(PODS, { name, namespace }, {
        ...uid === undefined ? {} : { preconditions: { uid } },
        signal,
      });
    } catch (error) {
      if (isApiError(error, "NotFound") || isApiError(error, "Conflict")) {
        return;
      }
      throw error;
    }
  }

  #tell(key: string, message: string): void {
    this.#parts.recorder.record(
      { apiVersion: "v1", kind: "Pod", ...nameOf(key) },
      { type: "Normal", reason: "TaintManagerEviction", message },
    );
  }
}

function executeTaints(node: Node | undefined): readonly Taint[] {
  return (node?.spec.taints ?? []).filter(({ effect }) =>
    effect === "NoExecute"
  );
}

function toleranceOf(object: Pod | Node | undefined): string | undefined {
  return object?.metadata.annotations?.[OFFLINE_TOLERANCE];
}
