import { apiServiceColumns } from "../columns/api_service.ts";
import { defineKind } from "../define.ts";
import type { Kind, KubeObject } from "../kind.ts";
import { objectMeta } from "../meta.ts";
import {
  bool,
  bytes,
  type Field,
  int32,
  list,
  named,
  object,
  optional,
  pointer,
  str,
  time,
  typeMeta,
} from "../schema/words.ts";

import { formatTime } from "../time.ts";
import {
  validateApiService,
  validateApiServiceStatus,
} from "../validation/api_service.ts";
import { keepMetadata } from "../status_metadata.ts";

/** The Service that serves a group. */
export interface ServiceReference {
  /** Its namespace. */
  namespace?: string;
  /** Its name. */
  name?: string;
  /** The port. Default: 443. */
  port?: number;
}

/** Schema of {@linkcode ServiceReference}. */
export const serviceReference: Field<ServiceReference> = object<
  ServiceReference
>(
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference",
  () => ({
    namespace: optional(str),
    name: optional(str),
    port: pointer(int32),
  }),
);

/** Who serves a version of a group. */
export interface APIServiceSpec {
  /** The Service; absent means that this server does it itself. */
  service?: ServiceReference;
  /** The group. */
  group?: string;
  /** The version. */
  version?: string;
  /** Whether its certificate is not looked at. */
  insecureSkipTLSVerify?: boolean;
  /** Authorities in PEM that may sign its certificate, as base64; absent means those of the system. */
  caBundle?: string;
  /** How early the group comes among all, from 1 to 20000; the highest comes first. */
  groupPriorityMinimum: number;
  /** How early the version comes within its group, from 1 to 1000; the highest comes first. */
  versionPriority: number;
}

/** Schema of {@linkcode APIServiceSpec}. */
export const apiServiceSpec: Field<APIServiceSpec> = object<APIServiceSpec>(
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec",
  () => ({
    service: pointer(serviceReference),
    group: optional(str),
    version: optional(str),
    insecureSkipTLSVerify: optional(bool),
    caBundle: optional(bytes),
    groupPriorityMinimum: int32,
    versionPriority: int32,
  }),
);

/** One aspect of a group version's state. */
export interface APIServiceCondition {
  /** Name of the aspect: `Available`. */
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  /** When the status last changed. */
  lastTransitionTime?: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
  message?: string;
}

/** Schema of {@linkcode APIServiceCondition}. */
export const apiServiceCondition: Field<APIServiceCondition> = object<
  APIServiceCondition
>(
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceCondition",
  () => ({
    type: named("v1.APIServiceConditionType"),
    status: named("v1.ConditionStatus"),
    lastTransitionTime: optional(time),
    reason: optional(str),
    message: optional(str),
  }),
);

/** Whether a group version can be used. */
export interface APIServiceStatus {
  /** Aspects of its state. */
  conditions?: APIServiceCondition[];
}

/** Schema of {@linkcode APIServiceStatus}. */
export const apiServiceStatus: Field<APIServiceStatus> = object<
  APIServiceStatus
>(
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus",
  () => ({
    conditions: optional(
      list(apiServiceCondition, {
        type: "map",
        keys: ["type"],
        strategy: "merge",
        mergeKey: "type",
      }),
    ),
  }),
);

/** A version of a group of the API, and who serves it. */
export interface APIService extends KubeObject {
  /** Who serves it. */
  spec: APIServiceSpec;
  /** Whether it can be used. */
  status?: APIServiceStatus;
}

/** Schema of {@linkcode APIService}. */
export const apiService: Field<APIService> = object<APIService>(
  "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService",
  () => ({
    ...typeMeta,
    metadata: objectMeta,
    spec: apiServiceSpec,
    status: apiServiceStatus,
  }),
);

/** What is said of a version that this server serves itself, and of one that it cannot forward to anybody. */
function availability(
  local: boolean,
  now: number,
): APIServiceCondition {
  return {
    type: "Available",
    status: local ? "True" : "False",
    lastTransitionTime: formatTime(now),
    reason: local ? "Local" : "NotForwarded",
    message: local
      ? "Local APIServices are always available"
      : "this server does not forward requests to other API servers yet",
  };
}

/** Versions of groups of the API. */
export const apiServices: Kind<APIService> = defineKind({
  group: "apiregistration.k8s.io",
  version: "v1",
  kind: "APIService",
  plural: "apiservices",
  namespaced: false,
  needsRevision: true,
  categories: ["api-extensions"],
  subresources: ["status"],
  type: apiService,
  nameRule: () => [],
  setDefaults({ spec: { service } }) {
    if (service !== undefined) service.port ??= 443;
  },
  prepareForCreate(object, { now }) {
    const local = object.spec.service === undefined;
    object.status = { conditions: [availability(local, now)] };
  },
  prepareForUpdate(next, previous, { now }) {
    const local = next.spec.service === undefined;
    if (local === (previous.spec.service === undefined)) return;
    next.status = { conditions: [availability(local, now)] };
  },
  prepareForStatusUpdate: keepMetadata,
  validate: validateApiService,
  validateStatusUpdate: validateApiServiceStatus,
  columns: apiServiceColumns,
});
