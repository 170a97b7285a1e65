import assert from "node:assert/strict";
import { connect, createServer } from "node:tls";
import {
  createAuthority,
  issueCertificate,
  publicKeyHash,
} from "./certificates.ts";
import { testWith } from "../testing/needs.ts";
import { decodePemBlock, encodePem } from "./pem.ts";
import { RealCryptography } from "./real/crypto.ts";
import { RealProcesses } from "./real/processes.ts";
import { RealRandom } from "./real/random.ts";

const RANDOM = new RealRandom();
const MAKER = { random: RANDOM, crypto: new RealCryptography(RANDOM) };
const AUTHORITY = createAuthority(MAKER, { commonName: "wherry-ca" });
const SERVER = issueCertificate(MAKER, {
  authority: AUTHORITY,
  request: {
    commonName: "wherry",
    usage: "server",
    dnsNames: ["localhost", "*.edge.test"],
    ipAddresses: ["127.0.0.1", "::1"],
  },
});

/** What openssl says. */
async function openssl(args: string[], stdin: string): Promise<string> {
  const { code, stdout, stderr } = await new RealProcesses().run("openssl", {
    args,
    stdin,
  });
  assert.equal(code, 0, stderr);
  return stdout;
}

testWith("issueCertificate() makes what openssl reads as meant", {
  needs: ["openssl"],
  fn: async () => {
    const text = await openssl(["x509", "-noout", "-text"], SERVER.certificate);
    for (
      const part of [
        "Version: 3 (0x2)",
        "Signature Algorithm: ecdsa-with-SHA256",
        "Issuer: CN = wherry-ca",
        "Not Before: Jan  1 00:00:00 1970 GMT",
        "Not After : Dec 31 23:59:59 9999 GMT",
        "Subject: CN = wherry\n",
        "ASN1 OID: prime256v1",
        "CA:FALSE",
        "TLS Web Server Authentication",
        "DNS:localhost, DNS:*.edge.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
      ]
    ) assert.ok(text.includes(part), `${part} not in ${text}`);
  },
});

testWith(
  "issueCertificate() makes what openssl verifies against the authority",
  {
    needs: ["openssl"],
    fn: async () => {
      const folder = await Deno.makeTempDir();
      try {
        await Deno.writeTextFile(`${folder}/ca`, AUTHORITY.certificate);
        assert.match(
          await openssl(
            [
              "verify",
              "-x509_strict",
              "-purpose",
              "sslserver",
              "-CAfile",
              `${folder}/ca`,
            ],
            SERVER.certificate,
          ),
          /: OK/,
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  },
);

testWith("publicKeyHash() is the hash that kubeadm computes", {
  needs: ["openssl"],
  fn: async () => {
    const key = await openssl(
      ["x509", "-noout", "-pubkey"],
      AUTHORITY.certificate,
    );
    const der = decodePemBlock(key, "PUBLIC KEY");
    const digest = await crypto.subtle.digest("SHA-256", der);
    assert.equal(
      publicKeyHash(MAKER.crypto, AUTHORITY.certificate),
      `sha256:${new Uint8Array(digest).toHex()}`,
    );
  },
});

Deno.test("issueCertificate() makes what a TLS client of node trusts, for its names alone", async () => {
  const server = createServer({
    cert: SERVER.certificate,
    key: SERVER.privateKey,
  }, (socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const dial = (servername: string, ca: string) =>
    new Promise<string>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port, servername, ca });
      socket.once("secureConnect", () => {
        resolve("trusted");
        socket.destroy();
      });
      socket.once("error", (error) => resolve(error.message));
    });
  const other = createAuthority(MAKER, { commonName: "wherry-ca" });
  assert.equal(await dial("localhost", AUTHORITY.certificate), "trusted");
  assert.equal(await dial("a.edge.test", AUTHORITY.certificate), "trusted");
  assert.notEqual(await dial("evil.test", AUTHORITY.certificate), "trusted");
  assert.notEqual(await dial("localhost", other.certificate), "trusted");
  await new Promise((resolve) => server.close(resolve));
});

Deno.test("readCertificate() tells a client's name and groups, whatever characters they have", () => {
  const request = {
    commonName: "jané\nO=system:masters",
    organizations: ["dev, CN=root", "ops"],
    usage: "client",
  } as const;
  const client = issueCertificate(MAKER, { authority: AUTHORITY, request });
  const read = MAKER.crypto.readCertificate(client.certificate);
  assert.deepEqual(read.subject, {
    commonName: request.commonName,
    organizations: request.organizations,
  });
  assert.equal(read.isAuthority, false);
  const der = decodePemBlock(client.certificate, "CERTIFICATE");
  assert.deepEqual(MAKER.crypto.readCertificate(der), read);
  assert.ok(MAKER.crypto.readCertificate(AUTHORITY.certificate).isAuthority);
});

Deno.test("readCertificate() throws when it is none", () => {
  for (
    const text of [
      "",
      "nonsense",
      encodePem({ label: "CERTIFICATE", bytes: new Uint8Array([0x30, 0]) }),
    ]
  ) {
    assert.throws(() => MAKER.crypto.readCertificate(text), {
      name: "HostError",
      code: "invalid",
    });
  }
});

Deno.test("issueCertificate() uses the key that it is given", () => {
  const key = MAKER.crypto.generateKey();
  const { certificate, privateKey } = issueCertificate(MAKER, {
    authority: AUTHORITY,
    request: { commonName: "node", usage: "client" },
    key,
  });
  assert.equal(privateKey, key.privatePem);
  assert.equal(
    MAKER.crypto.readCertificate(certificate).publicPem.trim(),
    key.publicPem.trim(),
  );
});

Deno.test("issueCertificate() throws when an address is not one", () => {
  assert.throws(
    () =>
      issueCertificate(MAKER, {
        authority: AUTHORITY,
        request: { commonName: "x", usage: "server", ipAddresses: ["1.2.3"] },
      }),
    /Cannot issue a certificate: "1.2.3" is not an IP address/,
  );
});
