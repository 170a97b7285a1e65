import assert from "node:assert/strict";
import { type Harness, pod, startHarness } from "../testing/harness.ts";

const SPACE = "/api/v1/namespaces/default";
const BUDGETS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

/** A running pod on a node. */
async function running(
  server: Harness,
  name: string,
  { ready = true }: { ready?: boolean } = {},
): Promise<void> {
  await server.json("POST", `${SPACE}/pods`, {
    body: pod(name, {
      metadata: { labels: { app: "web" } },
      spec: { nodeName: "n1" },
    }),
  });
  await server.json("PATCH", `${SPACE}/pods/${name}/status`, {
    body: {
      status: {
        phase: "Running",
        conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      },
    },
  });
}

async function budget(
  server: Harness,
  { name = "web", spec = {}, status = {} }: {
    name?: string;
    spec?: object;
    status?: object;
  },
): Promise<void> {
  await server.json("POST", BUDGETS, {
    body: {
      metadata: { name },
      spec: {
        minAvailable: 1,
        selector: { matchLabels: { app: "web" } },
        ...spec,
      },
    },
  });
  await server.json("PATCH", `${BUDGETS}/${name}/status`, {
    body: {
      status: {
        observedGeneration: 1,
        disruptionsAllowed: 1,
        currentHealthy: 2,
        desiredHealthy: 1,
        expectedPods: 2,
        ...status,
      },
    },
  });
}

function evict(
  server: Harness,
  name: string,
  { query = "", body = {} }: { query?: string; body?: object } = {},
): Promise<Response> {
  return server.ask("POST", `${SPACE}/pods/${name}/eviction${query}`, {
    body: {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name },
      ...body,
    },
  });
}

Deno.test("podEviction() takes from the budget and tells the pod why it goes", async () => {
  await using server = await startHarness();
  await running(server, "a");
  await running(server, "b");
  await budget(server, {});
  const first = await evict(server, "a");
  assert.equal(first.status, 201);
  assert.deepEqual(await first.json(), {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    code: 201,
  });
  const { metadata, status } = await server.json("GET", `${SPACE}/pods/a`);
  assert.notEqual(metadata.deletionTimestamp, undefined);
  const target = status.conditions.find((c: { type: string }) =>
    c.type === "DisruptionTarget"
  );
  assert.equal(target.reason, "EvictionByEvictionAPI");
  const after = await server.json("GET", `${BUDGETS}/web`);
  assert.equal(after.status.disruptionsAllowed, 0);
  assert.deepEqual(Object.keys(after.status.disruptedPods), ["a"]);
  assert.equal(after.status.conditions[0].reason, "InsufficientPods");

  const second = await evict(server, "b");
  assert.equal(second.status, 429);
  const refused = await second.json();
  assert.equal(refused.reason, "TooManyRequests");
  assert.equal(
    refused.message,
    "Cannot evict pod as it would violate the pod's disruption budget.",
  );
  assert.deepEqual(refused.details, {
    causes: [{
      reason: "DisruptionBudget",
      message:
        "The disruption budget web does not allow evicting pods currently",
    }],
  });
});

Deno.test("podEviction() says how many healthy pods a budget needs", async () => {
  await using server = await startHarness();
  await running(server, "a");
  await budget(server, {
    status: { disruptionsAllowed: 0, currentHealthy: 1 },
  });
  const answer = await (await evict(server, "a")).json();
  assert.equal(
    answer.details.causes[0].message,
    "The disruption budget web needs 1 healthy pods and has 1 currently",
  );
});

Deno.test("podEviction() lets one of many at the same time through when the budget has one left", async () => {
  await using server = await startHarness();
  const names = ["a", "b", "c", "d", "e"];
  for (const name of names) await running(server, name);
  await budget(server, {});
  const answers = await Promise.all(names.map((name) => evict(server, name)));
  const codes = answers.map(({ status }) => status).sort();
  for (const answer of answers) await answer.body?.cancel();
  assert.deepEqual(codes, [201, 429, 429, 429, 429]);
});

Deno.test("podEviction() asks to come back while the budget is not counted yet", async () => {
  await using server = await startHarness();
  await running(server, "a");
  await budget(server, { status: { observedGeneration: 0 } });
  const answer = await evict(server, "a");
  assert.equal(answer.status, 429);
  assert.equal(answer.headers.get("retry-after"), "10");
  const { details } = await answer.json();
  assert.equal(details.retryAfterSeconds, 10);
  assert.match(details.causes[0].message, /still being processed/);
});

Deno.test("podEviction() takes nothing for a pod that is over, waits, or is not counted on", async () => {
  await using server = await startHarness();
  await budget(server, { status: { disruptionsAllowed: 0 } });
  await server.json("POST", `${SPACE}/pods`, {
    body: pod("waiting", { metadata: { labels: { app: "web" } } }),
  });
  await running(server, "sick", { ready: false });
  for (const name of ["waiting", "sick"]) {
    const answer = await evict(server, name);
    assert.equal(answer.status, 201, await answer.text());
  }
  const { status } = await server.json("GET", `${BUDGETS}/web`);
  assert.equal(status.disruptedPods, undefined);
});

Deno.test("podEviction() keeps a pod that is not ready when its budget is short, unless that lets all such go", async () => {
  await using server = await startHarness();
  await running(server, "sick", { ready: false });
  const short = {
    disruptionsAllowed: 0,
    currentHealthy: 0,
    desiredHealthy: 1,
  };
  await budget(server, { status: short });
  assert.equal((await evict(server, "sick")).status, 429);
  await server.json("DELETE", `${BUDGETS}/web`);
  await budget(server, {
    name: "lenient",
    spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" },
    status: short,
  });
  assert.equal((await evict(server, "sick")).status, 201);
});

Deno.test("podEviction() changes nothing in a dry run", async () => {
  await using server = await startHarness();
  await running(server, "a");
  await budget(server, {});
  const before = await server.json("GET", `${SPACE}/pods/a`);
  for (
    const options of [
      { query: "?dryRun=All" },
      { body: { deleteOptions: { dryRun: ["All"] } } },
    ]
  ) {
    const answer = await evict(server, "a", options);
    assert.equal(answer.status, 201, await answer.text());
  }
  assert.deepEqual(await server.json("GET", `${SPACE}/pods/a`), before);
  const { status } = await server.json("GET", `${BUDGETS}/web`);
  assert.equal(status.disruptionsAllowed, 1);
});

Deno.test("podEviction() refuses a pod with two budgets, another name, and another version", async () => {
  await using server = await startHarness();
  await running(server, "a");
  const other = await evict(server, "a", { body: { metadata: {} } });
  assert.equal(other.status, 400);
  assert.match(
    (await other.json()).message,
    /name in URL does not match name in Eviction object/,
  );
  const moved = await evict(server, "a", {
    body: { deleteOptions: { preconditions: { resourceVersion: "1" } } },
  });
  assert.equal(moved.status, 409);
  await moved.body?.cancel();
  await budget(server, {});
  await budget(server, { name: "more" });
  const two = await evict(server, "a");
  assert.equal(two.status, 500);
  assert.match((await two.json()).message, /more than one PodDisruptionBudget/);
  assert.equal((await evict(server, "gone")).status, 404);
});
