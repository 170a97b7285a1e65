/**
 * The versions of the API's groups that this server serves itself, as APIServices: `kubectl get apiservices` shows them.
 *
 * @module
 */
import type { APIService } from "../api/apiregistration/api_service.ts";

/** Group and version, and how early each comes: the priorities of kube-apiserver. */
const SERVED: readonly (readonly [string, string, number, number])[] = [
  ["", "v1", 18_000, 1],
  ["apps", "v1", 17_800, 15],
  ["events.k8s.io", "v1", 17_750, 15],
  ["authentication.k8s.io", "v1", 17_700, 15],
  ["authorization.k8s.io", "v1", 17_600, 15],
  ["autoscaling", "v1", 17_500, 15],
  ["autoscaling", "v2", 17_500, 30],
  ["batch", "v1", 17_400, 15],
  ["certificates.k8s.io", "v1", 17_300, 15],
  ["networking.k8s.io", "v1", 17_200, 15],
  ["policy", "v1", 17_100, 15],
  ["rbac.authorization.k8s.io", "v1", 17_000, 15],
  ["storage.k8s.io", "v1", 16_800, 15],
  ["admissionregistration.k8s.io", "v1", 16_700, 15],
  ["apiextensions.k8s.io", "v1", 16_700, 15],
  ["scheduling.k8s.io", "v1", 16_600, 15],
  ["coordination.k8s.io", "v1", 16_500, 15],
  ["node.k8s.io", "v1", 16_300, 15],
  ["discovery.k8s.io", "v1", 16_200, 15],
  ["resource.k8s.io", "v1", 16_200, 21],
  ["flowcontrol.apiserver.k8s.io", "v1", 16_100, 21],
  ["metrics.k8s.io", "v1beta1", 100, 100],
];

/** An APIService for each version of a group; that of APIServices themselves has none, as in Kubernetes. */
export const LOCAL_API_SERVICES: readonly APIService[] = SERVED.map(
  ([group, version, groupPriorityMinimum, versionPriority]) => ({
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: {
      name: `${version}.${group}`,
      labels: { "kube-aggregator.kubernetes.io/automanaged": "onstart" },
    },
    spec: {
      ...(group === "" ? {} : { group }),
      version,
      groupPriorityMinimum,
      versionPriority,
    },
  }),
);
