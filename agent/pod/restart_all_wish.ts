/**
 * Whether a pod is to be restarted in its place. It is told by the runtime alone, so an agent that comes later goes on with it.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import { restartsAll } from "../../src/api/core/container_restart.ts";
import type { PodFace } from "../container/pod_face.ts";

/** What tells it. */
export interface RestartablePod extends Pick<PodFace, "pod" | "attempts"> {
  /** Whether the pod is to end. */
  readonly terminating: boolean;
}

/** Whether the end of one of its containers asks for the restart of all. */
export function mustRestartAll(record: RestartablePod): boolean {
  return !record.terminating &&
    restartedContainers(record.pod).some((one) => wantsRestart(record, one));
}

/** The containers that begin anew with the pod. */
export function restartedContainers({ spec }: PodFace["pod"]): Container[] {
  return [...spec.containers, ...spec.initContainers ?? []];
}

/** Whether the end of this one asks for it. */
export function wantsRestart(
  record: Pick<PodFace, "attempts">,
  container: Container,
): boolean {
  const [newest] = record.attempts(container.name);
  return newest?.state === "exited" &&
    restartsAll(container, newest.exitCode ?? 255);
}
