/**
 * How static pods and their mirrors are marked.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";

/** Which source a pod came from. */
export const CONFIG_SOURCE = "kubernetes.io/config.source";
/** The hash of a manifest: what tells one version of it from the next. */
export const CONFIG_HASH = "kubernetes.io/config.hash";
/** When this node first saw the pod. */
export const CONFIG_SEEN = "kubernetes.io/config.seen";
/** Marks the pod in the API that shows a static one; its value is that one's hash. */
export const CONFIG_MIRROR = "kubernetes.io/config.mirror";

/** Where static pods come from: a file or folder, a URL, the agent's own socket. The first two are kubelet's words. */
export type SourceName = "file" | "http" | "server";

/** Whether a pod came from anything but the API. */
export function isStaticPod({ metadata }: Pod): boolean {
  const source = metadata.annotations?.[CONFIG_SOURCE];
  return source !== undefined && source !== "api" &&
    metadata.annotations?.[CONFIG_MIRROR] === undefined;
}

/** Whether a pod of the API only shows a static one. */
export function isMirrorPod({ metadata }: Pod): boolean {
  return metadata.annotations?.[CONFIG_MIRROR] !== undefined;
}

/** `namespace/name`. */
export function podKey({ metadata }: Pod): string {
  return `${metadata.namespace}/${metadata.name}`;
}
