/**
 * Readiness of a container that is being ended: a program that says so itself gets no new requests while it finishes the last ones.
 *
 * @module
 * @see {@link https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination}
 */
import type { Container } from "../../src/api/core/container.ts";
import { ProbeSet } from "../probes/probe_set.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";
import { commandsOf } from "./commands.ts";
import type { PodFace } from "./pod_face.ts";
import type { ContainerServices } from "./services.ts";

/**
 * Goes on with the readiness probe of a container until disposed. As in kubelet, liveness and startup are over with the pod's end. Nothing for a
 * container that has no such probe, or has not started yet.
 */
export function endingProbes(
  pod: PodFace,
  { services, container, attempt, init }: {
    readonly services: ContainerServices;
    readonly container: Container | undefined;
    readonly attempt: ContainerStatus;
    readonly init: boolean;
  },
): ProbeSet | undefined {
  const { name } = attempt;
  const previous = pod.probes(name);
  if (!container?.readinessProbe || !previous?.started) return undefined;
  const { livenessProbe: _, startupProbe: __, ...rest } = container;
  const { metadata } = pod.pod;
  const [ip] = pod.sandbox?.ips ?? [];
  return new ProbeSet(services.host, {
    container: rest,
    node: services.probes,
    owner: {
      pod: metadata.name!,
      namespace: metadata.namespace!,
      uid: metadata.uid!,
    },
    ...(ip !== undefined && { ip }),
    exec: commandsOf({ services, spec: container }, attempt.id),
    startedAt: attempt.startedAt ?? attempt.createdAt,
    previous,
    onState: (state) => pod.setProbes(name, state),
    onEvent: (reason, message) =>
      services.events.event(pod.pod, {
        type: "Warning",
        reason,
        message,
        container: name,
        init,
      }),
    onDead: () => {}, // readiness ends nobody
  });
}
