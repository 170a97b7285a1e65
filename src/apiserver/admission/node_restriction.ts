/**
 * NodeRestriction: a node writes only its own Node, its own Lease, and pods that are bound to it.
 *
 * @module
 */
import type { Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import { forbidden } from "../../api/status.ts";
import { nodeOf } from "../auth/user.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./admission.ts";

/** Labels below these are for administrators: a node that could set them could attract other people's pods. */
const RESTRICTED_LABEL = /(^|\.)node-restriction\.kubernetes\.io\//;

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
    const mirror = pod.metadata.annotations?.["kubernetes.io/config.mirror"];
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
  if (operation === "UPDATE" && subresource !== "status") {
    throw refuse(
      `unexpected operation "UPDATE", node "${node}" can only create and delete mirror pods`,
    );
  }
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
    .filter((label) => RESTRICTED_LABEL.test(label));
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
