/**
 * {@linkcode ReplicaReconciler}: keeps as many pods as an object asks for. Replica sets and replication controllers share it.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import { sameJson } from "../api/equal.ts";
import type { KubeObject, Resource } from "../api/kind.ts";
import type { LabelSelector } from "../api/meta.ts";
import type { Pod } from "../api/core/pod.ts";
import type { PodTemplateSpec } from "../api/core/pod_template.ts";
import type { ReplicaSetStatus } from "../api/apps/replica_set.ts";
import { isApiError } from "../api/status.ts";
import type { Change, Client } from "../client/client.ts";
import type { EventRecorder } from "../client/event_recorder.ts";
import type { ResourceInformer } from "../client/informer.ts";
import { keyOf, nameOf } from "../client/paths.ts";
import { PODS } from "../client/resources.ts";
import {
  isEmptySelector,
  lenientSelector,
  matchesSelector,
} from "../loop/label_selector.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";
import { claim } from "./claim.ts";
import { withoutZeros } from "./counts.ts";
import { Expectations } from "./expectations.ts";
import { BY_CONTROLLER, controllerOf, ORPHANS } from "../loop/owners.ts";
import {
  isNamespaceTerminating,
  messageOf,
  PodControl,
} from "./pod_control.ts";
import { rankForDeletion } from "./pod_ranking.ts";
import { isPodActive } from "./pods.ts";
import { nextAvailableMs, replicaStatus } from "./replica_status.ts";
import { slowStart } from "./slow_start.ts";

/** At most so many pods are created or deleted in one pass. */
export const BURST_REPLICAS = 500;
/** A cache that lags is looked at again after this time at the latest. */
const STALE_CACHE_MS = 5_000;

/** What the kinds that keep replicas have in common. */
export interface ReplicaOwner extends KubeObject {
  /** All kinds tell the same numbers. */
  status?: ReplicaSetStatus;
}

/** The wish of an owner, in one form for all kinds. */
export interface ReplicaWish {
  /** How many pods. */
  readonly replicas: number;
  /** Which pods. */
  readonly selector: LabelSelector | undefined;
  /** What new pods look like. */
  readonly template: PodTemplateSpec;
  /** How long a pod must be ready before it counts as available. */
  readonly minReadySeconds: number;
}

/** What differs between the kinds. */
export interface ReplicaKind<T extends ReplicaOwner> {
  /** The reconciler's name. */
  readonly name: string;
  /** Where it lives in the API. */
  readonly resource: Resource<T>;
  /** Undefined when the object cannot be served (no template). */
  wish(object: T): ReplicaWish | undefined;
  /** Whether status tells the number of terminating pods. */
  readonly countsTerminating: boolean;
}

/** What a {@linkcode ReplicaReconciler} works with. */
export interface ReplicaReconcilerParts<T extends ReplicaOwner> {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** What is particular about the owners' kind. */
  readonly kind: ReplicaKind<T>;
  /** All owners. */
  readonly owners: ResourceInformer<T>;
  /** With the indexes of `POD_INDEXES`. */
  readonly pods: ResourceInformer<Pod>;
  /** Tells people what happened. */
  readonly recorder: EventRecorder;
}

