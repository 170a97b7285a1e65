/**
 * Events about pods, as kubelet words them. The recorder behind it counts repeats and never makes the agent wait.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";

/** Takes events about pods. */
export interface PodEvents {
  /**
   * @param about the pod
   * @param event `container` names the container that it is about
   */
  event(about: Pod, event: {
    readonly type: "Normal" | "Warning";
    /** `Pulling`, `Created`, `Killing` … */
    readonly reason: string;
    readonly message: string;
    readonly container?: string;
    /** Whether it is an init container. */
    readonly init?: boolean;
  }): void;
}

/** `web_default(0f4c…)`: how kubelet names a pod in messages. */
export function podInMessages(pod: Pod): string {
  const { name, namespace, uid } = pod.metadata;
  return `${name}_${namespace}(${uid})`;
}
