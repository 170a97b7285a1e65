/**
 * Labels by which other tools find a pod's containers in a CRI runtime, and by which we find our own.
 *
 * @module
 */

/** kubelet's labels (kubernetes/kubernetes, pkg/kubelet/types/labels.go), which `crictl` and log collectors read. */
const POD_NAME = "io.kubernetes.pod.name";
const POD_NAMESPACE = "io.kubernetes.pod.namespace";
const POD_UID = "io.kubernetes.pod.uid";
const CONTAINER_NAME = "io.kubernetes.container.name";

/** Ours: a runtime that we share (with a kubelet, say) has pods that are not our business. */
const MANAGED_BY = "wherry.dev/managed-by";

/** Selects what the agent made. */
export const OWN: Readonly<Record<string, string>> = { [MANAGED_BY]: "agent" };

/** A pod, as labels name it. */
export interface PodNames {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

/** The labels with those of a sandbox, or of a container when its name is given. */
export function withPodLabels(
  labels: Readonly<Record<string, string>>,
  pod: PodNames,
  container?: string,
): Record<string, string> {
  return {
    ...labels,
    ...OWN,
    [POD_NAME]: pod.name,
    [POD_NAMESPACE]: pod.namespace,
    [POD_UID]: pod.uid,
    ...(container === undefined ? {} : { [CONTAINER_NAME]: container }),
  };
}

/** The labels that the caller gave. */
export function withoutOwnLabels(
  labels: Readonly<Record<string, string>>,
): Record<string, string> {
  const own = [POD_NAME, POD_NAMESPACE, POD_UID, CONTAINER_NAME, MANAGED_BY];
  return Object.fromEntries(
    Object.entries(labels).filter(([name]) => !own.includes(name)),
  );
}
