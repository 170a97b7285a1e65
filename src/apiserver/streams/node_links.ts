/**
 * The agents that are connected, each by its one link.
 *
 * @module
 */
import type { Mux } from "../../base/mux.ts";

/** All links of this server. */
export class NodeLinks {
  readonly #links = new Map<string, Mux>();

  /** How many nodes are connected. */
  get size(): number {
    return this.#links.size;
  }

  /** The link of a node; undefined when it is not connected. */
  get(node: string): Mux | undefined {
    return this.#links.get(node);
  }

  /** Takes in a node's link. An older one of the same node is closed: the agent has started again or lost the other. */
  add(node: string, link: Mux): void {
    const older = this.#links.get(node);
    this.#links.set(node, link);
    older?.close("Replaced by a newer connection of the same node");
  }

  /** Forgets a link, unless a newer one has taken its place. */
  remove(node: string, link: Mux): void {
    if (this.#links.get(node) === link) this.#links.delete(node);
  }

  /** Closes all links. */
  closeAll(reason: string): void {
    for (const link of [...this.#links.values()]) link.close(reason);
    this.#links.clear();
  }

  /** For `/debug/state`: when each node was last heard, on the monotonic clock. */
  describe(): Record<string, { lastHeardMs: number }> {
    return Object.fromEntries(
      [...this.#links].map((
        [node, { lastHeardMs }],
      ) => [node, { lastHeardMs }]),
    );
  }
}
