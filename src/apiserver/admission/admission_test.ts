import assert from "node:assert/strict";
import { pod, startHarness } from "../testing/harness.ts";

const PODS = "/api/v1/namespaces/default/pods";

Deno.test("serviceAccount names the default account for pods that name none", async () => {
  await using server = await startHarness();
  const plain = await server.json("POST", PODS, { body: pod("a") });
  assert.equal(plain.spec.serviceAccountName, "default");
  const robot = pod("b", { spec: { serviceAccountName: "robot" } });
  const refused = await server.json("POST", PODS, { body: robot, status: 403 });
  assert.equal(
    refused.message,
    'pods "b" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found',
  );
  await server.json("POST", "/api/v1/namespaces/default/serviceaccounts", {
    body: { metadata: { name: "robot" }, imagePullSecrets: [{ name: "key" }] },
  });
  const named = await server.json("POST", PODS, { body: robot });
  assert.equal(named.spec.serviceAccountName, "robot");
  assert.equal(named.spec.serviceAccount, "robot");
  assert.deepEqual(named.spec.imagePullSecrets, [{ name: "key" }]);
});

Deno.test("priority gives pods 0, and system classes their values", async () => {
  await using server = await startHarness();
  const plain = await server.json("POST", PODS, { body: pod("a") });
  assert.equal(plain.spec.priority, 0);
  assert.equal(plain.spec.preemptionPolicy, "PreemptLowerPriority");
  const critical = await server.json("POST", PODS, {
    body: pod("b", { spec: { priorityClassName: "system-node-critical" } }),
  });
  assert.equal(critical.spec.priority, 2_000_001_000);
  const unknown = await server.json("POST", PODS, {
    body: pod("c", { spec: { priorityClassName: "gold" } }),
    status: 403,
  });
  assert.equal(
    unknown.message,
    'pods "c" is forbidden: no PriorityClass with name gold was found',
  );
});

Deno.test("defaultTolerationSeconds leaves pods that have their own word alone", async () => {
  await using server = await startHarness();
  const plain = await server.json("POST", PODS, { body: pod("a") });
  assert.deepEqual(
    plain.spec.tolerations.map((
      at: { key: string; tolerationSeconds: number },
    ) => [at.key, at.tolerationSeconds]),
    [["node.kubernetes.io/not-ready", 300], [
      "node.kubernetes.io/unreachable",
      300,
    ]],
  );
  const own = [{ operator: "Exists" }];
  const all = await server.json("POST", PODS, {
    body: pod("b", { spec: { tolerations: own } }),
  });
  assert.deepEqual(all.spec.tolerations, own);
});

Deno.test("serviceAccount finds the default account of a namespace that was made a moment ago", async () => {
  await using server = await startHarness();
  const space = "/api/v1/namespaces/new";
  const [made, first] = await Promise.all([
    server.ask("POST", "/api/v1/namespaces", {
      body: { metadata: { name: "new" } },
    }).then(async (answer) => {
      await answer.body?.cancel();
      return await server.ask("POST", `${space}/pods`, { body: pod("a") });
    }),
    server.ask("GET", `${space}/serviceaccounts/default`),
  ]);
  await Promise.all([made.body?.cancel(), first.body?.cancel()]);
  assert.equal(made.status, 201);
});

Deno.test("serviceAccount mounts a token where it is wanted and nothing else is in its place", async () => {
  await using server = await startHarness({
    admission: { mountServiceAccountTokens: true },
  });
  const path = "/var/run/secrets/kubernetes.io/serviceaccount";
  const container = { name: "a", image: "a" };
  const own = {
    ...container,
    name: "b",
    volumeMounts: [{ name: "mine", mountPath: path }],
  };
  const { spec } = await server.json("POST", PODS, {
    body: pod("a", {
      spec: {
        containers: [container, own],
        volumes: [{ name: "mine", emptyDir: {} }],
      },
    }),
  });
  const { name, projected } = spec.volumes[1];
  assert.match(name, /^kube-api-access-[a-z0-9]{5}$/);
  assert.deepEqual(projected, {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
      {
        configMap: {
          name: "kube-root-ca.crt",
          items: [{ key: "ca.crt", path: "ca.crt" }],
        },
      },
      {
        downwardAPI: {
          items: [{
            path: "namespace",
            fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" },
          }],
        },
      },
    ],
    defaultMode: 420,
  });
  assert.deepEqual(spec.containers[0].volumeMounts, [
    { name, readOnly: true, mountPath: path },
  ]);
  assert.deepEqual(spec.containers[1].volumeMounts, own.volumeMounts);
  const without = await server.json("POST", PODS, {
    body: pod("b", { spec: { automountServiceAccountToken: false } }),
  });
  assert.equal(without.spec.volumes, undefined);
});

Deno.test("serviceAccount refuses Secrets that an account does not list, when it says so", async () => {
  await using server = await startHarness();
  await server.json("POST", "/api/v1/namespaces/default/serviceaccounts", {
    body: {
      metadata: {
        name: "strict",
        annotations: { "kubernetes.io/enforce-mountable-secrets": "true" },
      },
      secrets: [{ name: "good" }],
    },
  });
  const make = (name: string, secretName: string) =>
    pod(name, {
      spec: {
        serviceAccountName: "strict",
        volumes: [{ name: "v", secret: { secretName } }],
      },
    });
  await server.json("POST", PODS, { body: make("a", "good") });
  const { message } = await server.json("POST", PODS, {
    body: make("b", "bad"),
    status: 403,
  });
  assert.equal(
    message,
    'pods "b" is forbidden: volume with secret.secretName="bad" is not allowed because service account strict does not reference that secret',
  );
});

Deno.test("namespaceLifecycle speaks of the namespace before anything else", async () => {
  await using server = await startHarness();
  const missing = await server.json("POST", "/api/v1/namespaces/none/pods", {
    body: pod("Not A Name"),
    status: 404,
  });
  assert.equal(missing.message, 'namespaces "none" not found');
  await server.json("POST", "/api/v1/namespaces", {
    body: { metadata: { name: "going" } },
  });
  await server.json("DELETE", "/api/v1/namespaces/going");
  const going = await server.json("POST", "/api/v1/namespaces/going/pods", {
    body: pod("a"),
    status: 403,
  });
  assert.equal(
    going.message,
    'pods "a" is forbidden: unable to create new content in namespace going because it is being terminated',
  );
  assert.equal(going.details.causes[0].reason, "NamespaceTerminating");
  const stays = await server.json("DELETE", "/api/v1/namespaces/default", {
    status: 403,
  });
  assert.equal(
    stays.message,
    'namespaces "default" is forbidden: this namespace may not be deleted',
  );
});
