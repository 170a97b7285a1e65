/**
 * Why a pod does not come up, for the person who waits for it.
 *
 * @module
 */
import type { Event } from "../../api/core/event.ts";
import type { Pod } from "../../api/core/pod.ts";

/** What is wrong. */
export interface PodProblem {
  readonly pod: string;
  readonly text: string;
  /** Whether waiting is of no use: somebody has to change something. */
  readonly isLasting: boolean;
  /** Whether the container has run, so that its output may tell more. */
  readonly hasRun: boolean;
}

/** Reasons after which trying again the same is of no use. */
const LASTING: ReadonlySet<string> = new Set([
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImagePullBackOff",
  "CreateContainerConfigError",
  "CreateContainerError",
  "CreatePodSandboxError",
  "RunContainerError",
  "CrashLoopBackOff",
]);
/** Reasons that are the ordinary way. */
const ON_ITS_WAY: ReadonlySet<string> = new Set([
  "ContainerCreating",
  "PodInitializing",
]);

/** Reasons of events about what comes before containers. */
const BEFORE_CONTAINERS: ReadonlySet<string | undefined> = new Set([
  "FailedMount",
  "FailedCreatePodSandBox",
]);

/** What keeps a pod from being ready; undefined while it is on its way. */
export function podProblem({ metadata, status }: Pod): PodProblem | undefined {
  const pod = metadata.name ?? "";
  const scheduled = status?.conditions?.find(({ type }) =>
    type === "PodScheduled"
  );
  if (scheduled?.status === "False") {
    return {
      pod,
      text: `no node takes it: ${scheduled.message ?? scheduled.reason ?? ""}`,
      isLasting: false,
      hasRun: false,
    };
  }
  if (status?.phase === "Failed" && status.reason) {
    return {
      pod,
      text: `${status.reason}: ${status.message ?? ""}`,
      isLasting: true,
      hasRun: false,
    };
  }
  for (const { state, lastState } of status?.containerStatuses ?? []) {
    const ended = state?.terminated ?? lastState?.terminated;
    const how = ended && endText(ended);
    const { reason, message } = state?.waiting ?? {};
    if (reason !== undefined && !ON_ITS_WAY.has(reason)) {
      const why = reason === "CrashLoopBackOff" && how !== undefined
        ? `${how}, again and again`
        : `${reason}${message ? `: ${message}` : ""}`;
      return {
        pod,
        text: why,
        isLasting: LASTING.has(reason),
        hasRun: ended !== undefined,
      };
    }
    if (state?.terminated && how !== undefined) {
      return { pod, text: how, isLasting: false, hasRun: true };
    }
  }
  return undefined;
}

/** What keeps a pod from having its volumes or its sandbox, which only events tell; undefined once its containers have been started. */
export function mountProblem(
  { metadata, status }: Pod,
  events: readonly Event[],
): PodProblem | undefined {
  const isWaiting = status?.containerStatuses?.some(({ state }) =>
    state?.waiting
  );
  const said = isWaiting
    ? events.find(({ involvedObject, reason, message }) =>
      involvedObject?.uid === metadata.uid && BEFORE_CONTAINERS.has(reason) &&
      message
    )
    : undefined;
  return said && {
    pod: metadata.name ?? "",
    text: `${said.message}`,
    isLasting: false,
    hasRun: false,
  };
}

/** `it ended with exit status 1 (Error)`. */
export function endText(
  { exitCode, reason, message }: {
    readonly exitCode: number;
    readonly reason?: string;
    readonly message?: string;
  },
): string {
  const word = reason && !["Error", "Completed"].includes(reason)
    ? ` (${reason})`
    : "";
  return `it ended with exit status ${exitCode}${word}${
    message ? `: ${message}` : ""
  }`;
}
