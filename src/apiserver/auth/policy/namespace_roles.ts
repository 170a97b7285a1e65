/**
 * Roles in the system's namespaces.
 *
 * @module
 */
import type { PolicyRole } from "./policy_role.ts";

/** For components that keep state in one namespace. */
export const NAMESPACE_ROLES: readonly PolicyRole[] = [
  {
    namespace: "kube-public",
    name: "system:controller:bootstrap-signer",
    rules: `
      get list watch | core | configmaps
      update | core | configmaps | cluster-info
      create patch update | core events.k8s.io | events
    `,
  },
  {
    namespace: "kube-system",
    name: "extension-apiserver-authentication-reader",
    rules: `
      get list watch | core | configmaps | extension-apiserver-authentication
    `,
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-controller-manager",
    rules: `
      create get list update watch | coordination.k8s.io | leases
      create get list update watch | coordination.k8s.io | leasecandidates
    `,
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-scheduler",
    rules: `
      create get list update watch | coordination.k8s.io | leases
      create get list update watch | coordination.k8s.io | leasecandidates
    `,
  },
  {
    namespace: "kube-system",
    name: "system:controller:bootstrap-signer",
    rules: `
      get list watch | core | secrets
    `,
  },
  {
    namespace: "kube-system",
    name: "system:controller:token-cleaner",
    rules: `
      delete get list watch | core | secrets
      create patch update | core events.k8s.io | events
    `,
  },
];
