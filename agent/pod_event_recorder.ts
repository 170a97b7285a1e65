/**
 * Events about pods, on their way to the API.
 *
 * @module
 */
import type { Pod } from "../src/api/core/pod.ts";
import {
  type EventRecorder,
  referenceTo,
} from "../src/client/event_recorder.ts";
import type { PodEvents } from "./container/pod_events.ts";

/**
 * Records what pods' workers tell, with the field of the container that it is about.
 *
 * @param options.onImage called when an image came onto the node
 */
export function podEventRecorder(
  recorder: EventRecorder,
  options: { readonly onImage: () => void },
): PodEvents {
  return {
    event: (pod, { type, reason, message, container, init }) => {
      recorder.record({
        ...referenceTo({ ...pod, apiVersion: "v1", kind: "Pod" }),
        ...(container && {
          fieldPath: `spec.${listOf(pod, container, init)}{${container}}`,
        }),
      }, { type, reason, message });
      if (reason === "Pulled") options.onImage();
    },
  };
}

function listOf(
  { spec: { ephemeralContainers = [] } }: Pod,
  container: string,
  init = false,
): string {
  if (init) return "initContainers";
  return ephemeralContainers.some(({ name }) => name === container)
    ? "ephemeralContainers"
    : "containers";
}
