/**
 * One pod network for several runtimes.
 *
 * @module
 */
import type { PodNetwork } from "./pod_network.ts";

/**
 * Gives each runtime a {@linkcode PodNetwork} of its own face. What crashes left is released once all of them have told what they have: none of them
 * knows the others' sandboxes.
 */
export class SharedNetwork {
  readonly #network: PodNetwork;
  readonly #told = new Map<PodNetwork, ReadonlySet<string> | undefined>();

  constructor(network: PodNetwork) {
    this.#network = network;
  }

  /** A face for one more runtime; ask for all of them before the first is opened. */
  face(): PodNetwork {
    const network = this.#network;
    const face: PodNetwork = {
      kind: network.kind,
      get ranges() {
        return network.ranges;
      },
      configure: (ranges) => network.configure(ranges),
      takeId: () => network.takeId?.(),
      add: (id) => network.add(id),
      release: (id) => network.release(id),
      isAlive: (id) => network.isAlive(id),
      cleanup: (keep) => this.#cleanup(face, keep),
      remove: () => network.remove(),
    };
    this.#told.set(face, undefined);
    return face;
  }

  async #cleanup(face: PodNetwork, keep: ReadonlySet<string>): Promise<void> {
    this.#told.set(face, keep);
    const all: string[] = [];
    for (const told of this.#told.values()) {
      if (!told) return;
      all.push(...told);
    }
    await this.#network.cleanup(new Set(all));
  }
}