/** Creates, adopts, releases and deletes pods until their number is right, and tells it in the status. */
export class ReplicaReconciler<T extends ReplicaOwner> implements Reconciler {
  readonly name: string;
  readonly #host: Host;
  readonly #parts: ReplicaReconcilerParts<T>;
  readonly #control: PodControl;
  readonly #expectations: Expectations<Pod>;

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: ReplicaReconcilerParts<T>) {
    this.#host = host;
    this.#parts = parts;
    this.name = parts.kind.name;
    this.#control = new PodControl(parts.client, {
      recorder: parts.recorder,
      resource: parts.kind.resource,
    });
    this.#expectations = new Expectations(parts.pods);
  }

  /** The owners that a change of a pod concerns. */
  keysOfPod({ object, previous }: Change<Pod>): string[] {
    const keys = new Set<string>();
    for (const pod of [object, previous]) {
      if (pod === undefined) continue;
      const owner = controllerOf(pod);
      if (owner?.kind === this.#parts.kind.resource.kind) {
        keys.add(`${pod.metadata.namespace}/${owner.name}`);
      }
    }
    if (object !== undefined && controllerOf(object) === undefined) {
      for (const owner of this.#parts.owners.list()) {
        if (this.#selects(owner, object)) keys.add(keyOf(owner));
      }
    }
    return [...keys];
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const { kind, owners } = this.#parts;
    const owner = owners.get(key);
    if (owner === undefined) return this.#expectations.forget(key);
    const wish = kind.wish(owner);
    if (wish === undefined || isEmptySelector(wish.selector)) return;
    const fresh = this.#expectations.satisfied(key);
    const pods = await this.#claim(owner, wish, signal);
    let failure: { reason: string; message: string } | undefined;
    let thrown: unknown;
    if (fresh && owner.metadata.deletionTimestamp === undefined) {
      const active = pods.filter(isPodActive);
      try {
        await this.#scale(owner, wish, { active, signal });
      } catch (error) {
        if (signal.aborted) throw error;
        thrown = error;
        failure = {
          reason: active.length < wish.replicas
            ? "FailedCreate"
            : "FailedDelete",
          message: messageOf(error),
        };
      }
    }
    const timing = {
      minReadySeconds: wish.minReadySeconds,
      nowMs: this.#host.clock.now(),
    };
    const status = replicaStatus({
      ...timing,
      pods,
      templateLabels: wish.template.metadata?.labels ?? {},
      generation: owner.metadata.generation,
      previous: owner.status,
      countsTerminating: kind.countsTerminating,
      ...failure === undefined ? {} : { failure },
    });
    await this.#writeStatus(owner, status, signal);
    if (thrown !== undefined) throw thrown;
    const waits = [
      nextAvailableMs(pods, timing),
      fresh ? undefined : STALE_CACHE_MS,
    ].filter((wait) => wait !== undefined);
    if (waits.length > 0) return { requeueAfterMs: Math.min(...waits) };
  }

  #selects(owner: T, pod: Pod): boolean {
    const wish = this.#parts.kind.wish(owner);
    return owner.metadata.namespace === pod.metadata.namespace &&
      wish !== undefined && !isEmptySelector(wish.selector) &&
      matchesSelector(wish.selector, pod.metadata.labels);
  }

  /** The owner's pods: those it controls, and orphans that its selector meets. Ended orphans are left alone. */
  #claim(owner: T, wish: ReplicaWish, signal: AbortSignal): Promise<Pod[]> {
    const { client, kind, pods } = this.#parts;
    const selector = lenientSelector(wish.selector);
    const orphans = pods.byIndex(ORPHANS, owner.metadata.namespace ?? "")
      .filter(isPodActive);
    return claim({
      client,
      owner,
      ownerResource: kind.resource,
      resource: PODS,
      matches: ({ metadata }) => selector.matches(metadata.labels),
      signal,
    }, [
      ...pods.byIndex(BY_CONTROLLER, owner.metadata.uid ?? ""),
      ...orphans,
    ]);
  }

  async #scale(
    owner: T,
    wish: ReplicaWish,
    { active, signal }: { active: readonly Pod[]; signal: AbortSignal },
  ): Promise<void> {
    const key = keyOf(owner);
    const missing = wish.replicas - active.length;
    if (missing > 0) {
      const { error } = await slowStart(
        Math.min(missing, BURST_REPLICAS),
        async () => {
          const pod = await this.#control.create(owner, wish.template, signal);
          this.#expectations.created(key, pod);
        },
      );
      if (error !== undefined && !isNamespaceTerminating(error)) throw error;
    } else if (missing < 0) {
      const surplus = rankForDeletion(active, {
        related: this.#relatedPods(owner, active),
        nowMs: this.#host.clock.now(),
      }).slice(0, Math.min(-missing, BURST_REPLICAS));
      const results = await Promise.allSettled(surplus.map(async (pod) => {
        await this.#control.delete(owner, pod, signal);
        this.#expectations.deleted(key, pod);
      }));
      const failed = results.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
    }
  }

  /** Pods of all owners that share this owner's controller (the replica sets of one deployment). */
  #relatedPods(owner: T, own: readonly Pod[]): readonly Pod[] {
    const controller = controllerOf(owner);
    if (controller === undefined) return own;
    return this.#parts.owners.list()
      .filter((other) => controllerOf(other)?.uid === controller.uid)
      .flatMap((other) =>
        this.#parts.pods.byIndex(BY_CONTROLLER, other.metadata.uid ?? "")
      );
  }

  async #writeStatus(
    owner: T,
    status: ReplicaSetStatus,
    signal: AbortSignal,
  ): Promise<void> {
    if (sameJson(withoutZeros(owner.status), withoutZeros(status))) return;
    const { client, kind } = this.#parts;
    const options = { subresource: "status", signal };
    try {
      await client.update(kind.resource, { ...owner, status }, options);
    } catch (error) {
      if (!isApiError(error, "Conflict")) throw error;
      // The cache was behind. Numbers are still the newest we know: write them over the live object, once.
      const live = await client.get(
        kind.resource,
        nameOf(keyOf(owner)),
        signal,
      );
      if (live.metadata.uid !== owner.metadata.uid) return;
      await client.update(kind.resource, { ...live, status }, options);
    }
  }
}
