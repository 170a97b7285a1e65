import assert from "node:assert/strict";
import { nodeUser } from "../auth/user.ts";
import { configMap, pod, startHarness } from "../testing/harness.ts";

const NODE = nodeUser("n1");
const SPACE = "/api/v1/namespaces/default";
const MIRROR = { annotations: { "kubernetes.io/config.mirror": "x" } };

Deno.test("nodeRestriction refuses mirror pods that name what the node may not read", async () => {
  await using server = await startHarness();
  const post = (path: string, body: unknown) =>
    server.json("POST", path, { body });
  await post(`${SPACE}/secrets`, { metadata: { name: "theirs" } });
  await post(`${SPACE}/configmaps`, configMap("theirs"));
  const status = async (method: string, path: string, body?: unknown) => {
    const answer = await server.ask(method, path, {
      user: NODE,
      ...(body === undefined ? {} : { body }),
    });
    await answer.body?.cancel();
    return answer.status;
  };
  const mirror = (name: string, spec: object) =>
    pod(name, { metadata: MIRROR, spec: { nodeName: "n1", ...spec } });
  const env = (source: object) => ({
    containers: [{ name: "a", image: "a", envFrom: [source] }],
  });
  const attempts = [
    { volumes: [{ name: "v", secret: { secretName: "theirs" } }] },
    { volumes: [{ name: "v", configMap: { name: "theirs" } }] },
    { imagePullSecrets: [{ name: "theirs" }] },
    env({ secretRef: { name: "theirs" } }),
    env({ configMapRef: { name: "theirs" } }),
    { serviceAccountName: "default" },
    {
      volumes: [{ name: "v", persistentVolumeClaim: { claimName: "theirs" } }],
    },
  ];
  for (const [index, spec] of attempts.entries()) {
    const path = `${SPACE}/pods`;
    assert.equal(
      await status("POST", path, mirror(`mirror-${index}`, spec)),
      403,
      JSON.stringify(spec),
    );
  }
  assert.equal(await status("POST", `${SPACE}/pods`, mirror("plain", {})), 201);
  // Also one that somebody else has made gives the node nothing.
  await post(`${SPACE}/pods`, mirror("given", attempts[0]!));
  assert.equal(await status("GET", `${SPACE}/secrets/theirs`), 403);
});

Deno.test("nodeRestriction keeps a node from changing labels through a pod's status", async () => {
  await using server = await startHarness();
  await server.json("POST", `${SPACE}/pods`, {
    body: pod("mine", { spec: { nodeName: "n1" } }),
  });
  const answer = await server.ask("PATCH", `${SPACE}/pods/mine/status`, {
    user: NODE,
    body: { metadata: { labels: { app: "bank" } }, status: {} },
  });
  await answer.body?.cancel();
  const stored = await server.json("GET", `${SPACE}/pods/mine`);
  assert.equal(stored.metadata.labels, undefined);
});

Deno.test("nodeRestriction lets a node set its own labels and none of an administrator's", async () => {
  await using server = await startHarness();
  const create = async (label: string) => {
    const answer = await server.ask("POST", "/api/v1/nodes", {
      user: NODE,
      body: { metadata: { name: "n1", labels: { [label]: "x" } } },
    });
    await answer.body?.cancel();
    await server.ask("DELETE", "/api/v1/nodes/n1");
    return answer.status;
  };
  for (
    const label of [
      "kubernetes.io/hostname",
      "topology.kubernetes.io/zone",
      "node.kubernetes.io/instance-type",
      "wherry.dev/runtime-wasmtime",
      "site",
    ]
  ) assert.equal(await create(label), 201, label);
  for (
    const label of [
      "node-role.kubernetes.io/control-plane",
      "node-restriction.kubernetes.io/fips",
      "a.node-restriction.kubernetes.io/fips",
      "kubernetes.io/other",
      "something.k8s.io/other",
    ]
  ) assert.equal(await create(label), 403, label);
});
