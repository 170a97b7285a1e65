/**
 * All kinds, and how to find one.
 *
 * @module
 */
import { apiServices } from "./apiregistration/api_service.ts";
import { bindings } from "./core/binding.ts";
import { certificateSigningRequests } from "./certificates/certificate_signing_request.ts";
import { clusterRoleBindings } from "./rbac/cluster_role_binding.ts";
import { clusterRoles } from "./rbac/cluster_role.ts";
import { componentStatuses } from "./core/component_status.ts";
import { configMaps } from "./core/config_map.ts";
import { controllerRevisions } from "./apps/controller_revision.ts";
import { cronJobs } from "./batch/cron_job.ts";
import { csiDrivers } from "./storage/csi_driver.ts";
import { csiNodes } from "./storage/csi_node.ts";
import { csiStorageCapacities } from "./storage/csi_storage_capacity.ts";
import { daemonSets } from "./apps/daemon_set.ts";
import { deployments } from "./apps/deployment.ts";
import { endpoints } from "./core/endpoints.ts";
import { endpointSlices } from "./discovery/endpoint_slice.ts";
import { events } from "./core/event.ts";
import { eventsV1 } from "./events/event.ts";
import { horizontalPodAutoscalers } from "./autoscaling/horizontal_pod_autoscaler.ts";
import { horizontalPodAutoscalersV1 } from "./autoscaling/horizontal_pod_autoscaler_v1.ts";
import { ingressClasses } from "./networking/ingress_class.ts";
import { ingresses } from "./networking/ingress.ts";
import { ipAddresses } from "./networking/ip_address.ts";
import { jobs } from "./batch/job.ts";
import { customResourceDefinitions } from "./apiextensions/custom_resource_definition.ts";
import { deviceClasses } from "./resource/device_class.ts";
import { flowSchemas } from "./flowcontrol/flow_schema.ts";
import type { Kind } from "./kind.ts";
import { leases } from "./coordination/lease.ts";
import { limitRanges } from "./core/limit_range.ts";
import { localSubjectAccessReviews } from "./authorization/local_subject_access_review.ts";
import { mutatingAdmissionPolicies } from "./admissionregistration/mutating_admission_policy.ts";
import { mutatingAdmissionPolicyBindings } from "./admissionregistration/mutating_admission_policy_binding.ts";
import { mutatingWebhookConfigurations } from "./admissionregistration/mutating_webhook_configuration.ts";
import { namespaces } from "./core/namespace.ts";
import { networkPolicies } from "./networking/network_policy.ts";
import { nodeMetrics } from "./metrics/node_metrics.ts";
import { nodes } from "./core/node.ts";
import { persistentVolumeClaims } from "./core/persistent_volume_claim.ts";
import { persistentVolumes } from "./core/persistent_volume.ts";
import { podDisruptionBudgets } from "./policy/pod_disruption_budget.ts";
import { podMetrics } from "./metrics/pod_metrics.ts";
import { pods } from "./core/pod.ts";
import { podTemplates } from "./core/pod_template_object.ts";
import { priorityClasses } from "./scheduling/priority_class.ts";
import { priorityLevelConfigurations } from "./flowcontrol/priority_level_configuration.ts";
import { replicaSets } from "./apps/replica_set.ts";
import { replicationControllers } from "./core/replication_controller.ts";
import { resourceClaims } from "./resource/resource_claim.ts";
import { resourceClaimTemplates } from "./resource/resource_claim_template.ts";
import { resourceQuotas } from "./core/resource_quota.ts";
import { resourceSlices } from "./resource/resource_slice.ts";
import { roleBindings } from "./rbac/role_binding.ts";
import { roles } from "./rbac/role.ts";
import { runtimeClasses } from "./node/runtime_class.ts";
import { secrets } from "./core/secret.ts";
import { selfSubjectAccessReviews } from "./authorization/self_subject_access_review.ts";
import { selfSubjectReviews } from "./authentication/self_subject_review.ts";
import { selfSubjectRulesReviews } from "./authorization/self_subject_rules_review.ts";
import { serviceAccounts } from "./core/service_account.ts";
import { serviceCidrs } from "./networking/service_cidr.ts";
import { services } from "./core/service.ts";
import { statefulSets } from "./apps/stateful_set.ts";
import { storageClasses } from "./storage/storage_class.ts";
import { subjectAccessReviews } from "./authorization/subject_access_review.ts";
import { tokenReviews } from "./authentication/token_review.ts";
import { validatingAdmissionPolicies } from "./admissionregistration/validating_admission_policy.ts";
import { validatingAdmissionPolicyBindings } from "./admissionregistration/validating_admission_policy_binding.ts";
import { validatingWebhookConfigurations } from "./admissionregistration/validating_webhook_configuration.ts";
import { volumeAttachments } from "./storage/volume_attachment.ts";
import { volumeAttributesClasses } from "./storage/volume_attributes_class.ts";

