/**
 * How much of a zone is lost, and how fast its nodes may be given up.
 *
 * @module
 */
import type { Node } from "../api/core/node.ts";
import { nodeCondition } from "./node_conditions.ts";

/** Between two nodes of a zone that are given up, in milliseconds: Kubernetes' `--node-eviction-rate` of 0.1 per second. */
export const GIVE_UP_EVERY_MS = 10_000;
/** The same in a large zone of which most is lost: `--secondary-node-eviction-rate` of 0.01 per second. */
export const GIVE_UP_SLOWLY_EVERY_MS = 100_000;
/** A zone of more nodes than this is large: `--large-cluster-size-threshold`. */
const LARGE_ZONE = 50;
/** The share of lost nodes from which on a zone is partly disrupted: `--unhealthy-zone-threshold`. */
const UNHEALTHY_SHARE = 0.55;
/** So many lost nodes are never a disruption of the zone. */
const FEW = 2;

/** Nodes with this label are not counted. */
const NOT_COUNTED = "node.kubernetes.io/exclude-disruption";

/** How a zone is. */
export type ZoneState = "normal" | "partial" | "full";

/** The zone that a node lies in: region and zone together; nodes without both are one zone. */
export function zoneOf({ metadata }: Node): string {
  const { labels = {} } = metadata;
  const region = labels["topology.kubernetes.io/region"] ??
    labels["failure-domain.beta.kubernetes.io/region"] ?? "";
  const zone = labels["topology.kubernetes.io/zone"] ??
    labels["failure-domain.beta.kubernetes.io/zone"] ?? "";
  return `${region}:${zone}`;
}

/** The states of all zones, and how often each gives up a node. */
export class ZoneDisruption {
  readonly #zones = new Map<string, { ready: number; lost: number }>();

  /** A picture of the moment. */
  constructor(nodes: readonly Node[]) {
    for (const node of nodes) {
      if (node.metadata.labels?.[NOT_COUNTED] !== undefined) continue;
      const name = zoneOf(node);
      const zone = this.#zones.get(name) ?? { ready: 0, lost: 0 };
      const isReady = nodeCondition(node, "Ready")?.status === "True";
      zone[isReady ? "ready" : "lost"]++;
      this.#zones.set(name, zone);
    }
  }

  /** How the zone is. A zone without counted nodes is normal. */
  state(name: string): ZoneState {
    const zone = this.#zones.get(name);
    if (zone === undefined || zone.lost === 0) return "normal";
    const { ready, lost } = zone;
    if (ready === 0) return "full";
    return lost > FEW && lost / (ready + lost) >= UNHEALTHY_SHARE
      ? "partial"
      : "normal";
  }

  /** Whether no zone has a ready node: then it is rather we who are cut off, and nobody is given up. */
  get isTotal(): boolean {
    return this.#zones.size > 0 &&
      [...this.#zones.keys()].every((name) => this.state(name) === "full");
  }

  /** Time between two nodes of the zone that are given up, in milliseconds; Infinity: none is. */
  everyMs(name: string): number {
    if (this.isTotal) return Infinity;
    if (this.state(name) !== "partial") return GIVE_UP_EVERY_MS;
    const zone = this.#zones.get(name)!;
    return zone.ready + zone.lost > LARGE_ZONE
      ? GIVE_UP_SLOWLY_EVERY_MS
      : Infinity;
  }
}
