import assert from "node:assert/strict";
import { ALL_KINDS, type AnyKind, groupVersion } from "./registry.ts";

/**
 * All that kube-apiserver v1.36 serves of generally available versions, as its discovery tells it: group and version, plural, kind, scope, short
 * names, categories, subresources, and the verbs of those that have not all.
 */
const SERVED = `
v1 bindings Binding namespaced - - - create
v1 componentstatuses ComponentStatus cluster cs - - read
v1 configmaps ConfigMap namespaced cm - - -
v1 endpoints Endpoints namespaced ep - - -
v1 events Event namespaced ev - - -
v1 limitranges LimitRange namespaced limits - - -
v1 namespaces Namespace cluster ns - finalize,status create,delete,get,list,patch,update,watch
v1 nodes Node cluster no - proxy,status -
v1 persistentvolumeclaims PersistentVolumeClaim namespaced pvc - status -
v1 persistentvolumes PersistentVolume cluster pv - status -
v1 pods Pod namespaced po all attach,binding,ephemeralcontainers,eviction,exec,log,portforward,proxy,resize,status -
v1 podtemplates PodTemplate namespaced - - - -
v1 replicationcontrollers ReplicationController namespaced rc all scale,status -
v1 resourcequotas ResourceQuota namespaced quota - status -
v1 secrets Secret namespaced - - - -
v1 serviceaccounts ServiceAccount namespaced sa - token -
v1 services Service namespaced svc all proxy,status -
apiregistration.k8s.io/v1 apiservices APIService cluster - api-extensions status -
apps/v1 controllerrevisions ControllerRevision namespaced - - - -
apps/v1 daemonsets DaemonSet namespaced ds all status -
apps/v1 deployments Deployment namespaced deploy all scale,status -
apps/v1 replicasets ReplicaSet namespaced rs all scale,status -
apps/v1 statefulsets StatefulSet namespaced sts all scale,status -
events.k8s.io/v1 events Event namespaced ev - - -
authentication.k8s.io/v1 selfsubjectreviews SelfSubjectReview cluster - - - create
authentication.k8s.io/v1 tokenreviews TokenReview cluster - - - create
authorization.k8s.io/v1 localsubjectaccessreviews LocalSubjectAccessReview namespaced - - - create
authorization.k8s.io/v1 selfsubjectaccessreviews SelfSubjectAccessReview cluster - - - create
authorization.k8s.io/v1 selfsubjectrulesreviews SelfSubjectRulesReview cluster - - - create
authorization.k8s.io/v1 subjectaccessreviews SubjectAccessReview cluster - - - create
autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler namespaced hpa all status -
autoscaling/v1 horizontalpodautoscalers HorizontalPodAutoscaler namespaced hpa all status -
batch/v1 cronjobs CronJob namespaced cj all status -
batch/v1 jobs Job namespaced - all status -
certificates.k8s.io/v1 certificatesigningrequests CertificateSigningRequest cluster csr - approval,status -
networking.k8s.io/v1 ingressclasses IngressClass cluster - - - -
networking.k8s.io/v1 ingresses Ingress namespaced ing - status -
networking.k8s.io/v1 ipaddresses IPAddress cluster ip - - -
networking.k8s.io/v1 networkpolicies NetworkPolicy namespaced netpol - - -
networking.k8s.io/v1 servicecidrs ServiceCIDR cluster - - status -
policy/v1 poddisruptionbudgets PodDisruptionBudget namespaced pdb - status -
rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding cluster - - - -
rbac.authorization.k8s.io/v1 clusterroles ClusterRole cluster - - - -
rbac.authorization.k8s.io/v1 rolebindings RoleBinding namespaced - - - -
rbac.authorization.k8s.io/v1 roles Role namespaced - - - -
storage.k8s.io/v1 csidrivers CSIDriver cluster - - - -
storage.k8s.io/v1 csinodes CSINode cluster - - - -
storage.k8s.io/v1 csistoragecapacities CSIStorageCapacity namespaced - - - -
storage.k8s.io/v1 storageclasses StorageClass cluster sc - - -
storage.k8s.io/v1 volumeattachments VolumeAttachment cluster - - status -
storage.k8s.io/v1 volumeattributesclasses VolumeAttributesClass cluster vac - - -
admissionregistration.k8s.io/v1 mutatingadmissionpolicies MutatingAdmissionPolicy cluster - api-extensions - -
admissionregistration.k8s.io/v1 mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding cluster - api-extensions - -
admissionregistration.k8s.io/v1 mutatingwebhookconfigurations MutatingWebhookConfiguration cluster - api-extensions - -
admissionregistration.k8s.io/v1 validatingadmissionpolicies ValidatingAdmissionPolicy cluster - api-extensions status -
admissionregistration.k8s.io/v1 validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding cluster - api-extensions - -
admissionregistration.k8s.io/v1 validatingwebhookconfigurations ValidatingWebhookConfiguration cluster - api-extensions - -
apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition cluster crd,crds api-extensions status -
scheduling.k8s.io/v1 priorityclasses PriorityClass cluster pc - - -
coordination.k8s.io/v1 leases Lease namespaced - - - -
node.k8s.io/v1 runtimeclasses RuntimeClass cluster - - - -
discovery.k8s.io/v1 endpointslices EndpointSlice namespaced - - - -
resource.k8s.io/v1 deviceclasses DeviceClass cluster - - - -
resource.k8s.io/v1 resourceclaims ResourceClaim namespaced - - status -
resource.k8s.io/v1 resourceclaimtemplates ResourceClaimTemplate namespaced - - - -
resource.k8s.io/v1 resourceslices ResourceSlice cluster - - - -
flowcontrol.apiserver.k8s.io/v1 flowschemas FlowSchema cluster - - status -
flowcontrol.apiserver.k8s.io/v1 prioritylevelconfigurations PriorityLevelConfiguration cluster - - status -
`.trim().split("\n");

function listed(names: readonly string[]): string {
  return names.length === 0 ? "-" : names.join(",");
}

function verbsOf({ verbs }: AnyKind): string {
  const text = [...verbs].sort().join(",");
  return text === "create"
    ? text
    : text === "get,list"
    ? "read"
    : verbs.length === 8
    ? "-"
    : text;
}

for (const line of SERVED) {
  const [version, plural] = line.split(" ");
  Deno.test(`${version} ${plural} is what discovery of kube-apiserver says`, () => {
    const kind = ALL_KINDS.find((k) =>
      groupVersion(k) === version && k.plural === plural
    );
    assert.ok(kind !== undefined, "is there");
    assert.equal(kind.singular, kind.kind.toLowerCase());
    assert.equal(
      [
        version,
        plural,
        kind.kind,
        kind.namespaced ? "namespaced" : "cluster",
        listed(kind.shortNames),
        listed(kind.categories),
        listed([...kind.subresources].sort()),
        verbsOf(kind),
      ].join(" "),
      line,
    );
  });
}
