/**
 * What a node says of itself.
 *
 * @module
 */
import type { Node } from "../../../api/core/node.ts";
import { sameJson } from "../../../api/equal.ts";
import type { NodeWrite } from "./node_restriction.ts";

/** Labels below these are for administrators: a node that could set them could attract other people's pods. */
const RESTRICTED_LABEL = /^([^/]*\.)?node-restriction\.kubernetes\.io\//;

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
const NODE_LABEL_DOMAIN = /^([^/]*\.)?(kubelet|node)\.kubernetes\.io\//;
const KUBERNETES_LABEL = /^([^/]*\.)?(kubernetes|k8s)\.io\//;

/** Neither what attracts pods nor what keeps them away is the node's to choose. */
export function checkNode({ node, attributes, refuse }: NodeWrite): void {
  const { operation, name, object, previous } = attributes;
  if (name !== node) {
    throw refuse(`node "${node}" is not allowed to modify node "${name}"`);
  }
  if (operation === "DELETE") return;
  const next = object as Node;
  const before = previous as Node | undefined;
  const source = next.spec?.configSource;
  if (before === undefined) {
    if (source !== undefined) {
      throw refuse(
        `node "${node}" is not allowed to create pods with a non-nil configSource`,
      );
    }
    const labels = forbiddenLabels(next, undefined);
    if (labels === "") return;
    throw refuse(
      `node "${node}" is not allowed to set the following labels: ${labels}`,
    );
  }
  if (source !== undefined && !sameJson(source, before.spec?.configSource)) {
    throw refuse(
      `node "${node}" is not allowed to update configSource to a new non-nil configSource`,
    );
  }
  if (!sameJson(next.spec?.taints ?? [], before.spec?.taints ?? [])) {
    throw refuse(`node "${node}" is not allowed to modify taints`);
  }
  const owners = ({ metadata }: Node) => metadata.ownerReferences ?? [];
  if (!sameJson(owners(next), owners(before))) {
    throw refuse(`node "${node}" is not allowed to modify ownerReferences`);
  }
  const labels = forbiddenLabels(next, before);
  if (labels !== "") {
    throw refuse(`is not allowed to modify labels: ${labels}`);
  }
}

/** Labels that have changed and are not the node's, in order. */
function forbiddenLabels(next: Node, before: Node | undefined): string {
  const { labels: old = {} } = before?.metadata ?? {};
  const { labels = {} } = next.metadata;
  return [...new Set([...Object.keys(old), ...Object.keys(labels)])]
    .filter((label) => old[label] !== labels[label] && isForbidden(label))
    .sort().join(", ");
}

function isForbidden(label: string): boolean {
  if (RESTRICTED_LABEL.test(label)) return true;
  return KUBERNETES_LABEL.test(label) && !NODE_LABELS.has(label) &&
    !NODE_LABEL_DOMAIN.test(label);
}
