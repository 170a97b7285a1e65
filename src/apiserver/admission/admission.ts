/**
 * Admission: parts that may change or refuse what is about to be written.
 *
 * Parts are synchronous and run inside the write's transaction for updates, so they must be quick and may run again.
 *
 * @module
 */
import type { Kind, KubeObject } from "../../api/kind.ts";
import { type ApiError, forbidden } from "../../api/status.ts";
import type { Transaction } from "../../store/store.ts";
import type { User } from "../auth/user.ts";
import { type Change, NO_PLAN, type Plan } from "../hooks/kind_hooks.ts";

/** Where something is about to happen: what is known before the object is. */
export interface AdmissionTarget {
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  // deno-lint-ignore no-explicit-any
  readonly kind: Kind<any>;
  /** "" for cluster-scoped kinds. */
  readonly namespace: string;
  /** The name, or while a part may still change the object what it is to be generated from; "" when there is neither. */
  readonly name: string;
  readonly subresource: string;
  readonly user: User;
  readonly dryRun: boolean;
}

/** What is about to happen. */
export interface AdmissionAttributes extends AdmissionTarget {
  /** The wanted object; a mutating part may change it. Absent for deletes. */
  readonly object?: KubeObject;
  /** The object as it is. Absent for creates. */
  readonly previous?: KubeObject;
  /** Takes texts for the client. */
  readonly warnings?: string[];
  /** Takes what the audit log is to tell, by key. */
  readonly annotations?: Map<string, string>;
}

/** 403 as an admission part words it. */
export function refusal(target: AdmissionTarget, why: string): ApiError {
  // Kubernetes has this name for what has none yet.
  return forbidden(target.kind, target.name || "Unknown", why);
}

/** One part of the chain. */
export interface AdmissionPlugin {
  /** As Kubernetes names it, for example `ServiceAccount`. */
  readonly name: string;
  /** Changes the object in place. @throws {ApiError} to refuse */
  mutate?(attributes: AdmissionAttributes): void;
  /** @throws {ApiError} to refuse */
  validate?(attributes: AdmissionAttributes): void;
  /**
   * What this part does in the transaction of a write, whatever else writes at the same time. Asked right before each attempt, so it must be cheap;
   * the plan's `apply` sees the object as it will be stored, or no next one when it goes.
   */
  plan?(target: AdmissionTarget): Plan<KubeObject> | undefined;
}

/** All parts, in order. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #planners: readonly AdmissionPlugin[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins;
    this.#planners = plugins.filter(({ plan }) => plan !== undefined);
  }

  /** Lets every part change the object. */
  mutate(attributes: AdmissionAttributes): void {
    for (const plugin of this.#plugins) plugin.mutate?.(attributes);
  }

  /** Asks every part about the object as it will be. */
  validate(attributes: AdmissionAttributes): void {
    for (const plugin of this.#plugins) plugin.validate?.(attributes);
  }

  /** What the parts together do in the transaction of a write. */
  plan(target: AdmissionTarget): Plan<KubeObject> {
    let all: Plan<KubeObject> = NO_PLAN;
    for (const plugin of this.#planners) {
      const plan = plugin.plan!(target);
      if (plan !== undefined) all = joinPlans(all, plan);
    }
    return all;
  }
}

/** One plan of two: the first is applied first. */
export function joinPlans<T extends KubeObject>(
  first: Plan<T>,
  second: Plan<T>,
): Plan<T> {
  if (first === NO_PLAN) return second;
  if (second === NO_PLAN) return first;
  return {
    keys: [...first.keys, ...second.keys],
    apply(transaction: Transaction, change: Change<T>) {
      first.apply(transaction, change);
      second.apply(transaction, change);
    },
  };
}