/** A kind of any type: generic code works on it without knowing which. */
// deno-lint-ignore no-explicit-any
export type AnyKind = Kind<any>;

/** A new kind is one file and one line here. */
export const ALL_KINDS: readonly AnyKind[] = [
  apiServices,
  bindings,
  certificateSigningRequests,
  clusterRoleBindings,
  clusterRoles,
  componentStatuses,
  configMaps,
  customResourceDefinitions,
  controllerRevisions,
  cronJobs,
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  daemonSets,
  deployments,
  deviceClasses,
  endpoints,
  endpointSlices,
  events,
  eventsV1,
  flowSchemas,
  horizontalPodAutoscalers,
  horizontalPodAutoscalersV1,
  ingressClasses,
  ingresses,
  ipAddresses,
  jobs,
  leases,
  limitRanges,
  localSubjectAccessReviews,
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  mutatingWebhookConfigurations,
  namespaces,
  networkPolicies,
  nodeMetrics,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  podMetrics,
  pods,
  podTemplates,
  priorityClasses,
  priorityLevelConfigurations,
  replicaSets,
  replicationControllers,
  resourceClaims,
  resourceClaimTemplates,
  resourceQuotas,
  resourceSlices,
  roleBindings,
  roles,
  runtimeClasses,
  secrets,
  selfSubjectAccessReviews,
  selfSubjectReviews,
  selfSubjectRulesReviews,
  serviceAccounts,
  serviceCidrs,
  services,
  statefulSets,
  storageClasses,
  subjectAccessReviews,
  tokenReviews,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
  validatingWebhookConfigurations,
  volumeAttachments,
  volumeAttributesClasses,
];

/** Group and version as `apiVersion` writes them: `v1`, `apps/v1`. */
export function groupVersion(
  kind: { readonly group: string; readonly version: string },
): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}

/** A set of kinds that can be searched; CRDs add to it at run time. */
export class Registry {
  readonly #byPlural = new Map<string, AnyKind>();
  readonly #byKind = new Map<string, AnyKind>();
  #all: readonly AnyKind[] | undefined;
  #revision = 0;

  /** Knows these kinds. @param kinds @default all built-in kinds */
  constructor(kinds: readonly AnyKind[] = ALL_KINDS) {
    for (const kind of kinds) this.add(kind);
  }

  /** Adds a kind, or replaces the one of the same group, version and plural. */
  add(kind: AnyKind): void {
    const gv = groupVersion(kind);
    this.#byPlural.set(`${gv}/${kind.plural}`, kind);
    this.#byKind.set(`${gv}/${kind.kind}`, kind);
    this.#changed();
  }

  /** Takes a kind out again. */
  remove(kind: AnyKind): void {
    const gv = groupVersion(kind);
    this.#byPlural.delete(`${gv}/${kind.plural}`);
    this.#byKind.delete(`${gv}/${kind.kind}`);
    this.#changed();
  }

  /** Moves on with each change, for what is made of all kinds and kept. */
  get revision(): number {
    return this.#revision;
  }

  /** All kinds, in the order in which they came. */
  get all(): readonly AnyKind[] {
    return this.#all ??= [...this.#byPlural.values()];
  }

  #changed(): void {
    this.#all = undefined;
    this.#revision++;
  }

  /** The kind of a path such as `/apis/apps/v1/…/deployments`. */
  byPlural(
    { group, version, plural }: {
      readonly group: string;
      readonly version: string;
      readonly plural: string;
    },
  ): AnyKind | undefined {
    return this.#byPlural.get(`${groupVersion({ group, version })}/${plural}`);
  }

  /** The kind of an object, by its `apiVersion` and `kind`. */
  byKind(
    { apiVersion, kind }: {
      readonly apiVersion: string;
      readonly kind: string;
    },
  ): AnyKind | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }
}
