import assert from "node:assert/strict";
import { nodeUser } from "../../auth/user.ts";
import { configMap, pod, startHarness } from "../../testing/harness.ts";

const NODE = nodeUser("n1");
const SPACE = "/api/v1/namespaces/default";

/** A mirror pod as a node makes it. */
const mirror = (name: string, uid: string, spec: object = {}) =>
  pod(name, {
    metadata: {
      annotations: { "kubernetes.io/config.mirror": "x" },
      ownerReferences: [{
        apiVersion: "v1",
        kind: "Node",
        name: "n1",
        uid,
        controller: true,
      }],
    },
    spec: { nodeName: "n1", ...spec },
  });

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
  const { metadata: { uid } } = await post("/api/v1/nodes", {
    metadata: { name: "n1" },
  });
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
      await status("POST", path, mirror(`mirror-${index}`, uid, spec)),
      403,
      JSON.stringify(spec),
    );
  }
  assert.equal(
    await status("POST", `${SPACE}/pods`, mirror("plain", uid)),
    201,
  );
  // Nor can somebody else make one that would give the node something.
  const given = await server.json("POST", `${SPACE}/pods`, {
    body: mirror("given", uid, attempts[0]!),
    status: 403,
  });
  assert.equal(
    given.message,
    'pods "given" is forbidden: a mirror pod may not reference secrets',
  );
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

Deno.test("nodeRestriction binds mirror pods to the node that makes them", async () => {
  await using server = await startHarness();
  const { metadata: { uid } } = await server.json("POST", "/api/v1/nodes", {
    body: { metadata: { name: "n1" } },
  });
  const refused = async (owner: object | undefined) => {
    const body = structuredClone(mirror("m", uid)) as {
      metadata: { ownerReferences?: object[] };
    };
    const [own] = body.metadata.ownerReferences!;
    body.metadata.ownerReferences = owner === undefined
      ? []
      : [{ ...own, ...owner }];
    const { message } = await server.json("POST", `${SPACE}/pods`, {
      user: NODE,
      body,
      status: 403,
    });
    return message.replace('pods "m" is forbidden: ', "");
  };
  assert.equal(
    await refused(undefined),
    'node "n1" can only create pods with an owner reference set to itself',
  );
  assert.equal(
    await refused({ name: "n2" }),
    'node "n1" can only create pods with an owner reference set to itself',
  );
  assert.equal(
    await refused({ controller: false }),
    'node "n1" can only create pods with a controller owner reference set to itself',
  );
  assert.equal(
    await refused({ blockOwnerDeletion: true }),
    'node "n1" must not set blockOwnerDeletion on an owner reference',
  );
  assert.equal(
    await refused({ uid: "other" }),
    `node n1 UID mismatch: expected other got ${uid}`,
  );
});

Deno.test("nodeRestriction keeps a node from its taints and owners, and tells which labels it may not set", async () => {
  await using server = await startHarness();
  await server.json("POST", "/api/v1/nodes", {
    body: { metadata: { name: "n1", labels: { site: "a" } } },
  });
  const refused = async (body: object) => {
    const { message } = await server.json("PATCH", "/api/v1/nodes/n1", {
      user: NODE,
      body,
      status: 403,
    });
    return message.replace('nodes "n1" is forbidden: ', "");
  };
  assert.equal(
    await refused({ spec: { taints: [{ key: "a", effect: "NoSchedule" }] } }),
    'node "n1" is not allowed to modify taints',
  );
  const owner = { apiVersion: "v1", kind: "Node", name: "n1", uid: "x" };
  assert.equal(
    await refused({ metadata: { ownerReferences: [owner] } }),
    'node "n1" is not allowed to modify ownerReferences',
  );
  const label = "node-restriction.kubernetes.io/fips";
  assert.equal(
    await refused({ metadata: { labels: { [label]: "1" } } }),
    `is not allowed to modify labels: ${label}`,
  );
  const created = await server.json("POST", "/api/v1/nodes", {
    user: nodeUser("n2"),
    body: { metadata: { name: "n2", labels: { [label]: "1" } } },
    status: 403,
  });
  assert.equal(
    created.message,
    `nodes "n2" is forbidden: node "n2" is not allowed to set the following labels: ${label}`,
  );
});

Deno.test("nodeRestriction gives a node tokens of its own pods alone, for whom their volumes name", async () => {
  await using server = await startHarness();
  const projected = (audience: string) => ({
    volumes: [{
      name: "t",
      projected: {
        sources: [{ serviceAccountToken: { path: "token", audience } }],
      },
    }],
  });
  const place = async (name: string, nodeName: string) => {
    const { metadata } = await server.json("POST", `${SPACE}/pods`, {
      body: pod(name, { spec: { nodeName, ...projected("vault") } }),
    });
    return metadata.uid;
  };
  const [mine, theirs] = [
    await place("mine", "n1"),
    await place("other", "n2"),
  ];
  const ask = async (reference: object | undefined, audiences: string[]) => {
    const answer = await server.ask(
      "POST",
      `${SPACE}/serviceaccounts/default/token`,
      {
        user: NODE,
        body: {
          spec: { audiences, ...reference && { boundObjectRef: reference } },
        },
      },
    );
    const { message } = await answer.json();
    return answer.status === 201
      ? "issued"
      : message.replace('serviceaccounts "default" is forbidden: ', "");
  };
  const bound = (name: string, uid?: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    name,
    ...uid && { uid },
  });
  assert.equal(await ask(bound("mine", mine), ["vault"]), "issued");
  assert.equal(
    await ask(undefined, ["vault"]),
    "node requested token not bound to a pod",
  );
  assert.equal(
    await ask(bound("mine"), ["vault"]),
    "node requested token with a pod binding without a uid",
  );
  assert.equal(
    await ask(bound("other", theirs), ["vault"]),
    "node requested token bound to a pod scheduled on a different node",
  );
  assert.equal(
    await ask(bound("mine", mine), ["bank"]),
    'audience "bank" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience',
  );
});

Deno.test("nodeRestriction lets a node evict its own pods", async () => {
  await using server = await startHarness();
  for (const [name, nodeName] of [["mine", "n1"], ["other", "n2"]]) {
    await server.json("POST", `${SPACE}/pods`, {
      body: pod(name!, { spec: { nodeName } }),
    });
  }
  const evict = async (name: string) => {
    const answer = await server.ask("POST", `${SPACE}/pods/${name}/eviction`, {
      user: NODE,
      body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name } },
    });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.equal(await evict("mine"), 201);
  assert.equal(await evict("other"), 403);
});
