/**
 * ResourceQuota: what a namespace uses never exceeds its quotas.
 *
 * A quota's `status.used` is kept in the transaction of every write that changes it: a create adds, a delete takes away, an update does either, and a new
 * quota counts what there is. So it is exact whatever happens at the same time, and a deleted object's share is free at once. (The quota controller
 * repairs what time alone changes, and what people have done to the status.)
 *
 * ```text
 *   plan   quotas of the namespace, from memory ─▶ their keys join the transaction
 *   apply  each quota: usage after - usage before ─▶ over the limit: 403 · else written with the object
 * ```
 *
 * @module
 */
import type { ResourceQuota } from "../../api/core/resource_quota.ts";
import { sameJson } from "../../api/equal.ts";
import type { KubeObject } from "../../api/kind.ts";
import { Evaluators } from "../../api/quota/evaluators.ts";
import { countedStatus } from "../../api/quota/sums.ts";
import type { AnyKind, Registry } from "../../api/registry.ts";
import type { Clock } from "../../base/host.ts";
import type { Key, Store, Transaction } from "../../store/store.ts";
import { type Change, type Plan, PlanOutdated } from "../hooks/kind_hooks.ts";
import { collectionPrefix, objectKey } from "../keys.ts";
import { encodeObject } from "../metadata.ts";
import type { AdmissionPlugin, AdmissionTarget } from "./admission.ts";
import { type Charge, charge } from "./quota_charge.ts";
import { RowCache } from "./row_cache.ts";

const PREFIX = "resourcequotas/";

/** What a {@linkcode ResourceQuotaAdmission} works with. */
export interface ResourceQuotaParts {
  readonly clock: Clock;
  readonly store: Store;
  readonly registry: Registry;
}

/** The plugin. */
export class ResourceQuotaAdmission implements AdmissionPlugin {
  readonly name = "ResourceQuota";
  readonly #parts: ResourceQuotaParts;
  readonly #evaluators = new Evaluators();
  readonly #rows: RowCache<ResourceQuota>;
  /** The keys of all quotas by namespace: those that are on their way to the disk too, and maybe some that are gone. */
  readonly #keys = new Map<string, Set<Key>>();

  constructor(parts: ResourceQuotaParts) {
    this.#parts = parts;
    this.#rows = new RowCache(parts.store);
    for (const { key } of parts.store.list(PREFIX).rows) this.#remember(key);
  }

  /** A namespace without quotas costs one look into a map. */
  plan(target: AdmissionTarget): Plan<KubeObject> | undefined {
    const own = isQuota(target) ? objectKey(target.kind, target) : undefined;
    const known = this.#keys.get(target.namespace);
    if (known === undefined && own === undefined) return undefined;
    const evaluator = this.#evaluators.of(target.kind);
    if (evaluator === undefined) return undefined;
    const keys = [...known ?? []].filter((key) => key !== own).sort();
    return {
      keys,
      apply: (transaction, change) => {
        this.#assertComplete(target.namespace, { keys, own });
        for (const key of keys) {
          const row = transaction.get(key);
          if (row === undefined) this.#forget(target.namespace, key);
          else {
            const used = charge(
              this.#rows.read(row),
              {
                target,
                change,
                evaluator,
                now: this.#parts.clock.now(),
              } satisfies Charge,
            );
            if (used !== undefined) store(transaction, key, used);
          }
        }
        if (own !== undefined) {
          this.#count(transaction, { own, target, change });
        }
      },
    };
  }

  /** Gives a quota that is new, or changed, its status at once. */
  #count(
    transaction: Transaction,
    { own, target, change }: {
      readonly own: Key;
      readonly target: AdmissionTarget;
      readonly change: Change<KubeObject>;
    },
  ): void {
    const next = change.next as ResourceQuota | undefined;
    const previous = change.previous as ResourceQuota | undefined;
    if (next === undefined || target.subresource !== "") return;
    if (!target.dryRun) this.#remember(own);
    if (sameJson(next.spec, previous?.spec)) return;
    const { clock, registry } = this.#parts;
    next.status = countedStatus(next, {
      kinds: registry.all,
      evaluators: this.#evaluators,
      now: clock.now(),
      objects: (kind) => this.#objects(transaction, { kind, target, next }),
    });
  }

  *#objects(
    transaction: Transaction,
    { kind, target, next }: {
      readonly kind: AnyKind;
      readonly target: AdmissionTarget;
      readonly next: ResourceQuota;
    },
  ): Iterable<KubeObject> {
    const rows = transaction.list(collectionPrefix(kind, target.namespace));
    for (const row of rows) yield JSON.parse(row.text);
    // A quota counts itself.
    if (kind.storagePrefix === target.kind.storagePrefix) {
      if (target.operation === "CREATE") yield next;
    }
  }

  /** Only another server's write can have come between: its quotas join the next attempt. @throws {PlanOutdated} */
  #assertComplete(
    namespace: string,
    { keys, own }: {
      readonly keys: readonly Key[];
      readonly own?: Key | undefined;
    },
  ): void {
    for (const key of this.#keys.get(namespace) ?? []) {
      if (key !== own && !keys.includes(key)) throw new PlanOutdated(0);
    }
  }

  #remember(key: Key): void {
    const namespace = key.slice(PREFIX.length, key.lastIndexOf("/"));
    const keys = this.#keys.get(namespace);
    if (keys === undefined) this.#keys.set(namespace, new Set([key]));
    else keys.add(key);
  }

  #forget(namespace: string, key: Key): void {
    const keys = this.#keys.get(namespace);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(namespace);
  }
}

function isQuota({ kind }: AdmissionTarget): boolean {
  return `${kind.storagePrefix}/` === PREFIX;
}

/** Writes a quota with another status. */
function store(
  transaction: Transaction,
  key: Key,
  quota: ResourceQuota,
): void {
  const { labels, fields } = transaction.get(key)!;
  transaction.put(key, (revision) => ({
    text: encodeObject(quota, revision),
    ...labels === undefined ? {} : { labels },
    ...fields === undefined ? {} : { fields },
  }));
}
