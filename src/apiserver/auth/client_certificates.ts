/**
 * Users who show a client certificate in the TLS handshake: the common name is the user, organizations are the groups.
 *
 * @module
 */
import type { Cryptography } from "../../base/host.ts";
import { AUTHENTICATED_GROUP, type User } from "./user.ts";

/** Reads verified certificates. */
export class ClientCertificates {
  readonly #crypto: Cryptography;
  /** One connection shows the same bytes with every request. */
  readonly #known = new WeakMap<
    Uint8Array,
    { readonly user: User | undefined }
  >();

  constructor(crypto: Cryptography) {
    this.#crypto = crypto;
  }

  /** The user of a certificate (DER) that the TLS front has verified; undefined when it names nobody. */
  userOf(certificate: Uint8Array): User | undefined {
    let known = this.#known.get(certificate);
    if (known === undefined) {
      known = { user: this.#read(certificate) };
      this.#known.set(certificate, known);
    }
    return known.user;
  }

  #read(certificate: Uint8Array): User | undefined {
    const { subject } = this.#crypto.readCertificate(certificate);
    if (subject.commonName === "") return undefined;
    const digest = this.#crypto.sha256(certificate).toHex();
    return {
      name: subject.commonName,
      groups: [...subject.organizations, AUTHENTICATED_GROUP],
      extra: {
        "authentication.kubernetes.io/credential-id": [
          `X509SHA256=${digest}`,
        ],
      },
    };
  }
}
