/**
 * NodeRestriction: a node writes only what is its own, and only as a node has to. Who takes over a node comes no further than that node.
 *
 * Follows https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
 *
 * @module
 */
import type { Store } from "../../../store/store.ts";
import { nodeOf } from "../../auth/user.ts";
import {
  type AdmissionAttributes,
  type AdmissionPlugin,
  refusal,
} from "../admission.ts";
import {
  checkCertificateRequest,
  checkClaim,
  checkCsiNode,
  checkLease,
  checkResourceSlice,
} from "./check_others.ts";
import { checkEviction, checkPod, checkPodStatus } from "./check_pod.ts";
import { checkNode } from "./check_node.ts";
import { checkToken } from "./check_token.ts";

/** A write of a node. */
export interface NodeWrite {
  /** The node's name. */
  readonly node: string;
  readonly attributes: AdmissionAttributes;
  readonly store: Store;
  /** Makes the refusal. */
  refuse(why: string): Error;
}

/** By storage prefix. @throws {ApiError} 403 */
const CHECKS: Readonly<Record<string, (write: NodeWrite) => void>> = {
  "pods": checkPods,
  "nodes": checkNode,
  "persistentvolumeclaims": checkClaim,
  "serviceaccounts": checkToken,
  "coordination/leases": checkLease,
  "storage/csinodes": checkCsiNode,
  "resource/resourceslices": checkResourceSlice,
  "certificates/certificatesigningrequests": checkCertificateRequest,
};

/** Makes the plugin. */
export function nodeRestriction(store: Store): AdmissionPlugin {
  return {
    name: "NodeRestriction",
    validate(attributes) {
      const node = nodeOf(attributes.user);
      if (node === undefined) return;
      const refuse = (why: string) => refusal(attributes, why);
      if (node === "") {
        throw refuse(
          `could not determine node from user ${
            JSON.stringify(attributes.user.name)
          }`,
        );
      }
      CHECKS[attributes.kind.storagePrefix]?.({
        node,
        attributes,
        store,
        refuse,
      });
    },
  };
}

function checkPods(write: NodeWrite): void {
  const { subresource } = write.attributes;
  switch (subresource) {
    case "":
      return checkPod(write);
    case "status":
      return checkPodStatus(write);
    case "eviction":
      return checkEviction(write);
    default:
      throw write.refuse(
        `unexpected pod subresource ${
          JSON.stringify(subresource)
        }, only 'status' and 'eviction' are allowed`,
      );
  }
}
