/**
 * {@linkcode ClusterRoleAggregationReconciler}: roles that are put together from others.
 *
 * @module
 */
import { sameJson } from "../api/equal.ts";
import type { ClusterRole } from "../api/rbac/cluster_role.ts";
import type { PolicyRule } from "../api/rbac/policy_rule.ts";
import { selectorOf } from "../api/selector.ts";
import { isApiError } from "../api/status.ts";
import type { Client, Informer } from "../client/client.ts";
import { CLUSTER_ROLES } from "../client/resources.ts";
import type { Reconciler } from "../loop/reconciler.ts";

/** What a {@linkcode ClusterRoleAggregationReconciler} works with. */
export interface ClusterRoleAggregationParts {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** All of them. */
  readonly roles: Informer<ClusterRole>;
}

/** Gives each role with an aggregation rule the rules of the roles that it selects. */
export class ClusterRoleAggregationReconciler implements Reconciler {
  readonly name = "cluster-role-aggregation";
  readonly #parts: ClusterRoleAggregationParts;

  /** Nothing runs until it is asked to. */
  constructor(parts: ClusterRoleAggregationParts) {
    this.#parts = parts;
  }

  /** Whatever role changes: those that gather others look again. They are few. */
  keysOfRole(): string[] {
    return this.#parts.roles.list().filter(isGathering)
      .map(({ metadata }) => metadata.name!);
  }

  /** One pass over one key; see {@linkcode Reconciler}. */
  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { client, roles } = this.#parts;
    const role = roles.get(key);
    if (role === undefined || !isGathering(role)) return;
    const rules = gatheredRules(role, roles.list());
    if (sameJson(rules, role.rules ?? [])) return;
    try {
      await client.update(CLUSTER_ROLES, { ...role, rules }, { signal });
    } catch (error) {
      // Its change or end comes by itself.
      if (!isApiError(error, "NotFound") && !isApiError(error, "Conflict")) {
        throw error;
      }
    }
  }
}

function isGathering({ aggregationRule }: ClusterRole): boolean {
  return aggregationRule !== undefined;
}

/** The rules of all selected roles, in the order of their names, each once. */
function gatheredRules(
  role: ClusterRole,
  roles: readonly ClusterRole[],
): PolicyRule[] {
  const selectors = (role.aggregationRule?.clusterRoleSelectors ?? [])
    .map(selectorOf);
  const rules = new Map<string, PolicyRule>();
  const selected = roles.filter(({ metadata }) =>
    metadata.name !== role.metadata.name &&
    selectors.some((selector) => selector.matches(metadata.labels ?? {}))
  ).sort((a, b) => a.metadata.name! < b.metadata.name! ? -1 : 1);
  for (const rule of selected.flatMap(({ rules }) => rules ?? [])) {
    const key = JSON.stringify(rule, Object.keys(rule).sort());
    if (!rules.has(key)) rules.set(key, rule);
  }
  return [...rules.values()];
}
