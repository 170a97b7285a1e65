/**
 * Where each kind lives, for clients: the few words that paths are made of, without schemas (which an agent need not load).
 * `resources_test.ts` holds this list against the registry of kinds.
 *
 * @module
 */
import type { Binding } from "../api/core/binding.ts";
import type { CertificateSigningRequest } from "../api/certificates/certificate_signing_request.ts";
import type { ClusterRole } from "../api/rbac/cluster_role.ts";
import type { ConfigMap } from "../api/core/config_map.ts";
import type { Deployment } from "../api/apps/deployment.ts";
import type { EndpointSlice } from "../api/discovery/endpoint_slice.ts";
import type { Endpoints } from "../api/core/endpoints.ts";
import type { Event } from "../api/core/event.ts";
import type { KubeObject, Resource } from "../api/kind.ts";
import type { Lease } from "../api/coordination/lease.ts";
import type { Namespace } from "../api/core/namespace.ts";
import type { Node } from "../api/core/node.ts";
import type { PersistentVolume } from "../api/core/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../api/core/persistent_volume_claim.ts";
import type { Pod } from "../api/core/pod.ts";
import type { ReplicaSet } from "../api/apps/replica_set.ts";
import type { ReplicationController } from "../api/core/replication_controller.ts";
import type { ResourceQuota } from "../api/core/resource_quota.ts";
import type { Secret } from "../api/core/secret.ts";
import type { Service } from "../api/core/service.ts";
import type { ServiceAccount } from "../api/core/service_account.ts";
import type { StorageClass } from "../api/storage/storage_class.ts";
import type { SubjectAccessReview } from "../api/authorization/subject_access_review.ts";
import type { VolumeAttributesClass } from "../api/storage/volume_attributes_class.ts";

function core<T extends KubeObject>(
  kind: string,
  plural: string,
  namespaced = true,
): Resource<T> {
  return { group: "", version: "v1", kind, plural, namespaced };
}

function apps<T extends KubeObject>(kind: string, plural: string): Resource<T> {
  return { group: "apps", version: "v1", kind, plural, namespaced: true };
}

/** `/api/v1/…/bindings` */
export const BINDINGS: Resource<Binding> = core("Binding", "bindings");
/** `/api/v1/…/configmaps` */
export const CONFIG_MAPS: Resource<ConfigMap> = core("ConfigMap", "configmaps");
/** `/api/v1/…/endpoints` */
export const ENDPOINTS: Resource<Endpoints> = core("Endpoints", "endpoints");
/** `/api/v1/…/events` */
export const EVENTS: Resource<Event> = core("Event", "events");
/** `/api/v1/namespaces` */
export const NAMESPACES: Resource<Namespace> = core(
  "Namespace",
  "namespaces",
  false,
);
/** `/api/v1/nodes` */
export const NODES: Resource<Node> = core("Node", "nodes", false);
/** `/api/v1/persistentvolumes` */
export const PERSISTENT_VOLUMES: Resource<PersistentVolume> = core(
  "PersistentVolume",
  "persistentvolumes",
  false,
);
/** `/api/v1/…/persistentvolumeclaims` */
export const PERSISTENT_VOLUME_CLAIMS: Resource<PersistentVolumeClaim> = core(
  "PersistentVolumeClaim",
  "persistentvolumeclaims",
);
/** `/api/v1/…/pods` */
export const PODS: Resource<Pod> = core("Pod", "pods");
/** `/api/v1/…/replicationcontrollers` */
export const REPLICATION_CONTROLLERS: Resource<ReplicationController> = core(
  "ReplicationController",
  "replicationcontrollers",
);
/** `/api/v1/…/resourcequotas` */
export const RESOURCE_QUOTAS: Resource<ResourceQuota> = core(
  "ResourceQuota",
  "resourcequotas",
);
/** `/api/v1/…/secrets` */
export const SECRETS: Resource<Secret> = core("Secret", "secrets");
/** `/api/v1/…/serviceaccounts` */
export const SERVICE_ACCOUNTS: Resource<ServiceAccount> = core(
  "ServiceAccount",
  "serviceaccounts",
);
/** `/api/v1/…/services` */
export const SERVICES: Resource<Service> = core("Service", "services");
/** `/apis/apps/v1/…/deployments` */
export const DEPLOYMENTS: Resource<Deployment> = apps(
  "Deployment",
  "deployments",
);
/** `/apis/apps/v1/…/replicasets` */
export const REPLICA_SETS: Resource<ReplicaSet> = apps(
  "ReplicaSet",
  "replicasets",
);
/** `/apis/discovery.k8s.io/v1/…/endpointslices` */
export const ENDPOINT_SLICES: Resource<EndpointSlice> = {
  group: "discovery.k8s.io",
  version: "v1",
  kind: "EndpointSlice",
  plural: "endpointslices",
  namespaced: true,
};
/** `/apis/coordination.k8s.io/v1/…/leases` */
export const LEASES: Resource<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};
/** `/apis/storage.k8s.io/v1/storageclasses` */
export const STORAGE_CLASSES: Resource<StorageClass> = {
  group: "storage.k8s.io",
  version: "v1",
  kind: "StorageClass",
  plural: "storageclasses",
  namespaced: false,
};
/** `/apis/storage.k8s.io/v1/volumeattributesclasses` */
export const VOLUME_ATTRIBUTES_CLASSES: Resource<VolumeAttributesClass> = {
  group: "storage.k8s.io",
  version: "v1",
  kind: "VolumeAttributesClass",
  plural: "volumeattributesclasses",
  namespaced: false,
};
/** `/apis/rbac.authorization.k8s.io/v1/clusterroles` */
export const CLUSTER_ROLES: Resource<ClusterRole> = {
  group: "rbac.authorization.k8s.io",
  version: "v1",
  kind: "ClusterRole",
  plural: "clusterroles",
  namespaced: false,
};
/** `/apis/certificates.k8s.io/v1/certificatesigningrequests` */
export const CERTIFICATE_SIGNING_REQUESTS: Resource<CertificateSigningRequest> =
  {
    group: "certificates.k8s.io",
    version: "v1",
    kind: "CertificateSigningRequest",
    plural: "certificatesigningrequests",
    namespaced: false,
  };
/** `/apis/authorization.k8s.io/v1/subjectaccessreviews` */
export const SUBJECT_ACCESS_REVIEWS: Resource<SubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SubjectAccessReview",
  plural: "subjectaccessreviews",
  namespaced: false,
};
