/**
 * What a node does to pods.
 *
 * @module
 */
import type { Pod } from "../../../api/core/pod.ts";
import type { VolumeProjection } from "../../../api/core/volume_projection.ts";
import type { Volume } from "../../../api/core/volume.ts";
import { sameJson } from "../../../api/equal.ts";
import type { KubeObject } from "../../../api/kind.ts";
import { notFound } from "../../../api/status.ts";
import { MIRROR_ANNOTATION, references } from "../../auth/node_authorizer.ts";
import type { NodeWrite } from "./node_restriction.ts";

/** Nodes make mirror pods and delete what is bound to them. */
export function checkPod(write: NodeWrite): void {
  const { node, attributes, refuse } = write;
  switch (attributes.operation) {
    case "CREATE":
      return checkCreate(write);
    case "DELETE":
      if ((attributes.previous as Pod).spec.nodeName === node) return;
      throw refuse(
        `node "${node}" can only delete pods with spec.nodeName set to itself`,
      );
    default:
      throw refuse(
        `unexpected operation "${attributes.operation}", node "${node}" can only create and delete mirror pods`,
      );
  }
}

function checkCreate(write: NodeWrite): void {
  const { node, attributes, refuse } = write;
  const pod = attributes.object as Pod;
  if (pod.metadata.annotations?.[MIRROR_ANNOTATION] === undefined) {
    throw refuse(
      `pod does not have "${MIRROR_ANNOTATION}" annotation, node "${node}" can only create mirror pods`,
    );
  }
  if (pod.spec.nodeName !== node) {
    throw refuse(
      `node "${node}" can only create pods with spec.nodeName set to itself`,
    );
  }
  checkOwner(write, pod);
  const what = firstReference(pod);
  if (what !== undefined) {
    throw refuse(`node "${node}" can not create pods that reference ${what}`);
  }
}

/** The pod must go when its node goes. */
function checkOwner(
  { node, store, refuse }: NodeWrite,
  { metadata }: Pod,
): void {
  const [owner, ...others] = metadata.ownerReferences ?? [];
  if (others.length > 0) {
    throw refuse(
      `node "${node}" can only create pods with a single owner reference set to itself`,
    );
  }
  const own = owner?.apiVersion === "v1" && owner.kind === "Node" &&
    owner.name === node;
  if (!own) {
    throw refuse(
      `node "${node}" can only create pods with an owner reference set to itself`,
    );
  }
  if (owner.controller !== true) {
    throw refuse(
      `node "${node}" can only create pods with a controller owner reference set to itself`,
    );
  }
  if (owner.blockOwnerDeletion === true) {
    throw refuse(
      `node "${node}" must not set blockOwnerDeletion on an owner reference`,
    );
  }
  const row = store.get(`nodes/${node}`);
  if (row === undefined) throw notFound({ group: "", plural: "nodes" }, node);
  const { uid = "" } = (JSON.parse(row.text) as KubeObject).metadata;
  if (owner.uid !== uid) {
    throw refuse(
      `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`,
    );
  }
}

/** Nodes tell how their own pods are. */
export function checkPodStatus({ node, attributes, refuse }: NodeWrite): void {
  if (attributes.operation !== "UPDATE") {
    throw refuse(`unexpected operation "${attributes.operation}"`);
  }
  const previous = attributes.previous as Pod;
  const next = attributes.object as Pod;
  if (previous.spec.nodeName !== node) {
    throw refuse(
      `node "${node}" can only update pod status for pods with spec.nodeName set to itself`,
    );
  }
  const { labels = {} } = next.metadata;
  if (!sameJson(labels, previous.metadata.labels ?? {})) {
    throw refuse(`node "${node}" cannot update labels through pod status`);
  }
  const claims = ({ status }: Pod) =>
    (status?.resourceClaimStatuses ?? []).map((claim) => [
      claim.name,
      claim.resourceClaimName ?? null,
    ]);
  if (!sameJson(claims(next), claims(previous))) {
    throw refuse(`node "${node}" cannot update resource claim statues`);
  }
  const extended = ({ status }: Pod) =>
    status?.extendedResourceClaimStatus ?? null;
  if (!sameJson(extended(next), extended(previous))) {
    throw refuse(`node "${node}" cannot update extended resource claim status`);
  }
}

/** Nodes evict their own pods. */
export function checkEviction(
  { node, attributes, store, refuse }: NodeWrite,
): void {
  if (attributes.operation !== "CREATE") {
    throw refuse(`unexpected operation ${attributes.operation}`);
  }
  const row = store.get(`pods/${attributes.namespace}/${attributes.name}`);
  if (row === undefined) throw notFound(attributes.kind, attributes.name);
  if (row.fields?.["spec.nodeName"] !== node) {
    throw refuse(
      `node ${node} can only evict pods with spec.nodeName set to itself`,
    );
  }
}

/** What a pod names that a node could come to by making it. */
function firstReference(pod: Pod): string | undefined {
  if (pod.spec.serviceAccountName) return "serviceaccounts";
  if (references(pod, "secrets").size > 0) return "secrets";
  if (references(pod, "configmaps").size > 0) return "configmaps";
  if ((pod.spec.resourceClaims?.length ?? 0) > 0) return "resourceclaims";
  for (const volume of pod.spec.volumes ?? []) {
    const what = volumeReference(volume);
    if (what !== undefined) return what;
  }
}

function volumeReference(volume: Volume): string | undefined {
  if (volume.csi) return "csidrivers (via CSI volumes)";
  if (volume.glusterfs) return "endpoints (via glusterFS volumes)";
  if (volume.persistentVolumeClaim) return "persistentvolumeclaims";
  if (volume.ephemeral) return "persistentvolumeclaims (via ephemeral volumes)";
  if (volume.azureFile) return "secrets (via azureFile volumes)";
  for (const source of volume.projected?.sources ?? []) {
    const what = sourceReference(source);
    if (what !== undefined) return what;
  }
}

function sourceReference(source: VolumeProjection): string | undefined {
  if (source.serviceAccountToken) {
    return "serviceaccounts (via projected volumes)";
  }
  if (source.clusterTrustBundle) return "clustertrustbundles";
  if (source.podCertificate) return "podcertificates";
}
