/**
 * Answers `/containerLogs/{namespace}/{pod}/{container}`.
 *
 * @module
 */
import type { ContainerStatus } from "../../src/api/core/container_status.ts";
import { messageOf } from "../../src/base/errors.ts";
import type { PodStatus } from "../../src/api/core/pod_status.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type LogQuery, parseLogQuery } from "./log_query.ts";
import { logStream } from "./log_stream.ts";

/** The pod whose output is asked for. */
export interface LogSource {
  readonly name: string;
  readonly runtime: Runtime;
  /** The newest; it says which containers are meant. Undefined when the pod is too new to have one. */
  readonly status: PodStatus | undefined;
}

/**
 * The output of one of a pod's containers, or an error in kubelet's words.
 *
 * @param now milliseconds since 1970
 */
export function containerLogs(
  pod: LogSource,
  container: string,
  { params, now }: { params: URLSearchParams; now: number },
): Response {
  let query: LogQuery;
  try {
    query = parseLogQuery(params, now);
  } catch (error) {
    return plain(400, messageOf(error));
  }
  const {
    containerStatuses = [],
    initContainerStatuses = [],
    ephemeralContainerStatuses = [],
  } = pod.status ?? {};
  const status = [
    ...containerStatuses,
    ...initContainerStatuses,
    ...ephemeralContainerStatuses,
  ].find(({ name }) => name === container);
  if (!status) {
    return plain(
      400,
      `container "${container}" in pod "${pod.name}" is not available`,
    );
  }
  const found = containerId(pod.name, status, query.previous);
  if ("error" in found) return plain(400, found.error);
  // A container that has ended writes nothing more.
  const follow = query.follow && status.state?.running !== undefined &&
    !query.previous;
  return new Response(logStream(pod.runtime, found.id, { ...query, follow }), {
    headers: { "content-type": "text/plain" },
  });
}

/** Which container's output is meant: the one that runs or ran last, or the one before. */
function containerId(
  pod: string,
  status: ContainerStatus,
  previous: boolean,
): { id: string } | { error: string } {
  const { state, lastState, name } = status;
  const last = lastState?.terminated?.containerID;
  if (previous) {
    return last ? { id: bare(last) } : {
      error:
        `previous terminated container "${name}" in pod "${pod}" not found`,
    };
  }
  if (state?.running) return { id: bare(status.containerID!) };
  if (state?.terminated?.containerID) {
    return { id: bare(state.terminated.containerID) };
  }
  if (last) return { id: bare(last) };
  const begin = `container "${name}" in pod "${pod}" is waiting to start`;
  switch (state?.waiting?.reason) {
    case undefined:
      return { error: `${begin} - no logs yet` };
    case "ErrImagePull":
      return { error: `${begin}: image can't be pulled` };
    case "ImagePullBackOff":
      return { error: `${begin}: trying and failing to pull image` };
    default:
      return { error: `${begin}: ${state!.waiting!.reason}` };
  }
}

function bare(id: string): string {
  return id.slice(id.indexOf("://") + 3);
}

function plain(status: number, text: string): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "text/plain" },
  });
}
