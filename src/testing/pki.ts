/**
 * A certificate authority for tests, and what it issued.
 *
 * @module
 */
import {
  createAuthority,
  issueCertificate,
  type KeyedCertificate,
} from "../base/certificates.ts";
import type { ServerTls } from "../base/host.ts";
import { RealCryptography } from "../base/real/crypto.ts";
import { RealRandom } from "../base/real/random.ts";

/** Keys and certificates for tests on 127.0.0.1. */
export interface TestPki {
  readonly authority: KeyedCertificate;
  /** A server's TLS options that ask clients for certificates of the same authority. */
  readonly tls: ServerTls;
  /** Issues a client certificate. */
  client(
    commonName: string,
    organizations?: readonly string[],
  ): KeyedCertificate;
}

/** Makes a new authority and a server certificate. */
export function makePki(): TestPki {
  const random = new RealRandom();
  const maker = { random, crypto: new RealCryptography(random) };
  const authority = createAuthority(maker, { commonName: "test" });
  const server = issueCertificate(maker, {
    authority,
    request: {
      commonName: "server",
      usage: "server",
      dnsNames: ["localhost"],
      ipAddresses: ["127.0.0.1", "::1"],
    },
  });
  return {
    authority,
    tls: { ...server, clientCa: authority.certificate },
    client: (commonName, organizations = []) =>
      issueCertificate(maker, {
        authority,
        request: { commonName, organizations, usage: "client" },
      }),
  };
}
