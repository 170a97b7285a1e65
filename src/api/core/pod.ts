import { podColumns } from "../columns/pod.ts";
import { DEFAULT_GRACE_SECONDS, defaultPod } from "../defaults/pod_spec.ts";
import { defineKind } from "../define.ts";
import { warnOfPod } from "../warnings/pod.ts";
import { podParts } from "./pod_parts.ts";
import { qosClass } from "./pod_resources.ts";
import {
  validatePod,
  validatePodStatusUpdate,
  validatePodUpdate,
} from "../validation/pod.ts";
import type { Kind } from "../kind.ts";
import type { KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import { type PodSpec, podSpec } from "./pod_spec.ts";
import { type PodStatus, podStatus } from "./pod_status.ts";
import { type Field, object, typeMeta } from "../schema/words.ts";

/** Containers that run together on one node and share network and volumes. */
export interface Pod extends KubeObject {
  /** What it is to be. */
  spec: PodSpec;
  /** What it is; written by its node. */
  status?: PodStatus;
}

/** Schema of {@linkcode Pod}. */
export const pod: Field<Pod> = object<Pod>(
  "io.k8s.api.core.v1.Pod",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: podSpec,
    status: podStatus,
  }),
);

/** Groups of containers on one Node. */
export const pods: Kind<Pod> = defineKind({
  group: "",
  version: "v1",
  kind: "Pod",
  plural: "pods",
  namespaced: true,
  shortNames: ["po"],
  categories: ["all"],
  subresources: [
    "status",
    "binding",
    "log",
    "exec",
    "attach",
    "portforward",
    "proxy",
    "eviction",
    "ephemeralcontainers",
    "resize",
  ],
  type: pod,
  setDefaults: defaultPod,
  generationOf: ({ spec }) => spec,
  fieldSelectors: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
  ],
  selectableFields: ({ spec, status }) => ({
    "spec.nodeName": spec.nodeName ?? "",
    "spec.restartPolicy": spec.restartPolicy ?? "",
    "spec.schedulerName": spec.schedulerName ?? "",
    "spec.serviceAccountName": spec.serviceAccountName ?? "",
    "spec.hostNetwork": String(spec.hostNetwork ?? false),
    "status.phase": status?.phase ?? "",
    "status.podIP": status?.podIPs?.[0]?.ip ?? status?.podIP ?? "",
    "status.podIPs": status?.podIPs?.[0]?.ip ?? status?.podIP ?? "",
    "status.nominatedNodeName": status?.nominatedNodeName ?? "",
  }),
  prepareForCreate(object) {
    object.status = { phase: "Pending", qosClass: qosClass(object) };
    if ((object.spec.schedulingGates?.length ?? 0) > 0) {
      object.status.conditions = [{
        type: "PodScheduled",
        status: "False",
        reason: "SchedulingGated",
        message: "Scheduling is blocked due to non-empty scheduling gates",
      }];
    }
  },
  prepareForStatusUpdate(next, previous) {
    delete next.metadata.deletionTimestamp;
    if (previous.metadata.deletionTimestamp !== undefined) {
      next.metadata.deletionTimestamp = previous.metadata.deletionTimestamp;
    }
    if (previous.metadata.ownerReferences === undefined) {
      delete next.metadata.ownerReferences;
    } else next.metadata.ownerReferences = previous.metadata.ownerReferences;
    if (
      next.status !== undefined && previous.status?.qosClass !== undefined
    ) next.status.qosClass ??= previous.status.qosClass;
  },
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  parts: podParts,
  warnings: warnOfPod,
  columns: podColumns,
  gracePeriodSeconds: ({ spec }) =>
    Math.max(spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS, 0),
});
