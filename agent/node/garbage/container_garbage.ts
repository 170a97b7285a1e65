/**
 * Removes what is left of containers that have ended.
 *
 * @module
 * @see {@link https://kubernetes.io/docs/concepts/architecture/garbage-collection/#container-image-garbage-collection}
 */
import { messageOf } from "../../../src/base/errors.ts";
import type { Host } from "../../../src/base/host.ts";
import type {
  ContainerStatus,
  Runtime,
  SandboxStatus,
} from "../../runtime/runtime.ts";
import type { NodeEvents } from "../node_events.ts";
import type { ContainerGarbageOptions } from "../node_options.ts";

/** What a {@linkcode ContainerGarbage} works with. */
export interface ContainerGarbageParts extends ContainerGarbageOptions {
  readonly runtimes: readonly Runtime[];
  /** What becomes of a pod: `ended` when no container of it will run again, `unknown` when nobody here knows it. */
  readonly podState: (uid: string) => "running" | "ended" | "unknown";
  /** Whether all pods of the node are known by now. */
  readonly isComplete: () => boolean;
  readonly events: () => NodeEvents;
}

interface Dead {
  readonly runtime: Runtime;
  readonly uid: string;
  readonly container: ContainerStatus;
}

/** The ended containers of a node. A pod's worker removes its own older runs when it starts the next; this is for what nobody else comes to. */
export class ContainerGarbage {
  readonly #host: Pick<Host, "clock" | "log">;
  readonly #parts: ContainerGarbageParts;

  constructor(host: Pick<Host, "clock" | "log">, parts: ContainerGarbageParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** Keeps to the limits. Failures are told. */
  async collect(): Promise<void> {
    try {
      await this.#collect({ alsoOfEnded: false });
    } catch (error) {
      const message = messageOf(error);
      this.#host.log("warn", "Could not collect containers", {
        error: message,
      });
      this.#parts.events().warning("ContainerGCFailed", message);
    }
  }

  /** Removes all that has ended and that is not needed to tell how a running pod fares. */
  async deleteUnused(): Promise<void> {
    await this.#collect({ alsoOfEnded: true });
  }

  async #collect(
    { alsoOfEnded }: { readonly alsoOfEnded: boolean },
  ): Promise<void> {
    const errors: string[] = [];
    const attempt = async (work: () => Promise<void>) => {
      try {
        await work();
      } catch (error) {
        errors.push(messageOf(error));
      }
    };
    for (const runtime of this.#parts.runtimes) {
      const sandboxes = await runtime.listSandboxes();
      const gone = this.#deadIn(runtime, sandboxes, alsoOfEnded);
      for (const { container } of gone) {
        await attempt(() => runtime.removeContainer(container.id));
      }
      const removed = new Set(gone.map(({ container }) => container.id));
      for (const { id } of this.#emptyIn(sandboxes, { removed, alsoOfEnded })) {
        await attempt(async () => {
          await runtime.stopSandbox(id);
          await runtime.removeSandbox(id);
        });
      }
    }
    if (errors.length > 0) {
      throw new Error(
        `Could not remove all that has ended: ${errors.join(", ")}`,
      );
    }
  }

  /** Containers to be removed: all of pods that are gone, and the oldest beyond the limits of others. */
  #deadIn(
    runtime: Runtime,
    sandboxes: readonly SandboxStatus[],
    alsoOfEnded: boolean,
  ): Dead[] {
    const {
      minimumAgeMs = 0,
      maxPerContainer = 1,
      maxContainers = -1,
    } = this.#parts;
    const nowMs = this.#host.clock.now();
    const units = new Map<string, Dead[]>();
    const gone: Dead[] = [];
    for (const { uid, containers } of sandboxes) {
      for (const container of containers) {
        const isDead = container.state === "exited";
        if (!isDead || nowMs - container.createdAt < minimumAgeMs) continue;
        const dead = { runtime, uid, container };
        if (this.#isRemovable(uid, alsoOfEnded)) gone.push(dead);
        else {
          const key = `${uid}/${container.name}`;
          units.set(key, [...units.get(key) ?? [], dead]);
        }
      }
    }
    const cut = (most: number) => {
      for (const [key, unit] of units) {
        const newestFirst = unit.sort(byAge);
        gone.push(...newestFirst.slice(most));
        units.set(key, newestFirst.slice(0, most));
      }
    };
    if (maxPerContainer >= 0) cut(maxPerContainer);
    const count = () =>
      [...units.values()].reduce((sum, unit) => sum + unit.length, 0);
    if (maxContainers >= 0 && count() > maxContainers) {
      cut(Math.max(1, Math.floor(maxContainers / units.size)));
      const left = [...units.values()].flat().sort(byAge);
      gone.push(...left.slice(maxContainers));
    }
    return gone;
  }

  /** Sandboxes to be removed: without containers and network, of pods that are gone, or older than another of the same pod. */
  #emptyIn(
    sandboxes: readonly SandboxStatus[],
    { removed, alsoOfEnded }: {
      readonly removed: ReadonlySet<string>;
      readonly alsoOfEnded: boolean;
    },
  ): SandboxStatus[] {
    return sandboxes.filter((sandbox) => {
      const isEmpty = sandbox.state !== "ready" &&
        sandbox.containers.every(({ id }) => removed.has(id));
      if (!isEmpty) return false;
      if (this.#isRemovable(sandbox.uid, alsoOfEnded)) return true;
      return sandboxes.some((other) =>
        other.uid === sandbox.uid && other.createdAt > sandbox.createdAt
      );
    });
  }

  #isRemovable(uid: string, alsoOfEnded: boolean): boolean {
    if (!this.#parts.isComplete()) return false;
    const state = this.#parts.podState(uid);
    return state === "unknown" || (alsoOfEnded && state === "ended");
  }
}

/** The newest first. */
function byAge(a: Dead, b: Dead): number {
  return b.container.createdAt - a.container.createdAt;
}
