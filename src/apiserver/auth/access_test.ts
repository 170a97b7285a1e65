import assert from "node:assert/strict";
import {
  configMap,
  type Harness,
  pod,
  startHarness,
} from "../testing/harness.ts";
import { ANONYMOUS, nodeUser } from "./user.ts";

const TOKENS = [{
  token: "secret",
  user: "admin",
  uid: "1",
  groups: ["system:masters"],
}];
const NODE = nodeUser("n1");

async function fetchAs(
  server: Harness,
  path: string,
  authorization?: string,
): Promise<Response> {
  const headers: Record<string, string> = authorization === undefined
    ? {}
    : { authorization };
  return await server.app.fetch(
    new Request(`http://api${path}`, { headers }),
    {},
  );
}

Deno.test("Authenticator knows static tokens and refuses others", async () => {
  await using server = await startHarness({ tokens: TOKENS });
  const status = async (authorization?: string) => {
    const answer = await fetchAs(server, "/api/v1/namespaces", authorization);
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await status("Bearer secret"), 200);
  assert.equal(await status("bearer secret"), 200);
  assert.equal(await status("Bearer wrong"), 401);
  assert.equal(await status("Bearer "), 403);
  assert.equal(await status("Basic c2VjcmV0"), 403);
  assert.equal(await status(), 403);
});

Deno.test("Authenticator gives Kubernetes' texts when a request is refused", async () => {
  await using server = await startHarness({ tokens: TOKENS });
  const wrong = await (await fetchAs(server, "/api/v1/pods", "Bearer no"))
    .json();
  assert.deepEqual(wrong, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: "Unauthorized",
    reason: "Unauthorized",
    code: 401,
  });
  const anonymous = await (await fetchAs(server, "/api/v1/namespaces/a/pods/b"))
    .json();
  assert.equal(
    anonymous.message,
    'pods "b" is forbidden: User "system:anonymous" cannot get resource "pods" in API group "" in the namespace "a"',
  );
  const list = await (await fetchAs(server, "/apis/apps/v1/deployments"))
    .json();
  assert.equal(
    list.message,
    'deployments.apps is forbidden: User "system:anonymous" cannot list resource "deployments" in API group "apps" at the cluster scope',
  );
  const path = await (await fetchAs(server, "/debug/state")).json();
  assert.equal(
    path.message,
    'forbidden: User "system:anonymous" cannot get path "/debug/state"',
  );
});

Deno.test("publicPaths lets everyone ask for health and version and nothing else", async () => {
  await using server = await startHarness({ caCertificate: "PEM" });
  for (
    const path of [
      "/livez",
      "/readyz",
      "/healthz",
      "/version",
      "/wherry/v1/ca.crt",
    ]
  ) {
    const answer = await fetchAs(server, path);
    assert.equal(answer.status, 200, path);
    await answer.body?.cancel();
  }
  for (
    const path of [
      "/",
      "/api",
      "/apis",
      "/openapi/v3",
      "/metrics",
      "/debug/state",
      "/nosuch",
    ]
  ) {
    const answer = await fetchAs(server, path);
    assert.equal(answer.status, 403, path);
    await answer.body?.cancel();
  }
});

Deno.test("BootstrapTokens knows a token until it expires", async () => {
  await using server = await startHarness();
  const make = (id: string, data: Record<string, string>) =>
    server.json("POST", "/api/v1/namespaces/kube-system/secrets", {
      body: {
        metadata: { name: `bootstrap-token-${id}` },
        type: "bootstrap.kubernetes.io/token",
        stringData: {
          "token-id": id,
          "token-secret": "0123456789abcdef",
          ...data,
        },
      },
    });
  const auth = { "usage-bootstrap-authentication": "true" };
  await make("aaaaaa", auth);
  await make("bbbbbb", { ...auth, expiration: "2026-01-01T01:00:00Z" });
  await make("cccccc", { "usage-bootstrap-signing": "true" });
  await make("eeeeee", {
    ...auth,
    "auth-extra-groups": "system:bootstrappers:west,system:bootstrappers:east",
  });
  await make("ffffff", { ...auth, "auth-extra-groups": "system:masters" });
  const tokens = server.api.bootstrapTokens;
  assert.deepEqual(tokens.authenticate("eeeeee.0123456789abcdef")!.groups, [
    "system:bootstrappers",
    "system:bootstrappers:east",
    "system:bootstrappers:west",
    "system:authenticated",
  ]);
  assert.ok(!tokens.admits("ffffff.0123456789abcdef"));
  assert.deepEqual(tokens.authenticate("aaaaaa.0123456789abcdef"), {
    name: "system:bootstrap:aaaaaa",
    groups: ["system:bootstrappers", "system:authenticated"],
  });
  assert.ok(tokens.admits("bbbbbb.0123456789abcdef"));
  assert.ok(!tokens.admits("cccccc.0123456789abcdef"));
  assert.ok(!tokens.admits("aaaaaa.0123456789abcdeX"));
  assert.ok(!tokens.admits("aaaaaa.0000000000000000"));
  assert.ok(!tokens.admits("dddddd.0123456789abcdef"));
  await server.host.advance(3600_000);
  assert.ok(!tokens.admits("bbbbbb.0123456789abcdef"));
});

