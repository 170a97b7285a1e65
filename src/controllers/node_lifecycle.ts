/**
 * {@linkcode NodeLifecycleReconciler}: notices nodes that fall silent.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import { sameJson } from "../api/equal.ts";
import type { Lease } from "../api/coordination/lease.ts";
import type { Node } from "../api/core/node.ts";
import type { Pod } from "../api/core/pod.ts";
import { isApiError } from "../api/status.ts";
import { formatTime } from "../api/time.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/event_recorder.ts";
import type { ResourceInformer } from "../client/informer.ts";
import { NODES } from "../client/resources.ts";
import { BY_NODE } from "../loop/owners.ts";
import { patchPodStatus } from "../loop/pod_status.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";
import {
  nodeCondition,
  taintsFor,
  unknownConditions,
} from "./node_conditions.ts";
import { podCondition } from "./pods.ts";

/** A node that gives no sign of life for this long is not ready; Kubernetes' default since 1.32. */
export const MONITOR_GRACE_MS = 50_000;
/** A new node may take this long before its first sign of life. */
export const STARTUP_GRACE_MS = 60_000;
/** Where nodes' signs of life are. */
export const LEASE_NAMESPACE = "kube-node-lease";

/** What a {@linkcode NodeLifecycleReconciler} works with. */
export interface NodeLifecycleParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All nodes. */
  readonly nodes: ResourceInformer<Node>;
  /** Of {@linkcode LEASE_NAMESPACE}. */
  readonly leases: ResourceInformer<Lease>;
  /** With the index `BY_NODE`. */
  readonly pods: ResourceInformer<Pod>;
  /** Tells people what happened. */
  readonly recorder: EventRecorder;
  /** How long a node may be silent. @default {@linkcode MONITOR_GRACE_MS} */
  readonly monitorGraceMs?: number;
}

/** What was last heard of a node. */
interface Sign {
  /** The Lease's last renewal. */
  renewal: string | undefined;
  /** The last heartbeat in the status. */
  heartbeat: string | undefined;
  /** When we saw either change, by our own monotonic clock: nodes' clocks are not trusted. */
  seenMs: number;
  /** Whether Ready was True when last looked at. */
  wasReady: boolean;
}

/**
 * Sets the conditions of a silent node to Unknown and its pods to not ready; keeps the taints that follow from conditions. A renewed Lease or a new status is a
 * sign of life. Time counts from when *we* saw a sign, so a restart of ours gives every node the full grace.
 */
export class NodeLifecycleReconciler implements Reconciler {
  readonly name = "node-lifecycle";
  readonly #host: Host;
  readonly #parts: NodeLifecycleParts;
  readonly #signs = new Map<string, Sign>();

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: NodeLifecycleParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const node = this.#parts.nodes.get(key);
    if (node === undefined) {
      this.#signs.delete(key);
      return;
    }
    const sign = this.#observe(node);
    const ready = nodeCondition(node, "Ready");
    const graceMs = ready === undefined
      ? STARTUP_GRACE_MS
      : this.#parts.monitorGraceMs ?? MONITOR_GRACE_MS;
    const leftMs = sign.seenMs + graceMs - this.#host.clock.monotonicMs();
    const silent = leftMs <= 0;
    const turnedUnready = sign.wasReady && ready?.status !== "True";
    if (silent) {
      const live = await this.#markUnknown(node, signal);
      await this.#keepTaints(live, signal);
    } else {
      await this.#keepTaints(node, signal);
    }
    // A silent node's pods are not ready, whoever says so; a node that says itself that it is not ready takes them along once.
    if (silent || turnedUnready) await this.#markPods(key, signal);
    if (sign.wasReady && (silent || turnedUnready)) {
      this.#parts.recorder.record(node, {
        type: "Normal",
        reason: "NodeNotReady",
        message: `Node ${key} status is now: NodeNotReady`,
      });
    }
    sign.wasReady = !silent && ready?.status === "True";
    // A silent node is looked at again when it speaks.
    if (!silent) return { requeueAfterMs: leftMs };
  }

  #observe(node: Node): Sign {
    const name = node.metadata.name ?? "";
    const lease = this.#parts.leases.get(`${LEASE_NAMESPACE}/${name}`);
    const ready = nodeCondition(node, "Ready");
    const renewal = lease === undefined
      ? undefined
      : `${lease.metadata.uid} ${lease.spec.renewTime}`;
    // A condition that we wrote ourselves is no sign of life.
    const heartbeat = ready?.reason === "NodeStatusNeverUpdated"
      ? undefined
      : ready?.lastHeartbeatTime;
    const nowMs = this.#host.clock.monotonicMs();
    const held = this.#signs.get(name);
    if (held === undefined) {
      const wasReady = ready?.status === "True";
      const sign = { renewal, heartbeat, seenMs: nowMs, wasReady };
      this.#signs.set(name, sign);
      return sign;
    }
    const renewed = renewal !== undefined && renewal !== held.renewal;
    const beaten = heartbeat !== undefined && heartbeat !== held.heartbeat;
    if (renewed || beaten) {
      held.renewal = renewal ?? held.renewal;
      held.heartbeat = heartbeat ?? held.heartbeat;
      held.seenMs = nowMs;
    }
    return held;
  }

  async #markUnknown(node: Node, signal: AbortSignal): Promise<Node> {
    const conditions = unknownConditions(
      node,
      formatTime(this.#host.clock.now()),
    );
    if (sameJson(conditions, node.status?.conditions ?? [])) return node;
    return await this.#parts.client.update(NODES, {
      ...node,
      status: { ...node.status, conditions },
    }, { subresource: "status", signal });
  }

  async #keepTaints(node: Node, signal: AbortSignal): Promise<void> {
    const taints = taintsFor(node, formatTime(this.#host.clock.now()));
    if (sameJson(taints, node.spec.taints ?? [])) return;
    const { name = "", resourceVersion } = node.metadata;
    await this.#parts.client.patch(NODES, { name }, {
      type: "merge",
      body: {
        metadata: { resourceVersion },
        spec: { taints: taints.length === 0 ? null : taints },
      },
      signal,
    });
  }

  async #markPods(nodeName: string, signal: AbortSignal): Promise<void> {
    for (const pod of this.#parts.pods.byIndex(BY_NODE, nodeName)) {
      const ready = podCondition(pod, "Ready");
      if (ready?.status !== "True") continue;
      try {
        await patchPodStatus(this.#parts.client, pod, {
          status: {
            conditions: [{
              type: "Ready",
              status: "False",
              lastTransitionTime: formatTime(this.#host.clock.now()),
            }],
          },
          signal,
        });
      } catch (error) {
        if (isApiError(error, "NotFound") || isApiError(error, "Conflict")) {
          continue;
        }
        throw error;
      }
      this.#parts.recorder.record(pod, {
        type: "Warning",
        reason: "NodeNotReady",
        message: "Node is not ready",
      });
    }
  }
}
