/**
 * {@linkcode NodeCidrReconciler}: gives every node a network for its pods.
 *
 * @module
 */
import type { Node } from "../api/core/node.ts";
import { ApiError } from "../api/status.ts";
import type { Change, Client, Informer } from "../client/client.ts";
import type { EventRecorder } from "../client/event_recorder.ts";
import { NODES } from "../client/resources.ts";
import type { Reconciler } from "../loop/reconciler.ts";
import type { CidrPool } from "./cidr_pool.ts";

/** What a {@linkcode NodeCidrReconciler} works with. */
export interface NodeCidrParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All nodes. */
  readonly nodes: Informer<Node>;
  /** Tells people what happened. */
  readonly recorder: EventRecorder;
  /** Where networks come from. */
  readonly pool: CidrPool;
}

/**
 * Writes `spec.podCIDR` of nodes that have none. A part is taken from the moment of the choice until the node is gone: what nodes say counts, and
 * what was promised to a node whose write is not seen yet. A node that is tried again gets the same part again. Must run with a concurrency of 1.
 */
export class NodeCidrReconciler implements Reconciler {
  readonly name = "node-cidr";
  readonly #parts: NodeCidrParts;
  /** Part of the pool by node, from the choice until the node is seen with it. */
  readonly #promised = new Map<string, number>();
  /** Where to look next, so that a part that became free is not taken again at once. */
  #next = 0;

  /** Nothing runs until it is asked to. */
  constructor(parts: NodeCidrParts) {
    this.#parts = parts;
  }

  /** The node, and when it is gone those that wait for a part. */
  keysOfNode({ key, object }: Change<Node>): string[] {
    if (object !== undefined) return [key];
    const waiting = this.#parts.nodes.list().filter((node) =>
      cidrsOf(node).length === 0
    );
    return [key, ...waiting.map(({ metadata }) => metadata.name ?? "")];
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { client, nodes, recorder, pool } = this.#parts;
    const node = nodes.get(key);
    if (node === undefined || cidrsOf(node).length > 0) {
      this.#promised.delete(key);
      return;
    }
    if (node.metadata.deletionTimestamp !== undefined) return;
    const index = this.#promised.get(key) ?? this.#free();
    if (index === undefined) {
      // No retry: a node that goes wakes those that wait.
      recorder.record(node, {
        type: "Normal",
        reason: "CIDRNotAvailable",
        message: `Node ${key} status is now: CIDRNotAvailable`,
      });
      return;
    }
    this.#promised.set(key, index);
    const podCIDR = pool.part(index);
    try {
      await client.patch(NODES, { name: key }, {
        type: "strategic",
        body: {
          metadata: { uid: node.metadata.uid },
          spec: { podCIDR, podCIDRs: [podCIDR] },
        },
        signal,
      });
    } catch (error) {
      // Refused for good (gone, or it has one by now, which cannot change): nothing was written, so the part is free.
      if (
        error instanceof ApiError && [404, 409, 422].includes(error.code)
      ) this.#promised.delete(key);
      if (error instanceof ApiError && error.code === 404) return;
      throw error;
    }
  }

  #free(): number | undefined {
    const { nodes, pool } = this.#parts;
    const taken = new Set(this.#promised.values());
    for (const node of nodes.list()) {
      for (const cidr of cidrsOf(node)) {
        const range = pool.touched(cidr);
        if (range === undefined) continue;
        for (let at = range.first; at <= range.last; at++) taken.add(at);
      }
    }
    for (let i = 0; i < pool.size; i++) {
      const index = (this.#next + i) % pool.size;
      if (taken.has(index)) continue;
      this.#next = (index + 1) % pool.size;
      return index;
    }
    return undefined;
  }
}

function cidrsOf({ spec }: Node): readonly string[] {
  if (spec?.podCIDRs !== undefined && spec.podCIDRs.length > 0) {
    return spec.podCIDRs;
  }
  return spec?.podCIDR ? [spec.podCIDR] : [];
}
