/**
 * Where a pod without a CRI sandbox gets its address from.
 *
 * @module
 */

import { encodeHex } from "../../src/base/bytes.ts";
import type { Random } from "../../src/base/host.ts";

/** Begins the ids of sandboxes that take their network from here, so that leases of others are told apart. */
export const SANDBOX_PREFIX = "pod-";

/** An id that no sandbox ever had. */
export function newSandboxId(random: Pick<Random, "bytes">): string {
  return `${SANDBOX_PREFIX}${encodeHex(random.bytes(8))}`;
}

/** A pod's place on the network. */
export interface PodPlace {
  /** The pod's addresses, without prefix length. */
  readonly ips: readonly string[];
  /** File that holds the pod's network namespace; absent where pods share the machine's. */
  readonly netns?: string;
}

/** The address ranges that a node works with, in CIDR form. */
export interface NetworkRanges {
  /** This node's share: `spec.podCIDR` of its Node. */
  readonly podCidr: string;
  /** All nodes' shares together; traffic inside of it keeps its pod's address. */
  readonly clusterCidr: string;
}

/**
 * A node's pod network. Implementations: {@linkcode BridgeNetwork} (root, CNI) and {@linkcode LoopbackNetwork} (everybody else).
 *
 * All calls are idempotent. State is in files, so that the next agent finds what this one made.
 */
export interface PodNetwork {
  /** What kind of network it is, for messages. */
  readonly kind: "bridge" | "loopback";
  /** The ranges in use; absent before {@linkcode PodNetwork.configure}. */
  readonly ranges: NetworkRanges | undefined;
  /** Sets the ranges, at start and whenever the node gets others. Must come before the first `add`. */
  configure(ranges: NetworkRanges): Promise<void>;
  /**
   * An id for the next sandbox whose place is made already, so that `add` has it at once. Undefined when there is none; then any new id will do.
   *
   * Who takes one either calls `add` with it or `release`.
   */
  takeId?(): string | undefined;
  /**
   * Gives the pod sandbox `id` (letters, digits, `-`) its place.
   *
   * @throws {Error} when it cannot; nothing of the try is left then.
   */
  add(id: string): Promise<PodPlace>;
  /** Takes the place away: namespace, interface, address. No error when there is none. */
  release(id: string): Promise<void>;
  /** Whether the place is still there; a reboot takes namespaces away. */
  isAlive(id: string): Promise<boolean>;
  /** Releases the places of all sandboxes that are not in `keep`: what crashes left. */
  cleanup(keep: ReadonlySet<string>): Promise<void>;
  /** Undoes everything that this network ever did to the machine, its files included. */
  remove(): Promise<void>;
}
