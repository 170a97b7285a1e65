/**
 * {@linkcode VolumeReservations}: carries out what a decision means for volumes, before the pod is bound.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { PersistentVolumeClaim } from "../../api/core/persistent_volume_claim.ts";
import type { Pod } from "../../api/core/pod.ts";
import {
  BOUND_BY_CONTROLLER,
  isFullyBound,
  isKeptFor,
  referenceToClaim,
  SELECTED_NODE,
} from "../../api/volumes/claim_words.ts";
import type { Client } from "../../client/client.ts";
import { keyOf } from "../../client/paths.ts";
import {
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
} from "../../client/resources.ts";
import type { NodeInfo } from "../node_info.ts";
import { findVolumes, type VolumePlan } from "./find_volumes.ts";
import { podClaims, usesClaims } from "./pod_claims.ts";
import type { VolumeView } from "./volume_view.ts";

/** How long claims may take to be bound, in milliseconds; Kubernetes' default. */
export const BIND_TIMEOUT_MS = 600_000;

/** What is reserved for one pod. */
export interface Reservation {
  readonly nodeName: string;
  readonly plan: VolumePlan;
}

/** Whether a node takes the claim for bound: kubelet asks for the phase, too. */
function isUsable(claim: PersistentVolumeClaim): boolean {
  return isFullyBound(claim) && claim.status?.phase === "Bound";
}

/** Who waits for claims. */
interface Waiter {
  readonly keys: ReadonlySet<string>;
  readonly look: () => void;
}

/** Reserves in memory at once, so that the next decision counts with it; writes and waits afterwards. */
export class VolumeReservations {
  readonly #host: Host;
  readonly #client: Client;
  readonly #view: VolumeView;
  readonly #waiters = new Set<Waiter>();

  /** Nothing runs until it is asked to. */
  constructor(host: Host, client: Client, view: VolumeView) {
    this.#host = host;
    this.#client = client;
    this.#view = view;
  }

  /** Reserves what the pod's claims get on the node; undefined when all of them have their volumes. */
  reserve(pod: Pod, node: NodeInfo): Reservation | undefined {
    if (!usesClaims(pod)) return undefined;
    const claims = podClaims(pod, this.#view);
    if ("problem" in claims || claims.delayed.length === 0) return undefined;
    const plan = findVolumes(claims, node, this.#view);
    if ("reasons" in plan) return undefined;
    return {
      nodeName: node.name,
      plan: {
        bindings: plan.bindings.map(({ volume, claim }) => ({
          claim,
          volume: this.#view.volumes.assume({
            ...volume,
            metadata: isKeptFor(volume, claim) ? volume.metadata : {
              ...volume.metadata,
              annotations: {
                ...volume.metadata.annotations,
                [BOUND_BY_CONTROLLER]: "yes",
              },
            },
            spec: { ...volume.spec, claimRef: referenceToClaim(claim) },
          }),
        })),
        provisions: plan.provisions.map((claim) =>
          this.#view.claims.assume({
            ...claim,
            metadata: {
              ...claim.metadata,
              annotations: {
                ...claim.metadata.annotations,
                [SELECTED_NODE]: node.name,
              },
            },
          })
        ),
      },
    };
  }

  /** A claim has changed, or is gone. */
  claimChanged(key: string): void {
    for (const waiter of [...this.#waiters]) {
      if (waiter.keys.has(key)) waiter.look();
    }
  }

  /**
   * Writes what is reserved, and waits until all the claims have their volumes.
   *
   * @throws when that cannot be, or takes too long; what was not written is reserved no longer
   */
  async carryOut(
    { plan, nodeName }: Reservation,
    signal: AbortSignal,
  ): Promise<void> {
    const { volumes, claims } = this.#view;
    try {
      for (const { volume } of plan.bindings) {
        volumes.written(
          await this.#client.update(PERSISTENT_VOLUMES, volume, { signal }),
        );
      }
      for (const claim of plan.provisions) {
        claims.written(
          await this.#client.update(PERSISTENT_VOLUME_CLAIMS, claim, {
            signal,
          }),
        );
      }
    } catch (error) {
      for (const { volume } of plan.bindings) volumes.forget(keyOf(volume));
      for (const claim of plan.provisions) claims.forget(keyOf(claim));
      throw error;
    }
    await this.#bound(plan, nodeName, signal);
  }

  async #bound(
    plan: VolumePlan,
    nodeName: string,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const done = Promise.withResolvers<void>();
    const look = () => {
      try {
        if (this.#areBound(plan, nodeName)) done.resolve();
      } catch (error) {
        done.reject(error);
      }
    };
    const waiter = {
      keys: new Set([
        ...plan.bindings.map(({ claim }) => keyOf(claim)),
        ...plan.provisions.map(keyOf),
      ]),
      look,
    };
    const onAbort = () => done.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const timer = this.#host.clock.after(
      BIND_TIMEOUT_MS,
      () =>
        done.reject(new Error("binding volumes: context deadline exceeded")),
    );
    this.#waiters.add(waiter);
    try {
      look();
      await done.promise;
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
      this.#waiters.delete(waiter);
    }
  }

  /** @throws when it cannot be any more: the pod is to be scheduled anew */
  #areBound(plan: VolumePlan, nodeName: string): boolean {
    let all = true;
    for (const { claim, volume } of plan.bindings) {
      const current = this.#current(claim);
      const { claimRef } = this.#view.volumes.get(keyOf(volume))?.spec ?? {};
      if (!claimRef?.uid) {
        throw new Error(
          `binding volumes: ClaimRef got reset for pv "${volume.metadata.name}"`,
        );
      }
      if (!isUsable(current)) all = false;
    }
    for (const claim of plan.provisions) {
      const current = this.#current(claim);
      if (isUsable(current)) continue;
      all = false;
      if (current.metadata.annotations?.[SELECTED_NODE] !== nodeName) {
        throw new Error(
          `binding volumes: provisioning failed for PVC "${claim.metadata.name}"`,
        );
      }
    }
    return all;
  }

  #current(claim: PersistentVolumeClaim): PersistentVolumeClaim {
    const key = keyOf(claim);
    const current = this.#view.claims.get(key);
    if (current?.metadata.uid === claim.metadata.uid && current) return current;
    throw new Error(
      `binding volumes: failed to check provisioning pvc: could not find v1.PersistentVolumeClaim "${key}"`,
    );
  }
}
