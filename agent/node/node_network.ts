/**
 * The node's share of the cluster's addresses, and the network that is set up with it.
 *
 * @module
 */
import type { Node } from "../../src/api/core/node.ts";
import { messageOf } from "../../src/base/errors.ts";
import type { Host } from "../../src/base/host.ts";
import type { Informer } from "../../src/client/client.ts";
import { Bell } from "../container/bell.ts";
import type { Checkpoint, NodeCheckpoint } from "./checkpoint.ts";
import { clusterCidrAround, serviceCidrBeside } from "./ranges.ts";

/** First and longest wait, in milliseconds, after the network could not be set up. */
const RETRY_MS = { first: 1_000, longest: 60_000 } as const;

/** What a {@linkcode NodeNetwork} works with. */
export interface NodeNetworkOptions {
  /** Sets up pods' addresses; absent where the runtimes need nothing. */
  readonly configure?: (
    ranges: { readonly podCidr: string; readonly clusterCidr: string },
  ) => Promise<void>;
  readonly known: NodeCheckpoint;
  readonly checkpoint: Pick<Checkpoint, "saveNode">;
  /** The pods' range where no server gives one. */
  readonly podCidr?: string;
  /** Ranges that the agent was started with. */
  readonly clusterCidr?: string;
  readonly serviceCidr?: string;
  /** Called when the network became ready. */
  readonly onReady: () => void;
}

/** Learns the node's pod range from the checkpoint, then from the API, and follows its changes. */
export class NodeNetwork {
  readonly #host: Host;
  readonly #options: NodeNetworkOptions;
  readonly #bell = new Bell();
  #ranges: NodeCheckpoint;
  #ready: boolean;
  /** The pods' range that was told last. */
  #wanted: string | undefined;
  #isApplying = false;

  constructor(host: Host, options: NodeNetworkOptions) {
    this.#host = host;
    this.#options = options;
    this.#ranges = options.known;
    this.#ready = options.configure === undefined;
  }

  /** Whether pods can get addresses. */
  get isReady(): boolean {
    return this.#ready;
  }

  /** This node's pods' range; absent before it is known. */
  get podCidr(): string | undefined {
    return this.#ranges.podCIDR;
  }

  /** Services' range. */
  get serviceCidr(): string {
    return this.#ranges.serviceCidr ?? this.#options.serviceCidr ??
      serviceCidrBeside(this.#ranges.podCIDR);
  }

  /** Takes what the server says about the cluster's ranges. */
  learn(ranges: { clusterCidr?: string; serviceCidr?: string }): void {
    this.#ranges = {
      ...this.#ranges,
      ...(ranges.clusterCidr && { clusterCidr: ranges.clusterCidr }),
      ...(ranges.serviceCidr && { serviceCidr: ranges.serviceCidr }),
    };
  }

  /**
   * Resolves when the network is set up.
   *
   * @throws the signal's reason
   */
  async ready(node: Informer<Node>, signal: AbortSignal): Promise<void> {
    const { configure, known } = this.#options;
    if (!configure) return;
    const podCidr = known.podCIDR ?? this.#options.podCidr;
    if (podCidr) this.#apply(podCidr, signal);
    node.onChange(({ object }) => {
      const podCidr = object?.spec.podCIDR;
      if (podCidr && !signal.aborted) this.#apply(podCidr, signal);
    });
    while (!this.#ready) await this.#bell.after(this.#bell.rings, signal);
  }

  #apply(podCidr: string, signal: AbortSignal): void {
    this.#wanted = podCidr;
    if (this.#isApplying) return;
    this.#isApplying = true;
    this.#host.spawn("network", async () => {
      try {
        await this.#follow(signal);
      } finally {
        this.#isApplying = false;
      }
    });
  }

  /** Sets up the newest range, one attempt at a time, until it is in force. */
  async #follow(signal: AbortSignal): Promise<void> {
    let retryMs: number = RETRY_MS.first;
    for (;;) {
      signal.throwIfAborted();
      const podCIDR = this.#wanted!;
      if (this.#ready && this.#ranges.podCIDR === podCIDR) return;
      try {
        await this.#setUp(podCIDR);
        retryMs = RETRY_MS.first;
      } catch (error) {
        this.#host.log("error", "Could not set up the pods' network", {
          podCIDR,
          error: messageOf(error),
        });
        await this.#host.clock.sleep(retryMs, signal);
        retryMs = Math.min(retryMs * 2, RETRY_MS.longest);
      }
    }
  }

  async #setUp(podCIDR: string): Promise<void> {
    const clusterCidr = this.#ranges.clusterCidr ??
      this.#options.clusterCidr ?? clusterCidrAround(podCIDR);
    await this.#options.configure!({ podCidr: podCIDR, clusterCidr });
    this.#ranges = { ...this.#ranges, podCIDR, clusterCidr };
    this.#ready = true;
    this.#bell.ring();
    this.#options.onReady();
    await this.#options.checkpoint.saveNode(this.#ranges);
  }
}
