import assert from "node:assert/strict";
import { encodeBase64, encodeText } from "../../base/bytes.ts";
import { objectId, sequence, set, tagged, utf8String } from "../../base/der.ts";
import { encodePem } from "../../base/pem.ts";
import { nodeUser, type User } from "../auth/user.ts";
import { type Harness, startHarness } from "../testing/harness.ts";
import { subjectOfRequest } from "./certificate_subject.ts";

const REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

/** A request with a subject and nothing else that these parts look at. */
function requestFor(commonName: string, organizations: string[]): string {
  const attribute = (id: string, text: string) =>
    set(sequence(objectId(id), utf8String(text)));
  const name = sequence(
    ...organizations.map((text) => attribute("2.5.4.10", text)),
    attribute("2.5.4.3", commonName),
  );
  const info = sequence(
    tagged(2, new Uint8Array([0])),
    name,
    sequence(),
    tagged(0xa0, new Uint8Array()),
  );
  const pem = encodePem({
    label: "CERTIFICATE REQUEST",
    bytes: sequence(info, sequence(), tagged(3, new Uint8Array([0]))),
  });
  return encodeBase64(encodeText(pem));
}

function ask(
  server: Harness,
  { signerName, request, user, status = 201 }: {
    signerName: string;
    request: string;
    user?: User;
    status?: number;
  },
) {
  return server.json("POST", REQUESTS, {
    ...user === undefined ? {} : { user },
    body: {
      metadata: { name: "r" },
      spec: { request, signerName, usages: ["client auth"] },
    },
    status,
  });
}

Deno.test("subjectOfRequest() reads who a request is for", () => {
  assert.deepEqual(subjectOfRequest(requestFor("jane", ["dev", "ops"])), {
    commonName: "jane",
    organizations: ["dev", "ops"],
  });
  assert.throws(() => subjectOfRequest(encodeBase64(encodeText("nothing"))));
});

Deno.test("certificateSubjectRestriction refuses clients of system:masters", async () => {
  await using server = await startHarness();
  const signerName = "kubernetes.io/kube-apiserver-client";
  const refused = await ask(server, {
    signerName,
    request: requestFor("me", ["system:masters"]),
    status: 403,
  });
  assert.equal(
    refused.message,
    'certificatesigningrequests.certificates.k8s.io "r" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
  );
});

Deno.test("certificateApproval asks for a right to approve for the signer, or for all of its domain", async () => {
  await using server = await startHarness();
  await ask(server, {
    signerName: "example.org/one",
    request: requestFor("me", []),
  });
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  const allow = async (name: string, rule: object) => {
    await server.json("POST", `${rbac}/clusterroles`, {
      body: { metadata: { name }, rules: [rule] },
    });
    await server.json("POST", `${rbac}/clusterrolebindings`, {
      body: {
        metadata: { name },
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name,
        },
        subjects: [{
          apiGroup: "rbac.authorization.k8s.io",
          kind: "User",
          name: "boss",
        }],
      },
    });
  };
  const apiGroups = ["certificates.k8s.io"];
  await allow("update", {
    apiGroups,
    resources: [
      "certificatesigningrequests/approval",
      "certificatesigningrequests/status",
    ],
    verbs: ["update", "patch"],
  });
  const user: User = { name: "boss", groups: ["system:authenticated"] };
  const condition = (...types: string[]) => ({
    status: {
      conditions: types.map((type) => ({ type, status: "True", reason: "x" })),
    },
  });
  const patch = (part: string, body: object, status: number) =>
    server.json("PATCH", `${REQUESTS}/r/${part}`, { user, body, status });
  assert.equal(
    (await patch("approval", condition("Approved"), 403)).message,
    'certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to approve requests with signerName "example.org/one"',
  );
  await allow("approve", {
    apiGroups,
    resources: ["signers"],
    resourceNames: ["example.org/*"],
    verbs: ["approve"],
  });
  await patch("approval", condition("Approved"), 200);
  assert.equal(
    (await patch("status", condition("Approved", "Failed"), 403)).message,
    'certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to sign requests with signerName "example.org/one"',
  );
});

Deno.test("nodeRestriction lets a node ask for certificates in its own name alone", async () => {
  await using server = await startHarness();
  const user = nodeUser("n1");
  const signerName = "kubernetes.io/kube-apiserver-client-kubelet";
  const request = (name: string) =>
    requestFor(`system:node:${name}`, ["system:nodes"]);
  const answer = await server.ask("POST", REQUESTS, {
    user,
    body: {
      metadata: { name: "r" },
      spec: { request: request("n2"), signerName, usages: ["client auth"] },
    },
  });
  const { message } = await answer.json();
  assert.equal(answer.status, 403);
  assert.equal(
    message,
    'certificatesigningrequests.certificates.k8s.io "r" is forbidden: can only create a node CSR with CN=system:node:n1',
  );
});
