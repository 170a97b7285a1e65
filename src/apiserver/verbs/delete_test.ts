import assert from "node:assert/strict";
import {
  configMap,
  type Harness,
  pod,
  startHarness,
} from "../testing/harness.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const PODS = "/api/v1/namespaces/default/pods";

async function boundPod(
  server: Harness,
  name: string,
  more = {},
): Promise<void> {
  await server.json("POST", PODS, {
    body: pod(name, { spec: { nodeName: "n1", ...more } }),
  });
}

Deno.test("deleteOne() answers a Status when the object is gone at once", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", MAPS, { body: configMap("a") });
  const status = await server.json("DELETE", `${MAPS}/a`);
  assert.deepEqual(status, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name: "a", kind: "configmaps", uid: made.metadata.uid },
  });
  await server.json("GET", `${MAPS}/a`, { status: 404 });
  await server.json("DELETE", `${MAPS}/a`, { status: 404 });
});

Deno.test("deleteOne() keeps a running pod for its grace", async () => {
  await using server = await startHarness();
  await boundPod(server, "a");
  const going = await server.json("DELETE", `${PODS}/a`);
  assert.equal(going.metadata.deletionGracePeriodSeconds, 30);
  assert.equal(going.metadata.deletionTimestamp, "2026-01-01T00:00:30Z");
  // A longer grace changes nothing, a shorter one counts from the start.
  const longer = await server.json("DELETE", `${PODS}/a`, {
    body: { gracePeriodSeconds: 60 },
  });
  assert.deepEqual(longer, going);
  const shorter = await server.json("DELETE", `${PODS}/a`, {
    body: { gracePeriodSeconds: 5 },
  });
  assert.equal(shorter.metadata.deletionTimestamp, "2026-01-01T00:00:05Z");
  await server.json("DELETE", `${PODS}/a`, { body: { gracePeriodSeconds: 0 } });
  await server.json("GET", `${PODS}/a`, { status: 404 });
});

Deno.test("deleteOne() removes a pod at once when nothing of it runs", async () => {
  await using server = await startHarness();
  await server.json("POST", PODS, { body: pod("unbound") });
  await server.json("DELETE", `${PODS}/unbound`, {
    body: { gracePeriodSeconds: 20 },
  });
  await server.json("GET", `${PODS}/unbound`, { status: 404 });
  await boundPod(server, "over");
  await server.json("PATCH", `${PODS}/over/status`, {
    body: { status: { phase: "Succeeded" } },
  });
  await server.json("DELETE", `${PODS}/over`);
  await server.json("GET", `${PODS}/over`, { status: 404 });
});

Deno.test("deleteOne() waits for finalizers", async () => {
  await using server = await startHarness();
  const body = configMap("a", {
    metadata: { name: "a", finalizers: ["example.org/hold"] },
  });
  await server.json("POST", MAPS, { body });
  const held = await server.json("DELETE", `${MAPS}/a`);
  assert.equal(held.metadata.deletionTimestamp, "2026-01-01T00:00:00Z");
  assert.equal(held.metadata.deletionGracePeriodSeconds, 0);
  const more = await server.json("PATCH", `${MAPS}/a`, {
    body: { metadata: { finalizers: ["example.org/hold", "example.org/new"] } },
    status: 422,
  });
  assert.match(
    more.message,
    /no new finalizers can be added if the object is being deleted/,
  );
  await server.json("PATCH", `${MAPS}/a`, {
    body: { metadata: { finalizers: null } },
  });
  await server.json("GET", `${MAPS}/a`, { status: 404 });
});

Deno.test("deleteOne() sets the finalizer of the propagation policy", async () => {
  await using server = await startHarness();
  for (
    const [policy, finalizer] of [["Foreground", "foregroundDeletion"], [
      "Orphan",
      "orphan",
    ]]
  ) {
    await server.json("POST", MAPS, { body: configMap("a") });
    const held = await server.json("DELETE", `${MAPS}/a`, {
      body: { propagationPolicy: policy },
    });
    assert.deepEqual(held.metadata.finalizers, [finalizer]);
    // Background takes the finalizer back.
    await server.json("DELETE", `${MAPS}/a?propagationPolicy=Background`);
    await server.json("GET", `${MAPS}/a`, { status: 404 });
  }
  await server.json("POST", MAPS, { body: configMap("a") });
  await server.json("DELETE", `${MAPS}/a?propagationPolicy=Sideways`, {
    status: 422,
  });
});

