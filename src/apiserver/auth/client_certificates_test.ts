import assert from "node:assert/strict";
import { decodePemBlock } from "../../base/pem.ts";
import { makePki } from "../../testing/pki.ts";
import { startHarness } from "../testing/harness.ts";

Deno.test("ClientCertificates makes the common name the user and organizations the groups", async () => {
  await using server = await startHarness({ policy: true });
  const pki = makePki();
  const whoami = async (name: string, organizations: string[]) => {
    const pem = pki.client(name, organizations).certificate;
    const clientCertificate = decodePemBlock(pem, "CERTIFICATE");
    const answer = await server.app.fetch(
      new Request(
        "http://api/apis/authentication.k8s.io/v1/selfsubjectreviews",
        {
          method: "POST",
          body: "{}",
          headers: { "content-type": "application/json" },
        },
      ),
      {
        connection: {
          remote: { hostname: "127.0.0.1", port: 1 },
          clientCertificate,
        },
      },
    );
    const value = await answer.json();
    return {
      status: answer.status,
      user: value.status?.userInfo,
      digest: server.host.crypto.sha256(clientCertificate).toHex(),
    };
  };
  const { user, digest } = await whoami("jane", ["crew", "deck"]);
  assert.deepEqual(user, {
    username: "jane",
    groups: ["crew", "deck", "system:authenticated"],
    extra: {
      "authentication.kubernetes.io/credential-id": [`X509SHA256=${digest}`],
    },
  });
  // A certificate without a name is none.
  assert.equal((await whoami("", ["system:masters"])).status, 403);
});
