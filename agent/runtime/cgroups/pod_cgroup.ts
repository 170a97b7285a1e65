/**
 * Where the control groups of pods are: kubelet's layout, which tools look for.
 *
 * ```text
 * /kubepods                     all pods
 * /kubepods/pod<uid>            a Guaranteed pod
 * /kubepods/burstable/pod<uid>
 * /kubepods/besteffort/pod<uid>
 * ```
 *
 * Names are those of kubelet's driver `cgroupfs`. Paths are relative to the root of the hierarchy.
 *
 * @module
 */
import type { Pod } from "../../../src/api/core/pod.ts";
import {
  type QosClass,
  qosClass,
} from "../../../src/api/core/pod_resources.ts";

/** Above all pods. */
export const PODS_CGROUP = "/kubepods";

/** Above the pods of a class. */
export function qosCgroup(quality: QosClass): string {
  return quality === "Guaranteed"
    ? PODS_CGROUP
    : `${PODS_CGROUP}/${quality.toLowerCase()}`;
}

/** A pod's group: `/kubepods/burstable/pod<uid>`. Its containers' groups lie in it, by their ids. */
export function podCgroup(pod: Pod): string {
  return `${qosCgroup(qosClass(pod))}/pod${pod.metadata.uid}`;
}

/** Where the group of a pod may be of which only the UID is known. */
export function possibleCgroups(uid: string): string[] {
  const qualities: QosClass[] = ["Guaranteed", "Burstable", "BestEffort"];
  return qualities.map((quality) => `${qosCgroup(quality)}/pod${uid}`);
}
