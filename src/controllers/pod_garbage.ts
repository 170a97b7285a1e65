/**
 * {@linkcode PodGarbageReconciler}: deletes pods that nobody will ever finish.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Node } from "../api/core/node.ts";
import type { Pod } from "../api/core/pod.ts";
import { isApiError } from "../api/status.ts";
import { formatTime } from "../api/time.ts";
import type { Change, Client, Informer } from "../client/client.ts";
import type { ResourceInformer } from "../client/informer.ts";
import { keyOf } from "../client/paths.ts";
import { NODES, PODS } from "../client/resources.ts";
import { BY_NODE } from "../loop/owners.ts";
import { patchPodStatus } from "../loop/pod_status.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";
import { isPodTerminal } from "./pods.ts";

/** A node must be gone for this long before its pods follow: it may be registering anew. */
export const QUARANTINE_MS = 40_000;
/** So many ended pods are kept; Kubernetes' default. */
export const TERMINATED_LIMIT = 12_500;

/** What a {@linkcode PodGarbageReconciler} works with. */
export interface PodGarbageParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** With the index `BY_NODE`. */
  readonly pods: ResourceInformer<Pod>;
  /** All nodes. */
  readonly nodes: Informer<Node>;
  /** How many ended pods are kept. @default {@linkcode TERMINATED_LIMIT} */
  readonly terminatedLimit?: number;
}

/**
 * Keys are `node/<name>` for nodes that are gone, `pod/<namespace>/<name>` for unassigned pods that are being deleted, and `ended` for all ended pods
 * together.
 */
export class PodGarbageReconciler implements Reconciler {
  readonly name = "pod-garbage";
  readonly #host: Host;
  readonly #parts: PodGarbageParts;
  /** Since when a node is missing, by the monotonic clock. */
  readonly #missing = new Map<string, number>();
  /** Ended pods, so that counting them costs nothing. */
  readonly #ended = new Set<string>();

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: PodGarbageParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** A node came or went. */
  keysOfNode({ key }: Change<Node>): string[] {
    return [`node/${key}`];
  }

  /** What a change of a pod may make garbage. */
  keysOfPod({ key, object }: Change<Pod>): string[] {
    if (object === undefined || !isPodTerminal(object)) this.#ended.delete(key);
    else this.#ended.add(key);
    if (object === undefined) return [];
    const keys: string[] = [];
    const { nodeName } = object.spec;
    if (nodeName) {
      if (this.#parts.nodes.get(nodeName) === undefined) {
        keys.push(`node/${nodeName}`);
      }
    } else if (object.metadata.deletionTimestamp !== undefined) {
      keys.push(`pod/${key}`);
    }
    if (this.#ended.size > this.#limit) keys.push("ended");
    return keys;
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    if (key === "ended") return await this.#trim(signal);
    const [what, ...rest] = key.split("/");
    const name = rest.join("/");
    if (what === "node") return await this.#sweepNode(name, signal);
    const pod = this.#parts.pods.get(name);
    if (
      pod !== undefined && !pod.spec.nodeName &&
      pod.metadata.deletionTimestamp !== undefined
    ) await this.#delete(pod, signal);
  }

  get #limit(): number {
    return this.#parts.terminatedLimit ?? TERMINATED_LIMIT;
  }

  async #sweepNode(
    name: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const { client, nodes, pods } = this.#parts;
    const stranded = pods.byIndex(BY_NODE, name);
    if (nodes.get(name) !== undefined || stranded.length === 0) {
      this.#missing.delete(name);
      return;
    }
    const nowMs = this.#host.clock.monotonicMs();
    const sinceMs = this.#missing.get(name) ?? nowMs;
    this.#missing.set(name, sinceMs);
    const leftMs = sinceMs + QUARANTINE_MS - nowMs;
    if (leftMs > 0) return { requeueAfterMs: leftMs };
    try {
      await client.get(NODES, { name }, signal);
      return; // It is back; the watch will tell.
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
    for (const pod of stranded) {
      await this.#fail(pod, signal);
      await this.#delete(pod, signal);
    }
  }

  /** Its owner must know that it will not come back, and why. */
  async #fail(pod: Pod, signal: AbortSignal): Promise<void> {
    if (isPodTerminal(pod)) return;
    try {
      await patchPodStatus(this.#parts.client, pod, {
        status: {
          phase: "Failed",
          conditions: [{
            type: "DisruptionTarget",
            status: "True",
            reason: "DeletionByPodGC",
            message: "PodGC: node no longer exists",
            lastTransitionTime: formatTime(this.#host.clock.now()),
          }],
        },
        signal,
      });
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
  }

  /** Deletes the oldest of the ended pods beyond the limit. */
  async #trim(signal: AbortSignal): Promise<void> {
    const surplus = this.#ended.size - this.#limit;
    if (surplus <= 0) return;
    const ended = [...this.#ended].map((key) => this.#parts.pods.get(key))
      .filter((pod) => pod !== undefined)
      .sort((a, b) => createdAt(a) < createdAt(b) ? -1 : 1);
    for (const pod of ended.slice(0, surplus)) {
      await this.#delete(pod, signal);
      this.#ended.delete(keyOf(pod));
    }
  }

  async #delete(pod: Pod, signal: AbortSignal): Promise<void> {
    const { name = "", namespace = "", uid } = pod.metadata;
    try {
      await this.#parts.client.delete(PODS, { name, namespace }, {
        gracePeriodSeconds: 0,
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
}

function createdAt({ metadata }: Pod): string {
  return metadata.creationTimestamp ?? "";
}
