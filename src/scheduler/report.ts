/**
 * Tells that a pod found no node.
 *
 * @module
 */
import type { Host } from "../base/host.ts";
import type { Pod } from "../api/core/pod.ts";
import { formatTime } from "../api/time.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/event_recorder.ts";
import { keyOf } from "../client/paths.ts";
import { patchPodStatus } from "../loop/pod_status.ts";

/** What to tell about which pod. */
export interface UnschedulableReport {
  /** The API, as this component's own user. */
  readonly client: Client;
  /** Tells people what happened. */
  readonly recorder: EventRecorder;
  /** Which pod. */
  readonly pod: Pod;
  /** `Unschedulable`, or `SchedulerError` when the cluster is not to blame. */
  readonly reason: string;
  /** Why, for people. */
  readonly message: string;
  /** Ends the work when it aborts. */
  readonly signal: AbortSignal;
}

/** Records a FailedScheduling event and sets the condition PodScheduled, unless it says so already. */
export async function reportUnschedulable(
  host: Host,
  { client, recorder, pod, reason, message, signal }: UnschedulableReport,
): Promise<void> {
  recorder.record(pod, {
    type: "Warning",
    reason: "FailedScheduling",
    message,
  });
  const held = pod.status?.conditions?.find(({ type }) =>
    type === "PodScheduled"
  );
  if (
    held?.status === "False" && held.reason === reason &&
    held.message === message
  ) return;
  const now = formatTime(host.clock.now());
  try {
    await patchPodStatus(client, pod, {
      status: {
        conditions: [{
          type: "PodScheduled",
          status: "False",
          reason,
          message,
          lastTransitionTime: held?.status === "False"
            ? held.lastTransitionTime ?? now
            : now,
        }],
      },
      signal,
    });
  } catch (error) {
    // The pod may be gone or placed by now, the server out of reach; the next attempt tells it again.
    if (signal.aborted) return;
    host.log("debug", "Pod condition was not written", {
      pod: keyOf(pod),
      error,
    });
  }
}
