import assert from "node:assert/strict";
import { startHarness } from "./testing/harness.ts";

interface Listed {
  name: string;
  kind: string;
  verbs: string[];
  group?: string;
  shortNames?: string[];
}

Deno.test("Discovery lists groups, versions and resources", async () => {
  await using server = await startHarness();
  assert.deepEqual((await server.json("GET", "/api")).versions, ["v1"]);
  const groups = await server.json("GET", "/apis");
  const names = groups.groups.map(({ name }: Listed) => name);
  assert.ok(names.includes("apps") && names.includes("coordination.k8s.io"));
  const apps = await server.json("GET", "/apis/apps");
  assert.deepEqual(apps.preferredVersion, {
    groupVersion: "apps/v1",
    version: "v1",
  });
  const core = await server.json("GET", "/api/v1");
  const find = (name: string): Listed =>
    core.resources.find((at: Listed) => at.name === name);
  assert.deepEqual(find("pods").shortNames, ["po"]);
  assert.deepEqual(find("bindings").verbs, ["create"]);
  assert.deepEqual(find("pods/status").verbs, ["get", "patch", "update"]);
  assert.equal(find("pods/log").kind, "Pod");
  assert.equal(find("pods/eviction").group, "policy");
  assert.equal(find("replicationcontrollers/scale").kind, "Scale");
});

Deno.test("Discovery answers in the aggregated form when it is asked for", async () => {
  await using server = await startHarness();
  const accept =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
  const answer = await server.ask("GET", "/apis", { headers: { accept } });
  assert.match(
    answer.headers.get("content-type") ?? "",
    /as=APIGroupDiscoveryList/,
  );
  const list = await answer.json();
  const apps = list.items.find((item: { metadata: { name: string } }) =>
    item.metadata.name === "apps"
  );
  const deployments = apps.versions[0].resources.find((
    at: { resource: string },
  ) => at.resource === "deployments");
  assert.equal(deployments.scope, "Namespaced");
  assert.deepEqual(deployments.responseKind, {
    group: "apps",
    version: "v1",
    kind: "Deployment",
  });
  const scale = deployments.subresources.find((at: { subresource: string }) =>
    at.subresource === "scale"
  );
  assert.equal(scale.responseKind.kind, "Scale");
});

Deno.test("createApp() answers 404 and 405 as Kubernetes does", async () => {
  await using server = await startHarness();
  const cases: [string, string, number][] = [
    ["GET", "/api/v2/pods", 404],
    ["GET", "/api/v1/nosuch", 404],
    ["GET", "/apis/nosuch/v1", 404],
    ["GET", "/nosuch", 404],
    ["GET", "/api/v1/namespaces/default/nodes", 404],
    ["GET", "/api/v1/namespaces/default/pods/a/nosuch", 404],
    ["PUT", "/api/v1/namespaces/default/pods", 405],
    ["POST", "/api/v1/namespaces/default/pods/a", 405],
    ["POST", "/api/v1/pods", 405],
    ["DELETE", "/api/v1/namespaces", 405],
    ["GET", "/api/v1/namespaces/default/bindings", 405],
    ["OPTIONS", "/api/v1/pods", 405],
    ["POST", "/api/v1/namespaces/default/pods/a/log", 405],
  ];
  for (const [method, path, status] of cases) {
    const body = method === "PUT" || method === "POST" ? { body: {} } : {};
    const answer = await server.ask(method, path, body);
    const value = await answer.json();
    assert.equal(answer.status, status, `${method} ${path}: ${value.message}`);
    assert.equal(value.kind, "Status");
    assert.equal(value.status, "Failure");
  }
});

Deno.test("createApp() answers 406 when only protobuf is accepted", async () => {
  await using server = await startHarness();
  const headers = { accept: "application/vnd.kubernetes.protobuf" };
  await server.json("GET", "/api/v1/pods", { headers, status: 406 });
});

Deno.test("OpenApiDocuments gives every group version a document that the index names", async () => {
  await using server = await startHarness();
  const { paths } = await server.json("GET", "/openapi/v3");
  assert.ok(
    Object.hasOwn(paths, "api/v1") && Object.hasOwn(paths, "apis/apps/v1"),
  );
  const url = paths["apis/apps/v1"].serverRelativeURL;
  const answer = await server.ask("GET", url);
  assert.match(answer.headers.get("cache-control") ?? "", /immutable/);
  const document = await answer.json();
  const schema = document.components.schemas["io.k8s.api.apps.v1.Deployment"];
  assert.deepEqual(schema["x-kubernetes-group-version-kind"], [{
    group: "apps",
    version: "v1",
    kind: "Deployment",
  }]);
  const text = JSON.stringify(document);
  for (const [, name] of text.matchAll(/#\/components\/schemas\/([\w.]+)/g)) {
    assert.ok(
      Object.hasOwn(document.components.schemas, name!),
      `${name} is missing`,
    );
  }
  const { patch } =
    document.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"];
  assert.ok(
    patch.parameters.some((at: { name: string }) =>
      at.name === "fieldValidation"
    ),
  );
  const tag = answer.headers.get("etag")!;
  const again = await server.ask("GET", url, {
    headers: { "if-none-match": tag },
  });
  assert.equal(again.status, 304);
});

Deno.test("answerHealth() says what is wrong when a check fails", async () => {
  let problem: string | undefined = "broken";
  const health = [
    { name: "ping", live: true, check: () => undefined },
    { name: "parts", live: false, check: () => problem },
  ];
  await using server = await startHarness({ health });
  const ask = async (path: string) => {
    const answer = await server.ask("GET", path);
    return [answer.status, await answer.text()];
  };
  assert.deepEqual(await ask("/livez"), [200, "ok"]);
  assert.deepEqual(await ask("/readyz"), [
    500,
    "[+]ping ok\n[-]parts failed: reason withheld\nreadyz check failed\n",
  ]);
  assert.deepEqual(await ask("/readyz/ping"), [200, "ok"]);
  problem = undefined;
  assert.deepEqual(await ask("/readyz?verbose"), [
    200,
    "[+]ping ok\n[+]parts ok\nreadyz check passed\n",
  ]);
});
