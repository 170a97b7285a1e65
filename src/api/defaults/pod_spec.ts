/**
 * Defaults of Pods and Pod templates.
 *
 * @module
 */
import type { Container } from "../core/container.ts";
import type { Pod } from "../core/pod.ts";
import type { PodSpec } from "../core/pod_spec.ts";
import { containerRequests } from "../core/pod_resources.ts";
import { defaultContainer, defaultResources } from "./container.ts";
import { defaultVolume } from "./volume.ts";

/** Seconds between TERM and KILL. */
export const DEFAULT_GRACE_SECONDS = 30;

/** The defaults that a Pod and a Pod template share. */
export function defaultPodSpec(spec: PodSpec): void {
  spec.dnsPolicy ??= "ClusterFirst";
  spec.restartPolicy ??= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= DEFAULT_GRACE_SECONDS;
  spec.schedulerName ??= "default-scheduler";
  // `serviceAccount` is the old name of the same field; both are always told.
  if (
    spec.serviceAccountName === undefined && spec.serviceAccount !== undefined
  ) {
    spec.serviceAccountName = spec.serviceAccount;
  }
  if (spec.serviceAccountName !== undefined) {
    spec.serviceAccount = spec.serviceAccountName;
  }
  spec.volumes?.forEach(defaultVolume);
  spec.initContainers?.forEach(defaultContainer);
  spec.containers.forEach(defaultContainer);
  spec.ephemeralContainers?.forEach(defaultContainer);
  defaultResources(spec.overhead);
}

/** In the host's network a port is the host's port. */
function defaultHostPorts({ ports = [] }: Container): void {
  for (const port of ports) port.hostPort ??= port.containerPort;
}

/** What has a limit and no request is requested up to its limit. */
function requestsFromLimits({ resources }: Container): void {
  if (resources?.limits === undefined) return;
  resources.requests = { ...resources.limits, ...resources.requests };
}

function podLevelRequests({ spec }: Pod): void {
  const limits = spec.resources?.limits;
  if (limits === undefined || Object.keys(limits).length === 0) return;
  const requests = { ...spec.resources!.requests };
  const summed = containerRequests(spec);
  for (const name of ["cpu", "memory"]) {
    const sum = summed[name];
    if (requests[name] === undefined && sum !== undefined) requests[name] = sum;
  }
  for (const [name, limit] of Object.entries(limits)) {
    if (name === "cpu" || name === "memory" || name.startsWith("hugepages-")) {
      requests[name] ??= limit;
    }
  }
  if (Object.keys(requests).length > 0) spec.resources!.requests = requests;
}

/** The old field wins over the new one; both are always told. */
function alignPodIps({ status }: Pod): void {
  if (status === undefined) return;
  const { podIP } = status;
  if (podIP !== undefined && podIP !== status.podIPs?.[0]?.ip) {
    status.podIPs = [{ ip: podIP }];
  }
  const first = status.podIPs?.[0]?.ip;
  if (first !== undefined) status.podIP = first;
}

/** The defaults of a Pod, beyond those of its template. */
export function defaultPod(pod: Pod): void {
  alignPodIps(pod);
  pod.spec.containers.forEach(requestsFromLimits);
  pod.spec.initContainers?.forEach(requestsFromLimits);
  podLevelRequests(pod);
  if ((pod.spec.terminationGracePeriodSeconds ?? 0) < 0) {
    pod.spec.terminationGracePeriodSeconds = 1;
  }
  pod.spec.enableServiceLinks ??= true;
  if (pod.spec.hostNetwork === true) {
    pod.spec.initContainers?.forEach(defaultHostPorts);
    pod.spec.containers.forEach(defaultHostPorts);
  }
  defaultPodSpec(pod.spec);
}