Deno.test("NodeAuthorizer lets a node use its own and nothing of others'", async () => {
  await using server = await startHarness();
  const post = (path: string, body: unknown) =>
    server.json("POST", path, { body });
  const space = "/api/v1/namespaces/default";
  for (const name of ["used", "other"]) {
    await post(`${space}/secrets`, { metadata: { name } });
    await post(`${space}/configmaps`, configMap(name));
  }
  const env = [{
    name: "A",
    valueFrom: { configMapKeyRef: { name: "used", key: "k" } },
  }];
  const containers = [{ name: "main", image: "a", env }];
  const volumes = [{ name: "v", secret: { secretName: "used" } }];
  await post(
    `${space}/pods`,
    pod("mine", { spec: { nodeName: "n1", containers, volumes } }),
  );
  await post(`${space}/pods`, pod("theirs", { spec: { nodeName: "n2" } }));
  for (const name of ["n1", "n2"]) {
    await post("/api/v1/nodes", { metadata: { name } });
  }
  const statusOf = async (method: string, path: string, body?: unknown) => {
    const answer = await server.ask(method, path, {
      user: NODE,
      ...(body === undefined ? {} : { body }),
    });
    await answer.body?.cancel();
    return answer.status;
  };
  const patch = { status: { phase: "Running" } };
  const cases: [number, string, string, unknown?][] = [
    [200, "GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1"],
    [403, "GET", "/api/v1/pods"],
    [403, "GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn2"],
    [403, "GET", "/api/v1/pods?fieldSelector=spec.nodeName!%3Dn1"],
    [200, "GET", `${space}/pods/mine`],
    [403, "GET", `${space}/pods/theirs`],
    [200, "PATCH", `${space}/pods/mine/status`, patch],
    [403, "PATCH", `${space}/pods/theirs/status`, patch],
    [403, "PATCH", `${space}/pods/mine`, { metadata: { labels: { a: "b" } } }],
    [403, "DELETE", `${space}/pods/theirs`],
    [403, "POST", `${space}/pods`, pod("new", { spec: { nodeName: "n1" } })],
    [200, "GET", `${space}/secrets/used`],
    [403, "GET", `${space}/secrets/other`],
    [403, "GET", `${space}/secrets`],
    [200, "GET", `${space}/secrets?fieldSelector=metadata.name%3Dused`],
    [200, "GET", `${space}/configmaps/used`],
    [403, "GET", `${space}/configmaps/other`],
    [403, "DELETE", `${space}/configmaps/used`],
    [200, "GET", "/api/v1/nodes/n1"],
    [403, "GET", "/api/v1/nodes"],
    [200, "PATCH", "/api/v1/nodes/n1/status", { status: {} }],
    [403, "PATCH", "/api/v1/nodes/n2/status", { status: {} }],
    [403, "PATCH", "/api/v1/nodes/n1", {
      spec: { taints: [], unschedulable: true, providerID: "x" },
      metadata: { labels: { "node-restriction.kubernetes.io/x": "y" } },
    }],
    [403, "DELETE", "/api/v1/nodes/n1"],
    [200, "GET", "/api/v1/services"],
    [200, "GET", "/apis/discovery.k8s.io/v1/endpointslices"],
    [403, "POST", `${space}/services`, { metadata: { name: "x" } }],
    [403, "GET", "/apis/apps/v1/deployments"],
    [
      403,
      "GET",
      "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x",
    ],
    [200, "DELETE", `${space}/pods/mine`, { gracePeriodSeconds: 0 }],
  ];
  for (const [status, method, path, body] of cases) {
    assert.equal(
      await statusOf(method, path, body),
      status,
      `${method} ${path}`,
    );
  }
});

Deno.test("ANONYMOUS may not read discovery", async () => {
  await using server = await startHarness();
  await server.json("GET", "/apis", { user: ANONYMOUS, status: 403 });
});
