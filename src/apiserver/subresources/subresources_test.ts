import assert from "node:assert/strict";
import { pod, startHarness } from "../testing/harness.ts";

const PODS = "/api/v1/namespaces/default/pods";
const SETS = "/apis/apps/v1/namespaces/default/replicasets";
const labels = { app: "web" };
const SET = {
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: "a", image: "example.org/a" }] },
    },
  },
};

Deno.test("getScale() shows replicas and updateScale() sets them", async () => {
  await using server = await startHarness();
  await server.json("POST", SETS, { body: SET });
  const scale = await server.json("GET", `${SETS}/web/scale`);
  assert.equal(scale.kind, "Scale");
  assert.equal(scale.apiVersion, "autoscaling/v1");
  assert.equal(scale.spec.replicas, 2);
  assert.equal(scale.status.selector, "app=web");
  const next = { ...scale, spec: { replicas: 5 } };
  const set = await server.json("PUT", `${SETS}/web/scale`, { body: next });
  assert.equal(set.spec.replicas, 5);
  assert.equal((await server.json("GET", `${SETS}/web`)).spec.replicas, 5);
  await server.json("PUT", `${SETS}/web/scale`, { body: next, status: 409 });
  await server.json("PATCH", `${SETS}/web/scale`, {
    body: { spec: { replicas: 0 } },
  });
  assert.equal(
    (await server.json("GET", `${SETS}/web`)).metadata.generation,
    3,
  );
  await server.json("PATCH", `${SETS}/web/scale`, {
    body: { spec: { replicas: -1 } },
    status: 422,
  });
});

Deno.test("podBinding() gives a pod its node once", async () => {
  await using server = await startHarness();
  await server.json("POST", PODS, { body: pod("a") });
  const body = {
    metadata: { name: "a" },
    target: { kind: "Node", name: "n1" },
  };
  const status = await server.json("POST", `${PODS}/a/binding`, { body });
  assert.equal(status.status, "Success");
  const bound = await server.json("GET", `${PODS}/a`);
  assert.equal(bound.spec.nodeName, "n1");
  assert.deepEqual(bound.status.conditions, [{
    type: "PodScheduled",
    status: "True",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  }]);
  const again = await server.json("POST", `${PODS}/a/binding`, {
    body,
    status: 409,
  });
  assert.match(again.message, /pod a is already assigned to node "n1"/);
  await server.json("POST", `${PODS}/none/binding`, {
    body: { target: { name: "n1" } },
    status: 404,
  });
});

Deno.test("createBinding() takes the pod's name from the object", async () => {
  await using server = await startHarness();
  await server.json("POST", PODS, { body: pod("a") });
  await server.json("POST", "/api/v1/namespaces/default/bindings", {
    body: { metadata: { name: "a" }, target: { kind: "Node", name: "n1" } },
  });
  assert.equal((await server.json("GET", `${PODS}/a`)).spec.nodeName, "n1");
});

Deno.test("podEviction() deletes with grace", async () => {
  await using server = await startHarness();
  await server.json("POST", PODS, {
    body: pod("a", { spec: { nodeName: "n1" } }),
  });
  await server.json("POST", `${PODS}/a/eviction`, {
    body: {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: "a" },
      deleteOptions: { gracePeriodSeconds: 7 },
    },
  });
  assert.equal(
    (await server.json("GET", `${PODS}/a`)).metadata.deletionGracePeriodSeconds,
    7,
  );
});

Deno.test("podLog() says which container is meant and that the node is away", async () => {
  await using server = await startHarness();
  const containers = ["one", "two"].map((name) => ({ name, image: "a" }));
  await server.json("POST", PODS, {
    body: pod("many", { spec: { containers } }),
  });
  const which = await server.json("GET", `${PODS}/many/log`, { status: 400 });
  assert.match(
    which.message,
    /a container name must be specified for pod many, choose one of: \[one two\]/,
  );
  await server.json("GET", `${PODS}/many/log?container=three`, { status: 400 });
  const unbound = await server.ask("GET", `${PODS}/many/log?container=one`);
  assert.equal(await unbound.text(), "");
  await server.json("POST", PODS, {
    body: pod("a", { spec: { nodeName: "n1" } }),
  });
  const away = await server.json("GET", `${PODS}/a/log`, { status: 500 });
  assert.match(
    away.message,
    /Get "http:\/\/n1:10250\/containerLogs\/default\/a\/main\?stream=All": node "n1" is not connected/,
  );
});
