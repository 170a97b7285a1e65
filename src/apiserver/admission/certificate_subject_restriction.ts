/**
 * CertificateSubjectRestriction: nobody asks for a client certificate of `system:masters`.
 *
 * @module
 */
import type { CertificateSigningRequest } from "../../api/certificates/certificate_signing_request.ts";
import { messageOf } from "../../base/errors.ts";
import { MASTERS_GROUP } from "../auth/user.ts";
import { type AdmissionPlugin, refusal } from "./admission.ts";
import { REQUESTS } from "./certificate_approval.ts";
import {
  type RequestSubject,
  subjectOfRequest,
} from "./certificate_subject.ts";

const CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client";

/** The plugin. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: "CertificateSubjectRestriction",
  validate(attributes) {
    const { operation, kind, subresource } = attributes;
    if (operation !== "CREATE" || kind.storagePrefix !== REQUESTS) return;
    if (subresource !== "") return;
    const { spec } = attributes.object as CertificateSigningRequest;
    if (spec.signerName !== CLIENT_SIGNER) return;
    let subject: RequestSubject;
    try {
      subject = subjectOfRequest(spec.request);
    } catch (error) {
      throw refusal(attributes, `failed to parse CSR: ${messageOf(error)}`);
    }
    if (!subject.organizations.includes(MASTERS_GROUP)) return;
    throw refusal(
      attributes,
      `use of ${CLIENT_SIGNER} signer with ${MASTERS_GROUP} group is not allowed`,
    );
  },
};
