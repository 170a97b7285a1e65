import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { testWith } from "../testing/needs.ts";
import {
  issueRequested,
  readCertificateRequest,
} from "./certificate_request.ts";
import { createAuthority } from "./certificates.ts";
import { RealCryptography } from "./real/crypto.ts";
import { RealRandom } from "./real/random.ts";

const random = () => new RealRandom();
const maker = () => {
  const own = random();
  return { random: own, crypto: new RealCryptography(own) };
};

/** A request that openssl makes. */
async function request(folder: string, key: string[]): Promise<string> {
  const { success, stderr, stdout } = await new Deno.Command("openssl", {
    args: [
      "req",
      "-new",
      "-nodes",
      "-newkey",
      ...key,
      "-keyout",
      `${folder}/key`,
      "-subj",
      "/O=crew/O=deck/CN=jane",
      "-addext",
      "subjectAltName=DNS:a.example,IP:192.0.2.1,email:a@example.org,URI:https://example.org/x",
    ],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

for (
  const [name, key] of [
    ["RSA", ["rsa:2048"]],
    ["P-256", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]],
  ] as const
) {
  testWith(`readCertificateRequest() reads what openssl asks with ${name}`, {
    needs: ["openssl"],
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        const pem = await request(folder, [...key]);
        const { crypto } = maker();
        const info = readCertificateRequest(crypto, pem);
        assert.equal(info.commonName, "jane");
        assert.deepEqual(info.organizations, ["crew", "deck"]);
        assert.deepEqual(info.dnsNames, ["a.example"]);
        assert.deepEqual(info.emails, ["a@example.org"]);
        assert.deepEqual(info.uris, ["https://example.org/x"]);
        assert.deepEqual([...info.ipAddresses[0]!], [192, 0, 2, 1]);
        const other = await request(folder, [...key]);
        const lines = pem.trim().split("\n");
        const forged = [
          ...lines.slice(0, -3),
          ...other.trim().split("\n").slice(-3),
        ]
          .join("\n");
        assert.throws(() => readCertificateRequest(crypto, forged));
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

testWith(
  "issueRequested() issues what was asked for, for as long as the policy says",
  {
    needs: ["openssl"],
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        const by = maker();
        const authority = createAuthority(by, { commonName: "test" });
        const pem = await request(folder, ["rsa:2048"]);
        const info = readCertificateRequest(by.crypto, pem);
        const certificate = issueRequested(by, {
          authority,
          request: info,
          policy: {
            usages: ["digital signature", "key encipherment", "client auth"],
            notBeforeMs: Date.UTC(2026, 0, 1),
            notAfterMs: Date.UTC(2026, 0, 2),
          },
        });
        const read = new X509Certificate(certificate);
        assert.equal(read.subject, "O=crew\nO=deck\nCN=jane");
        assert.ok(
          read.verify(new X509Certificate(authority.certificate).publicKey),
        );
        assert.equal(new Date(read.validFrom).getTime(), Date.UTC(2026, 0, 1));
        assert.equal(new Date(read.validTo).getTime(), Date.UTC(2026, 0, 2));
        await Deno.writeTextFile(`${folder}/ca.pem`, authority.certificate);
        await Deno.writeTextFile(`${folder}/c.pem`, certificate);
        const verify = await new Deno.Command("openssl", {
          args: [
            "verify",
            "-x509_strict",
            "-purpose",
            "sslclient",
            "-attime",
            String(Date.UTC(2026, 0, 1, 12) / 1000),
            "-CAfile",
            `${folder}/ca.pem`,
            `${folder}/c.pem`,
          ],
        }).output();
        assert.ok(verify.success, new TextDecoder().decode(verify.stderr));
        const text = await new Deno.Command("openssl", {
          args: [
            "x509",
            "-in",
            `${folder}/c.pem`,
            "-noout",
            "-ext",
            "keyUsage,extendedKeyUsage,subjectAltName",
          ],
        }).output();
        const shown = new TextDecoder().decode(text.stdout);
        assert.match(shown, /Digital Signature, Key Encipherment\n/);
        assert.match(shown, /TLS Web Client Authentication\n/);
        assert.match(shown, /DNS:a\.example, IP Address:192\.0\.2\.1/);
        assert.throws(() =>
          issueRequested(by, {
            authority,
            request: info,
            policy: { usages: ["magic"], notBeforeMs: 0, notAfterMs: 1 },
          })
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  },
);
