import assert from "node:assert/strict";
import { HostError } from "../base/host.ts";
import { CliFailure } from "./failure.ts";
import { explainingTransport, explainRequest } from "./server_errors.ts";

/** What a request through a transport that fails so is told as. */
async function told(error: Error): Promise<Error> {
  const transport = explainingTransport(
    { fetch: () => Promise.reject(error) },
    "https://server:6443",
  );
  return await transport.fetch(new Request("http://api/api")).then(
    () => assert.fail("It should have failed"),
    (error) => error,
  );
}

Deno.test("explainingTransport() asks whether the server runs when nobody is there", async () => {
  const error = await told(
    new HostError(
      "refused",
      "Cannot GET https://server:6443/api: connect ECONNREFUSED 10.0.0.1:6443",
    ),
  );
  assert.ok(error instanceof CliFailure);
  assert.equal(
    error.message,
    "Cannot reach the server https://server:6443: connect ECONNREFUSED 10.0.0.1:6443; is it running, and is this the right kubeconfig?",
  );
});

Deno.test("explainingTransport() names the authority when the certificate is not trusted", async () => {
  for (
    const words of [
      "unable to verify the first certificate",
      "invalid peer certificate: UnknownIssuer",
      "self-signed certificate in certificate chain",
      "unable to get local issuer certificate",
    ]
  ) {
    const { message } = await told(
      new HostError("other", `Cannot GET https://server:6443/api: ${words}`),
    );
    assert.match(message, /^Cannot trust the server https:\/\/server:6443: /);
    assert.ok(message.includes(words));
  }
});

Deno.test("explainingTransport() leaves other errors as they are", async () => {
  const error = new TypeError("A bug");
  assert.equal(await told(error), error);
});

Deno.test("explainRequest() finds the server in the message", () => {
  const refused = new HostError(
    "refused",
    "Cannot GET https://server:6443/v2/_catalog: connect ECONNREFUSED 10.0.0.1:6443",
  );
  assert.equal(
    explainRequest(refused).message,
    "Cannot reach the server https://server:6443: connect ECONNREFUSED 10.0.0.1:6443; is it running, and is this the right kubeconfig?",
  );
  const other = new HostError("closed", "Cannot read the answer");
  assert.equal(explainRequest(other), other);
});
