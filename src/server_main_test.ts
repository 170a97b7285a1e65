import assert from "node:assert/strict";
import { join } from "node:path";
import { makeRealHost } from "./base/real_host.ts";
import { RestClient } from "./client/rest_client.ts";
import { CONFIG_MAPS } from "./client/resources.ts";
import { startServer } from "./server_main.ts";

const LISTEN = { hostname: "127.0.0.1", port: 0 };

Deno.test("startServer() keeps state, keys and token over a restart", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "wherry-server-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const host = stack.use(makeRealHost({ logLevel: "error" }));
  const dataDir = join(folder, "data");
  const first = await startServer(host, { dataDir, listen: LISTEN });
  await new RestClient(first.transportFor("admin")).create(CONFIG_MAPS, {
    metadata: { name: "kept", namespace: "default" },
    data: { k: "v" },
  });
  await first.close();
  await using second = await startServer(host, { dataDir, listen: LISTEN });
  assert.equal(second.adminToken, first.adminToken);
  assert.equal(second.caCertificate, first.caCertificate);
  const client = new RestClient(second.transportFor("admin"));
  const kept = await client.get(CONFIG_MAPS, {
    namespace: "default",
    name: "kept",
  });
  assert.equal(kept.data?.["k"], "v");
  for (
    const file of [
      "admin.kubeconfig",
      "tokens.csv",
      "pki/ca.key",
      "pki/server.key",
    ]
  ) {
    const { mode } = await Deno.stat(join(dataDir, file));
    assert.equal((mode ?? 0) & 0o777, 0o600, file);
  }
});

Deno.test("startServer() answers over TLS by the cluster's authority", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "wherry-server-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const host = stack.use(makeRealHost({ logLevel: "error" }));
  await using server = await startServer(host, {
    dataDir: folder,
    listen: LISTEN,
  });
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const request = new Request(`${server.url}${path}`, { headers });
    const answer = await host.net.fetch(request, { ca: server.caCertificate });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await ask("/readyz"), 200);
  assert.equal(await ask("/api/v1/namespaces"), 403);
  const authorization = `Bearer ${server.adminToken}`;
  assert.equal(await ask("/api/v1/namespaces", { authorization }), 200);
});

Deno.test("startServer() refuses a port and a data folder that are in use", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "wherry-server-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const host = stack.use(makeRealHost({ logLevel: "error" }));
  const dataDir = join(folder, "one");
  await using server = await startServer(host, { dataDir, listen: LISTEN });
  await assert.rejects(
    startServer(host, { dataDir: join(folder, "two"), listen: server.address }),
    /in use/,
  );
  await assert.rejects(
    startServer(host, { dataDir, listen: LISTEN }),
    /in use|another/i,
  );
});

Deno.test("startServer() writes the audit log that its policy asks for, all of it before it has closed", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "wherry-server-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const host = stack.use(makeRealHost({ logLevel: "error" }));
  const policyFile = join(folder, "policy.yaml");
  const logPath = join(folder, "log/audit.log");
  await Deno.writeTextFile(
    policyFile,
    `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Request
  namespaces: [default]
  resources: [{group: "", resources: [configmaps]}]
`,
  );
  const server = await startServer(host, {
    dataDir: join(folder, "data"),
    listen: LISTEN,
    audit: { policyFile, logPath },
  });
  const request = new Request(
    `${server.url}/api/v1/namespaces/default/configmaps`,
    {
      method: "POST",
      headers: {
        authorization: `Bearer ${server.adminToken}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ metadata: { name: "a" }, data: { k: "v" } }),
    },
  );
  const answer = await host.net.fetch(request, { ca: server.caCertificate });
  await answer.body?.cancel();
  await server.close();
  const lines = (await Deno.readTextFile(logPath)).trimEnd().split("\n");
  assert.equal(lines.length, 1);
  const event = JSON.parse(lines[0]!);
  assert.equal(event.auditID, answer.headers.get("audit-id"));
  assert.equal(event.requestObject.data.k, "v");
  assert.deepEqual(event.sourceIPs, ["127.0.0.1"]);
  assert.equal(event.responseStatus.code, 201);
});
