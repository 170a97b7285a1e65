/**
 * Takes a pod's eviction from its disruption budget, if that has one left.
 *
 * The budget's controller counts pods now and then; between its looks this is what keeps the count: `status.disruptionsAllowed` goes down, and the pod
 * is noted in `status.disruptedPods` until the controller sees it go. Both happen in one transaction, so evictions at the same time cannot take the
 * same chance twice.
 *
 * @module
 */
import type { Pod } from "../../api/core/pod.ts";
import type { Condition } from "../../api/meta.ts";
import {
  type PodDisruptionBudget,
  podDisruptionBudgets,
  type PodDisruptionBudgetStatus,
} from "../../api/policy/pod_disruption_budget.ts";
import { SelectorError, selectorOf } from "../../api/selector.ts";
import {
  ApiError,
  forbidden,
  tooManyRequests,
  unknownError,
} from "../../api/status.ts";
import { formatTime } from "../../api/time.ts";
import type { Call } from "../call.ts";
import { collectionPrefix } from "../keys.ts";
import { modifyObject } from "../modify_object.ts";

/** How many pods may be on their way out without the controller having looked. */
const MAX_DISRUPTED_PODS = 2000;
/** Seconds after which one may ask again while the budget is not counted yet. */
const RETRY_SECONDS = 10;
const ALLOWED = "DisruptionAllowed";

/** The budget that covers a pod. @throws {ApiError} 500 when there is more than one */
export function budgetOf(
  { api }: Call,
  { metadata }: Pod,
): PodDisruptionBudget | undefined {
  const prefix = collectionPrefix(
    podDisruptionBudgets,
    metadata.namespace ?? "",
  );
  const found = api.store.list(prefix).rows
    .map(({ text }): PodDisruptionBudget => JSON.parse(text))
    .filter((budget) => covers(budget, metadata.labels));
  if (found.length > 1) {
    throw unknownError(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  return found[0];
}

function covers(
  { spec }: PodDisruptionBudget,
  labels: Record<string, string> | undefined,
): boolean {
  try {
    return selectorOf(spec.selector).matches(labels);
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}

/** Whether a pod that is not ready may go without taking from the budget. */
export function letsUnhealthyGo(
  { spec, status }: PodDisruptionBudget,
): boolean {
  if (spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

/** 429, with the budget named in a cause. */
export function refusedBy(
  name: string,
  { why, retryAfterSeconds = 0 }: {
    readonly why?: string;
    readonly retryAfterSeconds?: number;
  } = {},
): ApiError {
  const { status } = tooManyRequests(
    "Cannot evict pod as it would violate the pod's disruption budget.",
    retryAfterSeconds,
  );
  return new ApiError({
    ...status,
    details: {
      ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
      causes: [{
        reason: "DisruptionBudget",
        message: why ??
          `The disruption budget ${name} is still being processed by the server.`,
      }],
    },
  });
}

/** 429 for the time being: what was looked at has changed meanwhile. */
export function refusedForNow(name: string): ApiError {
  return refusedBy(name, { retryAfterSeconds: RETRY_SECONDS });
}

/** Takes one eviction from the budget. @throws {ApiError} 429 when there is none left, 403 when the budget is broken */
export async function takeFromBudget(
  call: Call,
  budget: PodDisruptionBudget,
  { pod, dryRun }: { readonly pod: string; readonly dryRun: boolean },
): Promise<void> {
  const { api, at, user } = call;
  const now = formatTime(api.host.clock.now());
  await modifyObject(api, {
    kind: podDisruptionBudgets,
    namespace: at.namespace,
    user,
    dryRun,
    warnings: [],
  }, {
    name: budget.metadata.name ?? "",
    part: "",
    subresource: "status",
    direct: true,
    change(current, fresh) {
      checkBudget(current);
      const next = fresh();
      take(next.status!, pod, now);
      return next;
    },
  });
}

function take(
  status: PodDisruptionBudgetStatus,
  pod: string,
  now: string,
): void {
  status.disruptionsAllowed--;
  status.disruptedPods = { ...status.disruptedPods, [pod]: now };
  if (status.disruptionsAllowed > 0) return;
  const conditions = status.conditions ?? [];
  const before = conditions.find(({ type }) => type === ALLOWED);
  const condition: Condition = {
    type: ALLOWED,
    status: "False",
    observedGeneration: status.observedGeneration ?? 0,
    lastTransitionTime: before?.status === "False"
      ? before.lastTransitionTime ?? now
      : now,
    reason: "InsufficientPods",
    message: "",
  };
  status.conditions = before === undefined
    ? [...conditions, condition]
    : conditions.map((own) => own === before ? condition : own);
}

/** @throws {ApiError} when nothing may be taken */
function checkBudget({ metadata, status }: PodDisruptionBudget): void {
  const name = metadata.name ?? "";
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw refusedForNow(name);
  }
  const {
    disruptionsAllowed = 0,
    currentHealthy = 0,
    desiredHealthy = 0,
    disruptedPods = {},
  } = status ?? {};
  const broken = (why: string) =>
    forbidden({ group: "policy", plural: "poddisruptionbudget" }, name, why);
  if (disruptionsAllowed < 0) {
    throw broken("pdb disruptions allowed is negative");
  }
  if (Object.keys(disruptedPods).length > MAX_DISRUPTED_PODS) {
    throw broken(
      "DisruptedPods map too big - too many evictions not confirmed by PDB controller",
    );
  }
  if (disruptionsAllowed > 0) return;
  const why = `The disruption budget ${name}`;
  const condition = status?.conditions?.find(({ type }) => type === ALLOWED);
  const told = condition?.status === "False" && condition.message !== ""
    ? condition
    : undefined;
  if (told?.reason === "SyncFailed") {
    throw refusedBy(name, {
      why:
        `${why} does not allow evicting pods currently because it failed sync: ${told.message}`,
    });
  }
  if (currentHealthy <= desiredHealthy) {
    throw refusedBy(name, {
      why:
        `${why} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    });
  }
  throw refusedBy(name, {
    why: told === undefined
      ? `${why} does not allow evicting pods currently`
      : `${why} does not allow evicting pods currently (${told.reason}): ${told.message}`,
  });
}
