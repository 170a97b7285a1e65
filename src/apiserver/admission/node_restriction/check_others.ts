/**
 * What else a node writes: each has its name, or is of a claim that it mounts.
 *
 * @module
 */
import type { CertificateSigningRequest } from "../../../api/certificates/certificate_signing_request.ts";
import type { PersistentVolumeClaim } from "../../../api/core/persistent_volume_claim.ts";
import { sameJson } from "../../../api/equal.ts";
import type { KubeObject } from "../../../api/kind.ts";
import { messageOf } from "../../../base/errors.ts";
import { NODE_USER_PREFIX } from "../../auth/user.ts";
import {
  type RequestSubject,
  subjectOfRequest,
} from "../certificate_subject.ts";
import type { NodeWrite } from "./node_restriction.ts";

const NODE_LEASES = "kube-node-lease";
const NODE_SIGNERS = [
  "kubernetes.io/kubelet-serving",
  "kubernetes.io/kube-apiserver-client-kubelet",
];

/** A node's heartbeat is its own. */
export function checkLease({ node, attributes, refuse }: NodeWrite): void {
  if (attributes.namespace !== NODE_LEASES) {
    throw refuse(
      `can only access leases in the "${NODE_LEASES}" system namespace`,
    );
  }
  if (nameOf(attributes) === node) return;
  throw refuse(
    "can only access node lease with the same name as the requesting node",
  );
}

/** A node tells what storage drivers it has. */
export function checkCsiNode({ node, attributes, refuse }: NodeWrite): void {
  if (nameOf(attributes) === node) return;
  throw refuse(
    "can only access CSINode with the same name as the requesting node",
  );
}

/** A node tells what devices it has. */
export function checkResourceSlice(
  { node, attributes, refuse }: NodeWrite,
): void {
  const { operation, object, previous } = attributes;
  if (operation === "UPDATE") return;
  const slice = (operation === "CREATE" ? object : previous) as KubeObject & {
    spec?: { nodeName?: string };
  };
  if (slice.spec?.nodeName === node) return;
  throw refuse(
    `can only ${operation.toLowerCase()} ResourceSlice with the same NodeName as the requesting node`,
  );
}

/** A node tells how large a volume has become, and nothing else. */
export function checkClaim({ node, attributes, refuse }: NodeWrite): void {
  if (attributes.subresource !== "status") {
    throw refuse("may only update PVC status");
  }
  if (attributes.operation !== "UPDATE") {
    throw refuse(`unexpected operation "${attributes.operation}"`);
  }
  const [next, previous] = [attributes.object, attributes.previous].map((at) =>
    withoutNodesFields(at as PersistentVolumeClaim)
  );
  if (sameJson(next, previous)) return;
  throw refuse(
    `node "${node}" is not allowed to update fields other than status.quantity and status.conditions`,
  );
}

function withoutNodesFields(claim: PersistentVolumeClaim): unknown {
  const { metadata, status = {}, ...rest } = claim;
  const { resourceVersion: _, managedFields: __, ...meta } = metadata;
  const {
    capacity: _c,
    conditions: _d,
    allocatedResources: _a,
    allocatedResourceStatuses: _b,
    ...others
  } = status;
  return { ...rest, metadata: meta, status: others };
}

/** A node asks for certificates in its own name. */
export function checkCertificateRequest(
  { node, attributes, refuse }: NodeWrite,
): void {
  if (attributes.operation !== "CREATE") return;
  const { spec } = attributes.object as CertificateSigningRequest;
  if (!NODE_SIGNERS.includes(spec.signerName)) return;
  let subject: RequestSubject;
  try {
    subject = subjectOfRequest(spec.request);
  } catch (error) {
    throw refuse(`unable to parse csr: ${messageOf(error)}`);
  }
  if (subject.commonName === NODE_USER_PREFIX + node) return;
  throw refuse(
    `can only create a node CSR with CN=${NODE_USER_PREFIX}${node}`,
  );
}

function nameOf({ name, object }: NodeWrite["attributes"]): string {
  return object?.metadata.name ?? name;
}
