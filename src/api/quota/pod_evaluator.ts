/**
 * Counts Pods and what they reserve.
 *
 * Follows https://kubernetes.io/docs/concepts/policy/resource-quotas/
 *
 * @module
 */
import type { Container } from "../core/container.ts";
import type { Pod } from "../core/pod.ts";
import { podLimits, podRequests, qosClass } from "../core/pod_resources.ts";
import type { ResourceList } from "../schema/words.ts";
import { epochMs } from "../time.ts";
import type { Evaluator } from "./evaluator.ts";
import { matchesValue } from "./scopes.ts";

const COUNT = "count/pods";
const NAMES: ReadonlySet<string> = new Set([
  COUNT,
  "pods",
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
]);
const COMPUTE = ["cpu", "memory", "ephemeral-storage"];
const HUGE_PAGES = "hugepages-";
const DEVICE_CLASS = "deviceclass.resource.kubernetes.io/";

/** A quota for these asks that every container says how much it wants. Kubernetes calls that a mistake, and keeps it. */
const DEMANDED: ReadonlySet<string> = new Set([
  "cpu",
  "memory",
  "requests.cpu",
  "requests.memory",
  "limits.cpu",
  "limits.memory",
]);

/** Counts Pods. */
export const podEvaluator: Evaluator<Pod> = {
  counts: (name) =>
    NAMES.has(name) || name.startsWith(HUGE_PAGES) ||
    name.startsWith(`requests.${HUGE_PAGES}`) ||
    name.startsWith("requests.") && isExtended(name.slice(9)),
  usage(pod, now) {
    const used: ResourceList = { [COUNT]: "1" };
    if (!isLive(pod, now)) return used;
    return Object.assign(used, computeUsage(podRequests(pod), podLimits(pod)));
  },
  inScope(pod, scope) {
    switch (scope.scopeName) {
      case "Terminating":
        return hasDeadline(pod);
      case "NotTerminating":
        return !hasDeadline(pod);
      case "BestEffort":
        return qosClass(pod) === "BestEffort";
      case "NotBestEffort":
        return qosClass(pod) !== "BestEffort";
      case "PriorityClass":
        return matchesValue(scope, pod.spec.priorityClassName);
      case "CrossNamespacePodAffinity":
        return looksIntoOtherNamespaces(pod);
      default:
        return false;
    }
  },
  limits({ operation, subresource, next, previous }) {
    if (subresource === "resize") return operation === "UPDATE";
    if (subresource !== "") return false;
    return operation === "CREATE" ||
      previous !== undefined && hasDeadline(previous) !== hasDeadline(next);
  },
  // The status is reported often, over a spec that is the very same.
  isSame: (next, previous, now) =>
    next.spec === previous.spec && isLive(next, now) === isLive(previous, now),
  missing(pod, resources) {
    const level = pod.spec.resources;
    if (level?.requests !== undefined || level?.limits !== undefined) {
      return undefined;
    }
    const demanded = resources.filter((name) => DEMANDED.has(name)).sort();
    if (demanded.length === 0) return undefined;
    const containers = [
      ...pod.spec.containers,
      ...pod.spec.initContainers ?? [],
    ];
    const found = demanded.flatMap((name) => {
      const without = containers.filter((container) => !says(container, name));
      const names = [...new Set(without.map((container) => container.name))];
      return names.length === 0 ? [] : [`${name} for: ${names.sort()}`];
    });
    return found.length === 0 ? undefined : `must specify ${found.join("; ")}`;
  },
};

/** Whether a Pod still uses anything: it is not over, and not left behind by a node that is gone. */
export function isLive({ status, metadata }: Pod, now: number): boolean {
  if (status?.phase === "Failed" || status?.phase === "Succeeded") return false;
  const goneMs = goneAtMs({ metadata });
  return goneMs === undefined || now <= goneMs;
}

/** When a Pod that is being deleted stops counting, in milliseconds since 1970. */
export function goneAtMs(
  { metadata }: Pick<Pod, "metadata">,
): number | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (
    deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined
  ) return undefined;
  return epochMs(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

function says({ resources }: Container, name: string): boolean {
  const usage = computeUsage(
    resources?.requests ?? {},
    resources?.limits ?? {},
  );
  return usage[name] !== undefined;
}

function computeUsage(
  requests: ResourceList,
  limits: ResourceList,
): ResourceList {
  const used: ResourceList = { pods: "1" };
  for (const name of COMPUTE) {
    const [request, limit] = [requests[name], limits[name]];
    if (request !== undefined) {
      used[name] = request;
      used[`requests.${name}`] = request;
    }
    if (limit !== undefined) used[`limits.${name}`] = limit;
  }
  for (const [name, request] of Object.entries(requests)) {
    const huge = name.startsWith(HUGE_PAGES);
    if (huge) used[name] = request;
    if (huge || isExtended(name)) used[`requests.${name}`] = request;
  }
  return used;
}

/** Whether a resource is a device or another thing that Kubernetes itself does not know. */
function isExtended(name: string): boolean {
  if (name.startsWith(DEVICE_CLASS)) return true;
  return name.includes("/") && !name.includes("kubernetes.io/");
}

function hasDeadline({ spec }: Pod): boolean {
  return spec.activeDeadlineSeconds !== undefined &&
    spec.activeDeadlineSeconds >= 0;
}

function looksIntoOtherNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
      ...affinity?.preferredDuringSchedulingIgnoredDuringExecution?.map(
        ({ podAffinityTerm }) => podAffinityTerm,
      ) ?? [],
    ].some((term) =>
      (term?.namespaces?.length ?? 0) > 0 ||
      term?.namespaceSelector !== undefined
    )
  );
}
