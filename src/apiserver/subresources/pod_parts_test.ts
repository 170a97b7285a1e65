import assert from "node:assert/strict";
import { type Harness, pod, startHarness } from "../testing/harness.ts";

const PODS = "/api/v1/namespaces/default/pods";

const CPU = { requests: { cpu: "100m" }, limits: { cpu: "1" } };

async function made(server: Harness, spec: object = {}) {
  return await server.json("POST", PODS, {
    body: pod("a", {
      spec: {
        nodeName: "n1",
        containers: [{
          name: "main",
          image: "example.org/a:1",
          resources: CPU,
        }],
        ...spec,
      },
    }),
  });
}

function patch(server: Harness, part: string, body: unknown) {
  return server.ask("PATCH", `${PODS}/a/${part}`, {
    body,
    headers: { "content-type": "application/strategic-merge-patch+json" },
  });
}

const debugPatch = (more: object = {}) => ({
  metadata: { labels: { stolen: "yes" } },
  spec: {
    hostNetwork: true,
    ephemeralContainers: [{ name: "debug", image: "busybox:1", ...more }],
  },
});

Deno.test("ephemeralcontainers adds containers and nothing else", async () => {
  await using server = await startHarness();
  const before = await made(server);
  const answer = await patch(server, "ephemeralcontainers", debugPatch());
  assert.equal(answer.status, 200);
  const after = await answer.json();
  assert.equal(
    after.spec.ephemeralContainers[0].imagePullPolicy,
    "IfNotPresent",
  );
  assert.equal(after.metadata.labels, undefined);
  assert.equal(after.spec.hostNetwork, undefined);
  assert.equal(after.metadata.generation, before.metadata.generation + 1);
});

Deno.test("ephemeralcontainers keeps those that are there", async () => {
  await using server = await startHarness();
  await made(server);
  await (await patch(server, "ephemeralcontainers", debugPatch())).body
    ?.cancel();
  const changed = await patch(
    server,
    "ephemeralcontainers",
    debugPatch({ image: "busybox:2" }),
  );
  assert.equal(changed.status, 422);
  const { details } = await changed.json();
  assert.equal(details.causes[0].field, "spec.ephemeralContainers");
  assert.match(
    details.causes[0].message,
    /^Forbidden: existing ephemeral containers "debug" may not be changed\n/,
  );
  const current = await server.json("GET", `${PODS}/a`);
  const removed = await server.ask("PUT", `${PODS}/a/ephemeralcontainers`, {
    body: { ...current, spec: { ...current.spec, ephemeralContainers: [] } },
  });
  assert.equal(removed.status, 422);
  assert.match((await removed.json()).message, /"debug" may not be removed/);
});

Deno.test("ephemeralcontainers takes no probes, ports or resources, and no pod of a file", async () => {
  await using server = await startHarness();
  await made(server);
  const answer = await patch(
    server,
    "ephemeralcontainers",
    debugPatch({ ports: [{ containerPort: 1 }] }),
  );
  assert.deepEqual((await answer.json()).details.causes, [{
    reason: "FieldValueForbidden",
    message: "Forbidden: cannot be set for an Ephemeral Container",
    field: "spec.ephemeralContainers[0].ports",
  }]);
});

const resized = (resources: object, more: object = {}) => ({
  spec: { containers: [{ name: "main", resources, ...more }] },
});

Deno.test("resize changes CPU and memory and nothing else", async () => {
  await using server = await startHarness();
  await server.json("POST", "/api/v1/nodes", {
    body: { metadata: { name: "n1" } },
  });
  await server.json("PATCH", "/api/v1/nodes/n1/status", {
    body: { status: { allocatable: { cpu: "1", memory: "1Gi" } } },
  });
  await made(server);
  const answer = await patch(
    server,
    "resize",
    resized({ requests: { cpu: "200m" } }, { image: "example.org/other:1" }),
  );
  assert.equal(answer.status, 200);
  const { spec, metadata } = await answer.json();
  assert.equal(spec.containers[0].resources.requests.cpu, "200m");
  assert.equal(spec.containers[0].image, "example.org/a:1");
  assert.equal(metadata.generation, 2);
});

const REFUSED: readonly (readonly [string, object, string, RegExp])[] = [
  [
    "another resource",
    resized({ limits: { "ephemeral-storage": "1Gi" } }),
    "spec",
    /only cpu and memory resources are mutable/,
  ],
  [
    "a removed limit",
    resized({ limits: { cpu: null } }),
    "spec.containers[0].resources.limits",
    /resource limits cannot be removed/,
  ],
  [
    "another class of service",
    resized({
      requests: { cpu: "1", memory: "1Gi" },
      limits: { memory: "1Gi" },
    }),
    "spec",
    /Pod QOS Class may not change as a result of resizing/,
  ],
  [
    "another container",
    { spec: { containers: [{ name: "more", image: "example.org/b:1" }] } },
    "spec.containers",
    /containers may not be added or removed on resize/,
  ],
];

for (const [what, body, field, why] of REFUSED) {
  Deno.test(`resize refuses ${what}`, async () => {
    await using server = await startHarness();
    await made(server);
    const answer = await patch(server, "resize", body);
    assert.equal(answer.status, 422);
    const { details } = await answer.json();
    const cause = details.causes.find((c: { message: string }) =>
      why.test(c.message)
    );
    assert.equal(cause?.field, field, JSON.stringify(details.causes));
  });
}

Deno.test("resize refuses a pod whose node cannot do it", async () => {
  await using server = await startHarness();
  await made(server);
  await server.json("PATCH", `${PODS}/a/status`, {
    body: {
      status: {
        containerStatuses: [{
          name: "main",
          image: "",
          imageID: "",
          ready: true,
          restartCount: 0,
          state: { running: {} },
        }],
      },
    },
  });
  const answer = await patch(
    server,
    "resize",
    resized({ requests: { cpu: "200m" } }),
  );
  assert.match(
    (await answer.json()).message,
    /Pod running on node without support for resize/,
  );
});
