import assert from "node:assert/strict";
import type { DialOptions } from "../../src/base/host.ts";
import { parseReference } from "../../src/base/oci/reference.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { Registries, type RegistriesOptions } from "./registries.ts";
import { parseRegistryConfig } from "./registry_config.ts";

interface Sent {
  readonly url: string;
  readonly authorization: string | null;
  readonly dial: DialOptions;
}

function rig(options: RegistriesOptions = {}) {
  const sent: Sent[] = [];
  const host = new VirtualHost({
    fetch: (request, dial = {}) => {
      const authorization = request.headers.get("authorization");
      sent.push({ url: request.url, authorization, dial });
      if (request.url.includes("/away/")) {
        return new Promise((_, reject) =>
          request.signal.addEventListener(
            "abort",
            () => reject(request.signal.reason),
          )
        );
      }
      return Promise.resolve(
        authorization === null
          ? new Response(null, {
            status: 401,
            headers: { "www-authenticate": "Basic" },
          })
          : new Response(null, { status: 404 }),
      );
    },
  });
  host.files.set("/ca", "the authority");
  host.files.set("/c", "certificate");
  host.files.set("/k", "key");
  const registries = new Registries(host, options);
  const ask = async (
    image: string,
    auth?: { username: string; password: string },
  ) => {
    sent.length = 0;
    for (
      const { client, repository } of await registries.places(
        parseReference(image)!,
        auth,
      )
    ) await client.manifest(repository, "1").catch(() => {});
    return sent.map(({ url }) => url);
  };
  return { host, sent, registries, ask };
}

Deno.test("places() leads where a name says, and Docker's to where they are", async () => {
  const { ask } = rig();
  assert.deepEqual(await ask("registry.example:5000/team/app:1"), [
    "https://registry.example:5000/v2/team/app/manifests/1",
  ]);
  assert.deepEqual(await ask("busybox:1"), [
    "https://registry-1.docker.io/v2/library/busybox/manifests/1",
  ]);
  assert.deepEqual(await ask("localhost:5000/app:1"), [
    "http://localhost:5000/v2/app/manifests/1",
  ]);
});

Deno.test("places() tells mirrors first, with what is said of each host and of no other", async () => {
  const config = await parseRegistryConfig(`
mirrors:
  docker.io: { endpoint: ["http://m1:5000", "https://m2/proxy/v2"] }
  "*": { endpoint: ["https://m3"] }
configs:
  m2:
    auth: { username: ann, password: secret }
    tls: { ca_file: /ca, cert_file: /c, key_file: /k }
  docker.io:
    auth: { username: hub, password: pass }
`);
  const { ask, sent } = rig({ config });
  const hub = "https://registry-1.docker.io/v2/library/busybox/manifests/1";
  const m2 = "https://m2/proxy/v2/library/busybox/manifests/1?ns=docker.io";
  assert.deepEqual(await ask("busybox:1"), [
    "http://m1:5000/v2/library/busybox/manifests/1?ns=docker.io",
    ...[m2, m2],
    ...[hub, hub],
  ]);
  assert.deepEqual(sent[2]!.dial, {
    ca: "the authority",
    clientCertificate: { certificate: "certificate", privateKey: "key" },
  });
  assert.equal(sent[2]!.authorization, `Basic ${btoa("ann:secret")}`);
  assert.equal(sent[4]!.authorization, `Basic ${btoa("hub:pass")}`);
  assert.deepEqual(sent[4]!.dial, {});
  await ask("busybox:1", { username: "pod", password: "own" });
  assert.equal(sent[2]!.authorization, `Basic ${btoa("ann:secret")}`);
  assert.equal(sent[4]!.authorization, `Basic ${btoa("pod:own")}`);
  assert.deepEqual(await ask("other.example/app:1"), [
    "https://m3/v2/app/manifests/1?ns=other.example",
    "https://other.example/v2/app/manifests/1",
  ]);
});

Deno.test("places() leads to the cluster's registry over the server's connection, by both its names", async () => {
  const asked: string[] = [];
  let up = true;
  const { ask, registries } = rig({
    cluster: {
      address: "10.0.0.1:6443",
      isUp: () => up,
      fetch: (request) => {
        const { pathname } = new URL(request.url);
        asked.push(`${pathname} ${request.headers.get("authorization")}`);
        return Promise.resolve(new Response(null, { status: 404 }));
      },
    },
  });
  const auth = { username: "pod", password: "own" };
  assert.deepEqual(await ask("registry.wherry.internal/team/app:1", auth), []);
  assert.deepEqual(await ask("10.0.0.1:6443/team/app:1"), []);
  assert.deepEqual(asked, [
    "/v2/team/app/manifests/1 null",
    "/v2/team/app/manifests/1 null",
  ]);
  up = false;
  const [place] = await registries.places(
    parseReference("registry.wherry.internal/team/app:1")!,
  );
  await assert.rejects(
    registries.clusterFetch(
      new Request("https://registry.wherry.internal/v2/"),
    ),
    { code: "unreachable", message: /no contact with the server/ },
  );
  up = true;
  await assert.rejects(
    registries.clusterFetch(new Request("https://elsewhere.example/v2/")),
    { code: "invalid" },
  );
  assert.equal(place!.client.name, "registry.wherry.internal");
});

Deno.test("places() says so when a node has no server with a registry", async () => {
  const { registries } = rig();
  await assert.rejects(
    registries.clusterFetch(
      new Request("https://registry.wherry.internal/v2/"),
    ),
    /this node has no server with one/,
  );
});

Deno.test("a registry that does not answer is given up", async () => {
  const { registries, host } = rig();
  const [place] = await registries.places(
    parseReference("registry.example/away/app:1")!,
  );
  const call = place!.client.manifest("away/app", "1");
  let failure: Error | undefined;
  call.catch((error) => failure = error);
  await host.advance(200_000);
  assert.match(String(failure), /no answer for 30 s/);
});
