/**
 * {@linkcode NodeGiveUpReconciler}: decides which lost nodes' pods are to go.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import { sameJson } from "../api/equal.ts";
import type { Node } from "../api/core/node.ts";
import type { Taint } from "../api/core/toleration.ts";
import { formatTime } from "../api/time.ts";
import type { Change, Client, Informer } from "../client/client.ts";
import { NODES } from "../client/resources.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";
import { nodeCondition } from "./node_conditions.ts";
import { ZoneDisruption, zoneOf } from "./zone_disruption.ts";

/** How long, in milliseconds, a node is lost before anything is done: one that comes back at once, as after a restart of its runtime, is not told of. */
const SETTLE_MS = 5_000;

/** Taints of nodes that are lost, by the status of Ready. */
const LOST: Readonly<Record<string, string>> = {
  False: "node.kubernetes.io/not-ready",
  Unknown: "node.kubernetes.io/unreachable",
};
const LOST_KEYS = Object.values(LOST);

/** What a {@linkcode NodeGiveUpReconciler} works with. */
export interface NodeGiveUpParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All nodes. */
  readonly nodes: Informer<Node>;
}

/**
 * Puts the taint `NoExecute` on nodes that are not ready, and takes it off again. Nodes of a zone follow each other slowly, and when much of a zone is lost they are
 * not given up at all: a broken line to a whole site must not move its pods (Kubernetes' node life cycle controller, with its rates). Run it with a
 * concurrency of 1.
 */
export class NodeGiveUpReconciler implements Reconciler {
  readonly name = "node-give-up";
  readonly #host: Host;
  readonly #parts: NodeGiveUpParts;
  /** When a node of the zone was given up last, by the monotonic clock. */
  readonly #lastMs = new Map<string, number>();
  /** Since when a node is lost, likewise. */
  readonly #lostMs = new Map<string, number>();

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: NodeGiveUpParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** The node; and all that are not ready, when the state of a zone may be another now. */
  keysOfNode({ key, object, previous }: Change<Node>): string[] {
    if (object && previous && readiness(object) === readiness(previous)) {
      return sameJson(object.spec.taints, previous.spec.taints) ? [] : [key];
    }
    const others = this.#parts.nodes.list().filter((node) =>
      readiness(node) !== "True"
    );
    return [key, ...others.map(({ metadata }) => metadata.name ?? "")];
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const node = this.#parts.nodes.get(key);
    if (node === undefined) return void this.#lostMs.delete(key);
    const held = (node.spec.taints ?? []).filter(isLost);
    const zones = new ZoneDisruption(this.#parts.nodes.list());
    const wanted = zones.isTotal ? undefined : LOST[readiness(node)];
    if (wanted === undefined) {
      this.#lostMs.delete(key);
      // A node without the condition has never spoken: it keeps what it has.
      const isSilent = readiness(node) === "" && !zones.isTotal;
      if (held.length > 0 && !isSilent) await this.#write(node, [], signal);
      return;
    }
    const [first, ...rest] = held;
    if (first?.key === wanted && rest.length === 0) return;
    // From one taint to the other costs no turn: it was given up before.
    if (first === undefined) {
      const leftMs = this.#settlesInMs(key);
      if (leftMs > 0) return { requeueAfterMs: leftMs };
      const waitMs = this.#turn(zoneOf(node), zones);
      if (waitMs === Infinity) return; // a change of the zone wakes it
      if (waitMs > 0) return { requeueAfterMs: waitMs };
    }
    const timeAdded = formatTime(this.#host.clock.now());
    await this.#write(
      node,
      [{ key: wanted, effect: "NoExecute", timeAdded }],
      signal,
    );
  }

  #settlesInMs(key: string): number {
    const nowMs = this.#host.clock.monotonicMs();
    const lostMs = this.#lostMs.get(key) ?? nowMs;
    this.#lostMs.set(key, lostMs);
    return lostMs + SETTLE_MS - nowMs;
  }

  /** Takes a turn of the zone: 0, or how long until there may be one. */
  #turn(zone: string, zones: ZoneDisruption): number {
    const everyMs = zones.everyMs(zone);
    const nowMs = this.#host.clock.monotonicMs();
    const lastMs = this.#lastMs.get(zone);
    if (everyMs === Infinity) return Infinity;
    const waitMs = lastMs === undefined ? 0 : lastMs + everyMs - nowMs;
    if (waitMs <= 0) this.#lastMs.set(zone, nowMs);
    return Math.max(0, waitMs);
  }

  async #write(
    node: Node,
    lost: readonly Taint[],
    signal: AbortSignal,
  ): Promise<void> {
    const { name = "", resourceVersion } = node.metadata;
    const others = (node.spec.taints ?? []).filter((taint) => !isLost(taint));
    const taints = [...others, ...lost];
    await this.#parts.client.patch(NODES, { name }, {
      type: "merge",
      body: {
        metadata: { resourceVersion },
        spec: { taints: taints.length === 0 ? null : taints },
      },
      signal,
    });
  }
}

function isLost({ key, effect }: Taint): boolean {
  return effect === "NoExecute" && LOST_KEYS.includes(key);
}

/** Status of Ready, "" without the condition. */
function readiness(node: Node): string {
  return nodeCondition(node, "Ready")?.status ?? "";
}
