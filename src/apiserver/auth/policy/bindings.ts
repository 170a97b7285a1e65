/**
 * Who has the roles from the start.
 *
 * @module
 */
import type { PolicyBinding } from "./policy_role.ts";

/** In the whole cluster. */
export const CLUSTER_BINDINGS: readonly PolicyBinding[] = [
  { name: "cluster-admin", subjects: ["g:system:masters"] },
  { name: "system:basic-user", subjects: ["g:system:authenticated"] },
  { name: "system:discovery", subjects: ["g:system:authenticated"] },
  {
    name: "system:kube-controller-manager",
    subjects: ["u:system:kube-controller-manager"],
  },
  { name: "system:kube-dns", subjects: ["s:kube-system:kube-dns"] },
  { name: "system:kube-scheduler", subjects: ["u:system:kube-scheduler"] },
  { name: "system:monitoring", subjects: ["g:system:monitoring"] },
  { name: "system:node", subjects: [] },
  { name: "system:node-proxier", subjects: ["u:system:kube-proxy"] },
  {
    name: "system:public-info-viewer",
    subjects: ["g:system:authenticated", "g:system:unauthenticated"],
  },
  {
    name: "system:service-account-issuer-discovery",
    subjects: ["g:system:serviceaccounts"],
  },
  { name: "system:volume-scheduler", subjects: ["u:system:kube-scheduler"] },
  // As kubeadm binds them: by a join token a kubelet asks for its first certificate, by that for the next.
  {
    name: "wherry:kubelet-bootstrap",
    role: "system:node-bootstrapper",
    subjects: ["g:system:bootstrappers:wherry"],
  },
  {
    name: "wherry:node-autoapprove-bootstrap",
    role: "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    subjects: ["g:system:bootstrappers:wherry"],
  },
  {
    name: "wherry:node-autoapprove-certificate-rotation",
    role:
      "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
    subjects: ["g:system:nodes"],
  },
  {
    name: "wherry:node-registry-pull",
    role: "wherry:registry-pull",
    subjects: ["g:system:nodes"],
  },
];

/** In the system's namespaces. */
export const NAMESPACE_BINDINGS: readonly PolicyBinding[] = [
  {
    namespace: "kube-public",
    name: "system:controller:bootstrap-signer",
    subjects: ["s:kube-system:bootstrap-signer"],
  },
  {
    namespace: "kube-system",
    name: "system::extension-apiserver-authentication-reader",
    role: "extension-apiserver-authentication-reader",
    subjects: ["u:system:kube-controller-manager", "u:system:kube-scheduler"],
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-controller-manager",
    subjects: [
      "u:system:kube-controller-manager",
      "s:kube-system:kube-controller-manager",
      "s:kube-system:leader-election-controller",
    ],
  },
  {
    namespace: "kube-system",
    name: "system::leader-locking-kube-scheduler",
    subjects: ["u:system:kube-scheduler", "s:kube-system:kube-scheduler"],
  },
  {
    namespace: "kube-system",
    name: "system:controller:bootstrap-signer",
    subjects: ["s:kube-system:bootstrap-signer"],
  },
  {
    namespace: "kube-system",
    name: "system:controller:token-cleaner",
    subjects: ["s:kube-system:token-cleaner"],
  },
];
