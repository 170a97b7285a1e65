/**
 * The controllers: each watches objects and brings the world nearer to what they say.
 *
 * - replicas: `replica_reconciler.ts` with `replica_set.ts`, `replication_controller.ts`; `expectations.ts`, `claim.ts`, `pod_control.ts`, `pod_ranking.ts`
 * - rollouts: `deployment.ts` with `deployment_rollout.ts`, `deployment_sets.ts`, `deployment_math.ts`, `deployment_revision.ts`, `deployment_status.ts`
 * - services: `endpoint_slice.ts` with `slice_diff.ts`, `endpoints.ts`, `service_pods.ts`
 * - nodes: `node_cidr.ts` with `cidr_pool.ts`, `node_lifecycle.ts` with `node_conditions.ts`, `pod_garbage.ts`
 * - namespaces: `service_account.ts`, `namespace.ts`
 * - quotas and storage in use: `resource_quota.ts`, `finalizer_guard.ts` with `pvc_protection.ts`, `pv_protection.ts`; `protection_wiring.ts`
 * - volumes: `volumes/` with `binder.ts` (claims get volumes), `local_path.ts` (folders of nodes as volumes), `ephemeral.ts`
 * - identities and rights: `auth_wiring.ts` with `cluster_role_aggregation.ts`, `service_account_secret.ts`, `certificate_signing.ts` and `certificate_signers.ts`
 * - what is left over: `garbage/`, `bootstrap_token.ts`, `event_ttl.ts`
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Client } from "../client/client.ts";
import { Manager } from "../loop/manager.ts";
import { addControllers, type ControllersOptions } from "./wiring.ts";

export { DEFAULT_CLUSTER_CIDR } from "./node_wiring.ts";
export { addControllers, type ControllersOptions } from "./wiring.ts";

/** Options of {@linkcode startControllers}. */
export interface StartOptions extends ControllersOptions {
  /** Gives up waiting for the first lists. */
  readonly signal?: AbortSignal;
}

/** Running controllers. */
export interface RunningControllers extends AsyncDisposable {
  /** Queue lengths and cache sizes, for `/debug/state`. */
  stats(): Record<string, unknown>;
}

/**
 * Starts all controllers with informers of their own; resolves when they are at work. To share informers with the scheduler, use
 * {@linkcode addControllers} and `addScheduler` on one `Manager`.
 *
 * @throws the signal's reason when it aborts before the first lists are in
 */
export async function startControllers(
  host: Host,
  client: Client,
  options: StartOptions = {},
): Promise<RunningControllers> {
  const manager = new Manager(host, client);
  const parts = addControllers(host, manager, { ...options, client });
  const close = async () => {
    await manager[Symbol.asyncDispose]();
    await parts[Symbol.asyncDispose]();
  };
  try {
    await manager.start(options.signal);
  } catch (error) {
    await close();
    throw error;
  }
  return { stats: () => manager.stats(), [Symbol.asyncDispose]: close };
}