Deno.test("deleteOne() heeds preconditions and dry runs", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", MAPS, { body: configMap("a") });
  const { uid, resourceVersion } = made.metadata;
  const wrong = await server.json("DELETE", `${MAPS}/a`, {
    body: { preconditions: { uid: "other" } },
    status: 409,
  });
  assert.match(
    wrong.message,
    /the UID in the precondition \(other\) does not match the UID in record/,
  );
  await server.json("DELETE", `${MAPS}/a`, {
    body: { preconditions: { resourceVersion: "1" } },
    status: 409,
  });
  await server.json("DELETE", `${MAPS}/a?dryRun=All`);
  await server.json("GET", `${MAPS}/a`);
  await server.json("DELETE", `${MAPS}/a`, {
    body: { preconditions: { uid, resourceVersion } },
  });
});

Deno.test("deleteOne() of a namespace waits for its finalizer", async () => {
  await using server = await startHarness();
  const path = "/api/v1/namespaces/shop";
  const made = await server.json("POST", "/api/v1/namespaces", {
    body: { metadata: { name: "shop" } },
  });
  assert.deepEqual(made.spec.finalizers, ["kubernetes"]);
  const going = await server.json("DELETE", path);
  assert.equal(going.status.phase, "Terminating");
  await server.json("PUT", `${path}/finalize`, {
    body: { ...going, spec: { finalizers: [] } },
  });
  await server.json("GET", path, { status: 404 });
  const refused = await server.json("DELETE", "/api/v1/namespaces/default", {
    status: 403,
  });
  assert.equal(
    refused.message,
    'namespaces "default" is forbidden: this namespace may not be deleted',
  );
});

Deno.test("deleteCollection() deletes what matches", async () => {
  await using server = await startHarness();
  for (const name of ["a", "b", "c"]) {
    const labels = { keep: name === "b" ? "yes" : "no" };
    await server.json("POST", MAPS, {
      body: configMap(name, { metadata: { name, labels } }),
    });
  }
  const list = await server.json("DELETE", `${MAPS}?labelSelector=keep%3Dno`);
  assert.equal(list.kind, "ConfigMapList");
  assert.equal(list.items.length, 2);
  const left = await server.json("GET", MAPS);
  assert.deepEqual(
    left.items.map((item: { metadata: { name: string } }) =>
      item.metadata.name
    ),
    ["b"],
  );
});

Deno.test("deleteCollection() takes a page when there is a limit, and tries without writing", async () => {
  await using server = await startHarness();
  const labels = { app: "x" };
  for (const name of ["a", "b", "c", "d"]) {
    await server.json("POST", MAPS, {
      body: { metadata: { name, ...(name === "d" ? {} : { labels }) } },
    });
  }
  const names = async () =>
    (await server.json("GET", MAPS)).items.map((
      { metadata }: { metadata: { name: string } },
    ) => metadata.name).filter((name: string) => name.length === 1).join("");
  const query = "labelSelector=app%3Dx";
  await server.json("DELETE", `${MAPS}?${query}&dryRun=All`);
  assert.equal(await names(), "abcd");
  const page = await server.json("DELETE", `${MAPS}?${query}&limit=2`);
  assert.equal(page.kind, "ConfigMapList");
  assert.equal(page.items.length, 2);
  assert.equal(await names(), "cd");
  await server.json("DELETE", `${MAPS}?${query}`);
  assert.equal(await names(), "d");
  await server.json("DELETE", `${MAPS}?resourceVersionMatch=Nope`, {
    status: 422,
  });
});

Deno.test("deleteOne() answers 202 when a cascade asked for in the oldest way is not over", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, {
    body: { metadata: { name: "a", finalizers: ["x.example/y"] } },
  });
  await server.json("DELETE", `${MAPS}/a?orphanDependents=false`, {
    status: 202,
  });
});
