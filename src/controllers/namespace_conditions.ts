/**
 * How far the deletion of a namespace is, as Kubernetes tells it. Pure.
 *
 * @module
 */
import type { NamespaceCondition } from "../api/core/namespace.ts";
import { formatTime } from "../api/time.ts";

/** What one pass of a deletion found. */
export interface NamespaceContent {
  /** How many objects are left, by resource and group (`pods.`, `deployments.apps`). */
  readonly remaining: ReadonlyMap<string, number>;
  /** How many of them wait for a finalizer. */
  readonly finalizers: ReadonlyMap<string, number>;
  /** Why resources could not be deleted. */
  readonly errors: readonly string[];
}

/** Conditions with those of a deletion set; the same array when nothing changed. */
export function deletionConditions(
  held: readonly NamespaceCondition[],
  content: NamespaceContent,
  nowMs: number,
): readonly NamespaceCondition[] {
  let conditions = held;
  for (const wanted of wantedConditions(content)) {
    const at = conditions.findIndex(({ type }) => type === wanted.type);
    const before = conditions[at];
    if (
      before?.status === wanted.status && before.reason === wanted.reason &&
      before.message === wanted.message
    ) continue;
    const next: NamespaceCondition = {
      type: wanted.type,
      status: wanted.status,
      lastTransitionTime: before?.status === wanted.status
        ? before.lastTransitionTime ?? formatTime(nowMs)
        : formatTime(nowMs),
      reason: wanted.reason,
      message: wanted.message,
    };
    conditions = at < 0 ? [...conditions, next] : conditions.with(at, next);
  }
  return conditions;
}

interface Wanted {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

function wantedConditions(
  { remaining, finalizers, errors }: NamespaceContent,
): Wanted[] {
  const resources = [...remaining].sort(byName).map(([resource, count]) =>
    `${resource} has ${count} resource instances`
  );
  const waits = [...finalizers].sort(byName).map(([finalizer, count]) =>
    `${finalizer} in ${count} resource instances`
  );
  return [
    {
      type: "NamespaceDeletionDiscoveryFailure",
      status: "False",
      reason: "ResourcesDiscovered",
      message: "All resources successfully discovered",
    },
    {
      type: "NamespaceDeletionGroupVersionParsingFailure",
      status: "False",
      reason: "ParsedGroupVersions",
      message: "All legacy kube types successfully parsed",
    },
    errors.length === 0
      ? {
        type: "NamespaceDeletionContentFailure",
        status: "False",
        reason: "ContentDeleted",
        message:
          "All content successfully deleted, may be waiting on finalization",
      }
      : {
        type: "NamespaceDeletionContentFailure",
        status: "True",
        reason: "ContentDeletionFailed",
        message:
          `Failed to delete all resource types, ${errors.length} remaining: ${
            errors.toSorted().join(", ")
          }`,
      },
    resources.length === 0
      ? {
        type: "NamespaceContentRemaining",
        status: "False",
        reason: "ContentRemoved",
        message: "All content successfully removed",
      }
      : {
        type: "NamespaceContentRemaining",
        status: "True",
        reason: "SomeResourcesRemain",
        message: `Some resources are remaining: ${resources.join(", ")}`,
      },
    waits.length === 0
      ? {
        type: "NamespaceFinalizersRemaining",
        status: "False",
        reason: "ContentHasNoFinalizers",
        message: "All content-preserving finalizers finished",
      }
      : {
        type: "NamespaceFinalizersRemaining",
        status: "True",
        reason: "SomeFinalizersRemain",
        message: `Some content in the namespace has finalizers remaining: ${
          waits.join(", ")
        }`,
      },
  ];
}

function byName([a]: [string, number], [b]: [string, number]): number {
  return a < b ? -1 : 1;
}
