import assert from "node:assert/strict";
import { type Harness, startHarness } from "../../apiserver/testing/harness.ts";
import { encodePem } from "../../base/pem.ts";
import { causesOf, tableOf } from "../testing/table.ts";

const PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const AT = `${PATH}/mine`;
/** A sequence of three empty sequences: as much of a request or certificate as the server looks at. */
const DER = new Uint8Array([0x30, 6, 0x30, 0, 0x30, 0, 0x30, 0]);
const pem = (label: string) => btoa(encodePem({ label, bytes: DER }));
const user = { name: "ann", groups: ["staff", "system:masters"], uid: "7" };
const csr = (spec: object = {}) => ({
  apiVersion: "certificates.k8s.io/v1",
  kind: "CertificateSigningRequest",
  metadata: { name: "mine" },
  spec: {
    request: pem("CERTIFICATE REQUEST"),
    signerName: "example.com/signer",
    usages: ["client auth"],
    expirationSeconds: 3600,
    username: "somebody else",
    ...spec,
  },
});
const approved = { type: "Approved", status: "True", reason: "ByHand" };

async function created(): Promise<Harness> {
  const server = await startHarness();
  await server.json("POST", PATH, { body: csr(), user });
  return server;
}

/** The request as it is, with another status. */
async function withStatus(server: Harness, status: object) {
  return { ...await server.json("GET", AT), status };
}

Deno.test("a CertificateSigningRequest says who asks, whatever it was sent with", async () => {
  await using server = await created();
  const { spec } = await server.json("GET", AT);
  assert.equal(spec.username, "ann");
  assert.equal(spec.uid, "7");
  assert.deepEqual(spec.groups, ["staff", "system:masters"]);
  const found = await server.json(
    "GET",
    `${PATH}?fieldSelector=spec.signerName=other.com/signer`,
  );
  assert.deepEqual(found.items, []);
});

Deno.test("a CertificateSigningRequest is approved and then signed, each in its place", async () => {
  await using server = await created();
  const row = {
    Name: "mine",
    SignerName: "example.com/signer",
    Requestor: "ann",
    RequestedDuration: "60m",
  };
  assert.deepEqual(await tableOf(server, PATH), [
    { ...row, Condition: "Pending" },
  ]);
  const decided = await server.json("PUT", `${AT}/approval`, {
    body: await withStatus(server, {
      conditions: [approved],
      certificate: pem("CERTIFICATE"),
    }),
  });
  assert.equal(decided.status.certificate, undefined);
  const [condition] = decided.status.conditions;
  assert.equal(condition.type, "Approved");
  assert.ok(condition.lastUpdateTime && condition.lastTransitionTime);
  const signed = await server.json("PUT", `${AT}/status`, {
    body: {
      ...decided,
      status: { ...decided.status, certificate: pem("CERTIFICATE") },
    },
  });
  assert.equal(signed.status.certificate, pem("CERTIFICATE"));
  assert.deepEqual(await tableOf(server, PATH), [
    { ...row, Condition: "Approved,Issued" },
  ]);
});

Deno.test("a signer cannot approve, and nobody takes an approval back", async () => {
  await using server = await created();
  const early = await server.ask("PUT", `${AT}/status`, {
    body: await withStatus(server, { conditions: [approved] }),
  });
  assert.deepEqual(await causesOf(early), {
    status: 422,
    causes: [
      'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    ],
  });
  await server.json("PUT", `${AT}/approval`, {
    body: await withStatus(server, { conditions: [approved] }),
  });
  const back = await server.ask("PUT", `${AT}/approval`, {
    body: await withStatus(server, { conditions: [] }),
  });
  assert.deepEqual(await causesOf(back), {
    status: 422,
    causes: [
      'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
    ],
  });
});

Deno.test("a CertificateSigningRequest keeps its spec and its status from a PUT", async () => {
  await using server = await created();
  const now = await server.json("GET", AT);
  const answer = await server.json("PUT", AT, {
    body: { ...csr({ usages: ["any"] }), status: { conditions: [approved] } },
  });
  assert.deepEqual(answer.spec, now.spec);
  assert.deepEqual(answer.status, now.status);
});
