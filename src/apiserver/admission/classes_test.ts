import assert from "node:assert/strict";
import { type Harness, pod, startHarness } from "../testing/harness.ts";

const SPACE = "/api/v1/namespaces/default";
const PODS = `${SPACE}/pods`;
const PRIORITIES = "/apis/scheduling.k8s.io/v1/priorityclasses";

function make(server: Harness, path: string, body: object, status = 201) {
  return server.json("POST", path, { body, status });
}

Deno.test("priority takes value and policy from a pod's class, or from the default class", async () => {
  await using server = await startHarness();
  await make(server, PRIORITIES, {
    metadata: { name: "gold" },
    value: 1000,
    preemptionPolicy: "Never",
  });
  const gold = await make(
    server,
    PODS,
    pod("a", { spec: { priorityClassName: "gold" } }),
  );
  assert.equal(gold.spec.priority, 1000);
  assert.equal(gold.spec.preemptionPolicy, "Never");
  await make(server, PRIORITIES, {
    metadata: { name: "usual" },
    value: 10,
    globalDefault: true,
  });
  const plain = await make(server, PODS, pod("b"));
  assert.equal(plain.spec.priorityClassName, "usual");
  assert.equal(plain.spec.priority, 10);
  const second = await make(server, PRIORITIES, {
    metadata: { name: "other" },
    value: 11,
    globalDefault: true,
  }, 403);
  assert.equal(
    second.message,
    'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
  );
});

Deno.test("priority refuses pods that say another number, and classes that are not there", async () => {
  await using server = await startHarness();
  const wrong = await make(
    server,
    PODS,
    pod("a", {
      spec: { priorityClassName: "system-node-critical", priority: 5 },
    }),
    403,
  );
  assert.equal(
    wrong.message,
    'pods "a" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 2000001000 from the given PriorityClass name',
  );
  const policy = await make(
    server,
    PODS,
    pod("a", { spec: { preemptionPolicy: "Never" } }),
    403,
  );
  assert.equal(
    policy.message,
    'pods "a" is forbidden: the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
  );
  const { metadata, ...spec } = pod("a", {
    spec: { priorityClassName: "none" },
  });
  const generated = await make(server, PODS, {
    ...spec,
    metadata: { ...metadata as object, name: undefined, generateName: "web-" },
  }, 403);
  assert.equal(
    generated.message,
    'pods "web-" is forbidden: no PriorityClass with name none was found',
  );
});

Deno.test("runtimeClass gives overhead, node selector and tolerations", async () => {
  await using server = await startHarness();
  await make(server, "/apis/node.k8s.io/v1/runtimeclasses", {
    metadata: { name: "wasm" },
    handler: "wasmtime",
    overhead: { podFixed: { memory: "16Mi" } },
    scheduling: {
      nodeSelector: { wasm: "yes" },
      tolerations: [{ key: "wasm", operator: "Exists" }],
    },
  });
  const { spec } = await make(
    server,
    PODS,
    pod("a", {
      spec: {
        runtimeClassName: "wasm",
        nodeSelector: { disk: "fast" },
        // The class's toleration covers this one.
        tolerations: [{ key: "wasm", operator: "Equal", value: "x" }],
      },
    }),
  );
  assert.deepEqual(spec.overhead, { memory: "16Mi" });
  assert.deepEqual(spec.nodeSelector, { disk: "fast", wasm: "yes" });
  assert.deepEqual(
    spec.tolerations.map((one: { key: string }) => one.key).sort(),
    [
      "node.kubernetes.io/not-ready",
      "node.kubernetes.io/unreachable",
      "wasm",
    ],
  );
  const conflict = await make(
    server,
    PODS,
    pod("b", {
      spec: { runtimeClassName: "wasm", nodeSelector: { wasm: "no" } },
    }),
    403,
  );
  assert.equal(
    conflict.message,
    'pods "b" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[wasm] = yes; pod.spec.nodeSelector[wasm] = no',
  );
  const unknown = await make(
    server,
    PODS,
    pod("b", { spec: { runtimeClassName: "none" } }),
    403,
  );
  assert.equal(
    unknown.message,
    'pods "b" is forbidden: pod rejected: RuntimeClass "none" not found',
  );
  const own = await make(
    server,
    PODS,
    pod("b", { spec: { overhead: { cpu: "1" } } }),
    403,
  );
  assert.equal(
    own.message,
    'pods "b" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
  );
});

