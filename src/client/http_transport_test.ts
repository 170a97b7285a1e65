import assert from "node:assert/strict";
import type { DialOptions } from "../base/host.ts";
import { VirtualHost } from "../testing/virtual_host.ts";
import { HttpTransport, type ServerConfig } from "./http_transport.ts";

async function sent(
  config: ServerConfig,
  request: Request,
): Promise<{ request: Request; dial: DialOptions | undefined }> {
  let seen: { request: Request; dial: DialOptions | undefined } | undefined;
  const host = new VirtualHost({
    fetch: (request, dial) => {
      seen = { request, dial };
      return Promise.resolve(new Response("ok"));
    },
  });
  await new HttpTransport(host, config).fetch(request);
  return seen!;
}

Deno.test("HttpTransport.fetch() puts path and query below the server, with token and trust", async () => {
  const { request, dial } = await sent(
    { server: "https://edge.example:6443/prefix/", token: "abc", ca: "PEM" },
    new Request("http://api/api/v1/pods?watch=1", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json" },
    }),
  );
  assert.equal(
    request.url,
    "https://edge.example:6443/prefix/api/v1/pods?watch=1",
  );
  assert.equal(request.method, "POST");
  assert.equal(request.headers.get("authorization"), "Bearer abc");
  assert.equal(request.headers.get("content-type"), "application/json");
  assert.equal(await request.text(), "{}");
  assert.deepEqual(dial, { ca: "PEM" });
});

Deno.test("HttpTransport.fetch() sends basic credentials and a client certificate", async () => {
  const clientCertificate = { certificate: "C", privateKey: "K" };
  const { request, dial } = await sent(
    {
      server: "127.0.0.1:1",
      basic: { username: "me", password: "pä" },
      clientCertificate,
    },
    new Request("http://api/version"),
  );
  assert.equal(request.url, "https://127.0.0.1:1/version");
  assert.equal(request.headers.get("authorization"), "Basic bWU6cMOk");
  assert.deepEqual(dial, { clientCertificate });
});

Deno.test("HttpTransport refuses a server that is no URL", () => {
  assert.throws(
    () => new HttpTransport(new VirtualHost(), { server: "http://" }),
    TypeError,
  );
});
