/**
 * NodeRestriction: a node writes only its own Node, its own Lease, and pods that are bound to it.
 *
 * @module
 */
import type { Node } from "../../api/core/node.ts";
import type { Pod } from "../../api/core/pod.ts";
import { sameJson } from "../../api/equal.ts";
import { forbidden } from "../../api/status.ts";
import { MIRROR_ANNOTATION, references } from "../auth/node_authorizer.ts";
import { nodeOf } from "../auth/user.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./admission.ts";

/** Labels below these are for administrators: a node that could set them could attract other people's pods. */
const RESTRICTED_LABEL = /(^|\.)node-restriction\.kubernetes\.io\//;

/** Labels of Kubernetes that nodes set of themselves; all others of these domains are for administrators. */
const NODE_LABELS: ReadonlySet<string> = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/arch",
  "kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/instance-type",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
]);
const NODE_LABEL_DOMAIN = /(^|\.)(kubelet|node)\.kubernetes\.io\//;
const KUBERNETES_LABEL = /^([^/]*\.)?(kubernetes|k8s)\.io\//;

/** The plugin. */
export const nodeRestriction: AdmissionPlugin = {
  name: "NodeRestriction",
  validate(attributes) {
    const node = nodeOf(attributes.user);
    if (node === undefined) return;
    switch (attributes.kind.storagePrefix) {
      case "pods":
        return validatePod(node, attributes);
      case "nodes":
        return validateNode(node, attributes);
    }
  },
};

function validatePod(node: string, attributes: AdmissionAttributes): void {
  const { operation, kind, name, subresource, object, previous } = attributes;
  const refuse = (why: string) => forbidden(kind, name, why);
  if (operation === "CREATE") {
    const pod = object as Pod;
    const mirror = pod.metadata.annotations?.[MIRROR_ANNOTATION];
    if (mirror === undefined) {
      throw refuse(
        `pod does not have "kubernetes.io/config.mirror" annotation, node "${node}" can only create mirror pods`,
      );
    }
    if (pod.spec.nodeName !== node) {
      throw refuse(
        `node "${node}" can only create pods with spec.nodeName set to itself`,
      );
    }
    const what = firstReference(pod);
    if (what !== undefined) {
      throw refuse(`node "${node}" can not create pods that reference ${what}`);
    }
    return;
  }
  if ((previous as Pod).spec.nodeName !== node) {
    const what = operation === "DELETE"
      ? "delete pods"
      : "update pod status for pods";
    throw refuse(
      `node "${node}" can only ${what} with spec.nodeName set to itself`,
    );
  }
  if (operation !== "UPDATE") return;
  if (subresource !== "status") {
    throw refuse(
      `unexpected operation "UPDATE", node "${node}" can only create and delete mirror pods`,
    );
  }
  if (
    !sameJson(object?.metadata.labels ?? {}, previous?.metadata.labels ?? {})
  ) {
    throw refuse(`node "${node}" cannot update labels through pod status`);
  }
}

/** What a mirror pod names that a node could come to by making it. */
function firstReference(pod: Pod): string | undefined {
  if (pod.spec.serviceAccountName) return "a service account";
  if (references(pod, "secrets").size > 0) return "secrets";
  if (references(pod, "configmaps").size > 0) return "configmaps";
  const claims = pod.spec.volumes?.some((volume) =>
    volume.persistentVolumeClaim !== undefined
  );
  return claims === true ? "persistentvolumeclaims" : undefined;
}

function isRestrictedLabel(label: string): boolean {
  if (RESTRICTED_LABEL.test(label)) return true;
  return KUBERNETES_LABEL.test(label) && !NODE_LABELS.has(label) &&
    !NODE_LABEL_DOMAIN.test(label);
}

function validateNode(node: string, attributes: AdmissionAttributes): void {
  const { operation, kind, name, object, previous } = attributes;
  if (name !== node) {
    throw forbidden(
      kind,
      name,
      `node "${node}" is not allowed to modify node "${name}"`,
    );
  }
  if (operation === "DELETE") return;
  const next = object as Node;
  const before = previous?.metadata.labels ?? {};
  const after = next.metadata.labels ?? {};
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((label) => before[label] !== after[label])
    .filter(isRestrictedLabel);
  if (changed.length > 0) {
    throw forbidden(
      kind,
      name,
      `is not allowed to modify labels: ${changed.sort().join(", ")}`,
    );
  }
  if (operation === "UPDATE") {
    const taints = JSON.stringify((previous as Node).spec?.taints ?? []);
    if (JSON.stringify(next.spec?.taints ?? []) !== taints) {
      throw forbidden(
        kind,
        name,
        `node "${node}" is not allowed to modify taints`,
      );
    }
  }
}
