/**
 * {@linkcode ResourceQuotaReconciler}: repairs quotas' status.
 *
 * The API server keeps `status.used` by itself, in the transaction of each write. Two things it cannot see: that a pod which a lost node never let go has
 * stopped to count, as time alone makes it so; and that somebody has written another status by hand.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Pod } from "../api/core/pod.ts";
import type { ResourceQuota } from "../api/core/resource_quota.ts";
import { sameJson } from "../api/equal.ts";
import type { KubeObject, Resource, Verb } from "../api/kind.ts";
import { Evaluators } from "../api/quota/evaluators.ts";
import { goneAtMs } from "../api/quota/pod_evaluator.ts";
import { countedKinds, countedStatus } from "../api/quota/sums.ts";
import type { Change, Client } from "../client/client.ts";
import type { ResourceInformer } from "../client/informer.ts";
import { nameOf } from "../client/paths.ts";
import { RESOURCE_QUOTAS } from "../client/resources.ts";
import { BY_NAMESPACE } from "../loop/owners.ts";
import type { Reconciler, ReconcileResult } from "../loop/reconciler.ts";

/** A kind that can be listed. */
export type Listable = Resource & { readonly verbs: readonly Verb[] };

/** What a {@linkcode ResourceQuotaReconciler} works with. */
export interface ResourceQuotaParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All quotas, by namespace. */
  readonly quotas: ResourceInformer<ResourceQuota>;
  /** All pods, by namespace. */
  readonly pods: ResourceInformer<Pod>;
  /** What may be counted. */
  readonly kinds: readonly Listable[];
}

/** Counts a quota anew when its status cannot be right. */
export class ResourceQuotaReconciler implements Reconciler {
  readonly name = "resource-quota";
  readonly #host: Host;
  readonly #parts: ResourceQuotaParts;
  readonly #evaluators = new Evaluators();
  /** Quotas that lost a pod which time had taken out of the count already, or not. */
  readonly #doubtful = new Set<string>();

  /** Nothing runs until it is asked to. */
  constructor(host: Host, parts: ResourceQuotaParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** The quotas of a namespace where a pod is on its way out, or was for too long. */
  keysOfPod({ object, previous }: Change<Pod>): string[] {
    const pod = object ?? previous;
    const goneMs = pod === undefined ? undefined : goneAtMs(pod);
    if (pod === undefined || goneMs === undefined) return [];
    const late = goneMs < this.#host.clock.now();
    if (object === undefined && !late) return [];
    const keys = this.#parts.quotas
      .byIndex(BY_NAMESPACE, pod.metadata.namespace ?? "")
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    if (late) { for (const key of keys) this.#doubtful.add(key); }
    return keys;
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(
    key: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult | void> {
    const quota = this.#parts.quotas.get(key);
    if (quota === undefined) return void this.#doubtful.delete(key);
    const nowMs = this.#host.clock.now();
    const waits = this.#terminating(quota).map((goneMs) => goneMs - nowMs);
    const edited = !sameJson(quota.status?.hard ?? {}, quota.spec.hard ?? {});
    if (edited || this.#doubtful.has(key) || waits.some((ms) => ms < 0)) {
      await this.#count(key, signal);
      this.#doubtful.delete(key);
    }
    const later = waits.filter((ms) => ms >= 0);
    // A pod counts until its time is over, not when it is.
    if (later.length > 0) return { requeueAfterMs: Math.min(...later) + 1 };
  }

  /** When each pod that is on its way out stops counting. */
  #terminating({ metadata }: ResourceQuota): number[] {
    return this.#parts.pods.byIndex(BY_NAMESPACE, metadata.namespace ?? "")
      .map(goneAtMs).filter((goneMs) => goneMs !== undefined);
  }

  async #count(key: string, signal: AbortSignal): Promise<void> {
    const { client, kinds } = this.#parts;
    const name = nameOf(key);
    // Read before what it counts: a write in between moves the quota's version, and the update below is refused.
    const quota = await client.get(RESOURCE_QUOTAS, name, signal);
    const listable = kinds.filter(({ verbs }) => verbs.includes("list"));
    const objects = new Map<Listable, readonly KubeObject[]>();
    const { namespace = "" } = name;
    for (const kind of countedKinds(quota, listable, this.#evaluators)) {
      const { items } = await client.list(kind, { namespace, signal });
      objects.set(kind, items);
    }
    const status = countedStatus(quota, {
      kinds: listable,
      evaluators: this.#evaluators,
      objects: (kind) => objects.get(kind) ?? [],
      now: this.#host.clock.now(),
    });
    if (sameJson(quota.status, status)) return;
    await client.update(RESOURCE_QUOTAS, { ...quota, status }, {
      subresource: "status",
      signal,
    });
  }
}
