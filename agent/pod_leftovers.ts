/**
 * What pods leave behind outside of their runtimes: folders, mounts, control groups.
 *
 * @module
 */
import { messageOf } from "../src/base/errors.ts";
import type { Host } from "../src/base/host.ts";
import type { PodManager } from "./pod/pod_manager.ts";
import type { PodServices } from "./pod/pod_work.ts";
import type { PodCgroups } from "./runtime/cgroups/pod_cgroups.ts";
import type { PodVolumes } from "./volumes/pod_volumes.ts";

/** What {@linkcode PodLeftovers} looks at. */
export interface PodLeftoversParts {
  readonly manager: () => PodManager;
  readonly volumes: PodVolumes;
  /** The services of each runtime's pods. */
  readonly services: () => Iterable<PodServices>;
  /** The pods' control groups; absent where there are none. */
  readonly cgroups?: PodCgroups;
}

/** Takes off the node what no pod wants any more. */
export class PodLeftovers {
  readonly #host: Host;
  readonly #parts: PodLeftoversParts;

  constructor(host: Host, parts: PodLeftoversParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** Removes the folders, and control groups, of pods that are not here. @param removing pods whose sandboxes are being removed */
  async removeFolders(removing: ReadonlySet<string>): Promise<void> {
    const { manager, volumes, services, cgroups } = this.#parts;
    for (const uid of await volumes.uids()) {
      // Asked now, not before the list: a pod that came meanwhile has its folder.
      if (manager().get(uid) || removing.has(uid)) continue;
      this.#host.log("info", "Removing a folder that no pod wants", { uid });
      await cgroups?.remove(uid);
      // Whose runtime it was is not known any more.
      for (const { volumes } of services()) await volumes.remove(uid);
    }
  }

  /** Unmounts what pods have in memory or bound; they have been stopped. */
  async unmountVolumes(): Promise<void> {
    try {
      await this.#parts.volumes.unmountAll();
    } catch (error) {
      this.#host.log("error", "Could not unmount the pods' volumes", {
        error: messageOf(error),
      });
    }
  }

  /** Removes the control groups of all pods, also of those that this agent had not been told of yet; they have been stopped. */
  async removeCgroups(): Promise<void> {
    const { manager, volumes, cgroups } = this.#parts;
    if (!cgroups) return;
    const uids = new Set(manager().records().map(({ uid }) => uid));
    for (const uid of await volumes.uids()) uids.add(uid);
    for (const uid of uids) {
      try {
        await cgroups.remove(uid);
      } catch (error) {
        this.#host.log("warn", "Could not remove a pod's control groups", {
          uid,
          error: messageOf(error),
        });
      }
    }
  }
}
