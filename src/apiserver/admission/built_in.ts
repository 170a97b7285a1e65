/**
 * The parts that every server has, in Kubernetes' order.
 *
 * @module
 */
import type { Registry } from "../../api/registry.ts";
import type { Host } from "../../base/host.ts";
import type { Store } from "../../store/store.ts";
import type { Authorizer } from "../auth/authorizer.ts";
import type { AdmissionPlugin } from "./admission.ts";
import {
  certificateApproval,
  certificateSigning,
} from "./certificate_approval.ts";
import { certificateSubjectRestriction } from "./certificate_subject_restriction.ts";
import { claimResize } from "./claim_resize.ts";
import { defaultIngressClass, defaultStorageClass } from "./default_class.ts";
import { defaultTolerationSeconds } from "./default_toleration_seconds.ts";
import { denyServiceExternalIPs } from "./deny_service_external_ips.ts";
import { limitRanger } from "./limit_ranger.ts";
import { namespaceLifecycle } from "./namespace_lifecycle.ts";
import { nodeRestriction } from "./node_restriction/node_restriction.ts";
import { podResize } from "./pod_resize.ts";
import { podSecurity } from "./pod_security/pod_security.ts";
import { podTopologyLabels } from "./pod_topology_labels.ts";
import { priority } from "./priority.ts";
import { ResourceQuotaAdmission } from "./resource_quota.ts";
import { runtimeClass } from "./runtime_class.ts";
import { serviceAccount } from "./service_account.ts";
import { storageProtection } from "./storage_protection.ts";
import { taintNodesByCondition } from "./taint_nodes_by_condition.ts";

/** What is not the same in all clusters. */
export interface AdmissionOptions {
  /** Pods get a volume with a token of their ServiceAccount; nodes have to know how to fill it. @default false */
  readonly mountServiceAccountTokens?: boolean;
  /** Services may not begin to use `externalIPs`. @default false */
  readonly denyServiceExternalIPs?: boolean;
}

/** What the parts work with. */
export interface AdmissionParts extends AdmissionOptions {
  readonly host: Host;
  readonly store: Store;
  readonly registry: Registry;
  readonly authorizer: Authorizer;
}

/** All built-in parts. */
export function builtInAdmission(parts: AdmissionParts): AdmissionPlugin[] {
  const { host, store } = parts;
  const mountTokens = parts.mountServiceAccountTokens ?? false;
  return [
    namespaceLifecycle(store),
    limitRanger(store),
    serviceAccount({ host, store, mountTokens }),
    nodeRestriction(store),
    taintNodesByCondition,
    podSecurity(store),
    priority(store),
    defaultTolerationSeconds,
    defaultStorageClass(store),
    storageProtection,
    claimResize(store),
    runtimeClass(store),
    certificateApproval(parts.authorizer),
    certificateSigning(parts.authorizer),
    certificateSubjectRestriction,
    defaultIngressClass(store),
    ...parts.denyServiceExternalIPs === true ? [denyServiceExternalIPs] : [],
    podTopologyLabels(store),
    podResize(store),
    // Last, as what the others change counts.
    new ResourceQuotaAdmission({
      clock: host.clock,
      store,
      registry: parts.registry,
    }),
  ];
}