Deno.test("defaultStorageClass gives claims the newest default; claimResize asks the class", async () => {
  await using server = await startHarness();
  const classes = "/apis/storage.k8s.io/v1/storageclasses";
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  const claims = `${SPACE}/persistentvolumeclaims`;
  const claim = (name: string, more: object = {}) => ({
    metadata: { name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
      ...more,
    },
  });
  const before = await make(server, claims, claim("before"));
  assert.equal(before.spec.storageClassName, undefined);
  const made = { provisioner: "example.org/x" };
  await make(server, classes, {
    metadata: { name: "old", annotations },
    ...made,
  });
  await server.host.advance(2000);
  await make(server, classes, {
    metadata: { name: "new", annotations },
    allowVolumeExpansion: true,
    ...made,
  });
  const after = await make(server, claims, claim("after"));
  assert.equal(after.spec.storageClassName, "new");
  const none = await make(
    server,
    claims,
    claim("none", { storageClassName: "" }),
  );
  assert.equal(none.spec.storageClassName, "");

  const grow = (name: string, status: number) =>
    server.json("PATCH", `${claims}/${name}`, {
      body: { spec: { resources: { requests: { storage: "2Gi" } } } },
      status,
    });
  const status = { phase: "Bound", capacity: { storage: "1Gi" } };
  for (const name of ["after", "none"]) {
    await server.json("PATCH", `${claims}/${name}/status`, {
      body: { status },
    });
  }
  await grow("after", 200);
  assert.equal(
    (await grow("none", 403)).message,
    'persistentvolumeclaims "none" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  );
});

Deno.test("defaultIngressClass gives Ingresses the default class, unless they say something", async () => {
  await using server = await startHarness();
  await make(server, "/apis/networking.k8s.io/v1/ingressclasses", {
    metadata: {
      name: "front",
      annotations: { "ingressclass.kubernetes.io/is-default-class": "true" },
    },
    spec: { controller: "example.org/front" },
  });
  const path = "/apis/networking.k8s.io/v1/namespaces/default/ingresses";
  const ingress = (name: string, annotations: object = {}) => ({
    metadata: { name, annotations },
    spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
  });
  const made = await make(server, path, ingress("a"));
  assert.equal(made.spec.ingressClassName, "front");
  const older = await make(
    server,
    path,
    ingress("b", { "kubernetes.io/ingress.class": "mine" }),
  );
  assert.equal(older.spec.ingressClassName, undefined);
});

Deno.test("denyServiceExternalIPs lets nobody begin to use them, where it is on", async () => {
  const service = {
    metadata: { name: "s" },
    spec: { externalIPs: ["192.0.2.1"], ports: [{ port: 80 }] },
  };
  await using open = await startHarness();
  await make(open, `${SPACE}/services`, service);
  await using server = await startHarness({
    admission: { denyServiceExternalIPs: true },
  });
  const refused = await make(server, `${SPACE}/services`, service, 403);
  assert.equal(
    refused.message,
    'services "s" is forbidden: Use of external IPs is denied by admission control',
  );
});

Deno.test("podTopologyLabels tells a pod where its node is", async () => {
  await using server = await startHarness();
  const zone = "topology.kubernetes.io/zone";
  await make(server, "/api/v1/nodes", {
    metadata: { name: "n", labels: { [zone]: "z1", other: "x" } },
  });
  await make(server, PODS, pod("a", { metadata: { labels: { app: "a" } } }));
  await make(server, `${PODS}/a/binding`, {
    metadata: { name: "a" },
    target: { kind: "Node", name: "n" },
  });
  const { metadata } = await server.json("GET", `${PODS}/a`);
  assert.deepEqual(metadata.labels, { app: "a", [zone]: "z1" });
});

Deno.test("taintNodesByCondition keeps pods away from a new node", async () => {
  await using server = await startHarness();
  const own = { key: "gpu", effect: "NoExecute" };
  const { spec } = await make(server, "/api/v1/nodes", {
    metadata: { name: "n" },
    spec: { taints: [own] },
  });
  assert.deepEqual(spec.taints, [
    own,
    { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" },
  ]);
});
