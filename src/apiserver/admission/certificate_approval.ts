/**
 * CertificateApproval and CertificateSigning: approving and signing a request needs a right to do so for the request's signer.
 *
 * Follows https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization
 *
 * @module
 */
import type { CertificateSigningRequest } from "../../api/certificates/certificate_signing_request.ts";
import { sameJson } from "../../api/equal.ts";
import type { Authorizer } from "../auth/authorizer.ts";
import type { User } from "../auth/user.ts";
import {
  type AdmissionAttributes,
  type AdmissionPlugin,
  refusal,
} from "./admission.ts";

/** Storage prefix of the requests. */
export const REQUESTS = "certificates/certificatesigningrequests";

/** Makes the plugin that guards `approval`. */
export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "CertificateApproval",
    validate(attributes) {
      if (!concerns(attributes, "approval")) return;
      const { spec } = attributes.previous as CertificateSigningRequest;
      if (
        mayUseSigner(authorizer, attributes.user, ["approve", spec.signerName])
      ) {
        return;
      }
      throw refusal(
        attributes,
        `user not permitted to approve requests with signerName "${spec.signerName}"`,
      );
    },
  };
}

/** Makes the plugin that guards `status`. */
export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: "CertificateSigning",
    validate(attributes) {
      if (!concerns(attributes, "status")) return;
      const previous = attributes.previous as CertificateSigningRequest;
      const next = attributes.object as CertificateSigningRequest;
      const outcome = ({ status }: CertificateSigningRequest) => [
        status?.certificate ?? "",
        status?.conditions ?? [],
      ];
      if (sameJson(outcome(next), outcome(previous))) return;
      const { signerName } = previous.spec;
      if (mayUseSigner(authorizer, attributes.user, ["sign", signerName])) {
        return;
      }
      throw refusal(
        attributes,
        `user not permitted to sign requests with signerName "${signerName}"`,
      );
    },
  };
}

function concerns(
  { operation, kind, subresource }: AdmissionAttributes,
  wanted: string,
): boolean {
  return operation === "UPDATE" && subresource === wanted &&
    kind.storagePrefix === REQUESTS;
}

/** A right for all signers of a domain will do. */
function mayUseSigner(
  authorizer: Authorizer,
  user: User,
  [verb, signer]: readonly [verb: string, signer: string],
): boolean {
  return [signer, `${signer.split("/")[0]}/*`].some((name) =>
    authorizer.authorize({
      user,
      verb,
      path: "",
      fieldSelector: "",
      resource: {
        group: "certificates.k8s.io",
        version: "*",
        plural: "signers",
        subresource: "",
        namespace: "",
        name,
      },
    }).allowed
  );
}
