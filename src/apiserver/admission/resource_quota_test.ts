import assert from "node:assert/strict";
import {
  configMap,
  type Harness,
  pod,
  startHarness,
} from "../testing/harness.ts";

const SPACE = "/api/v1/namespaces/default";

async function withQuota(spec: object): Promise<Harness> {
  const server = await startHarness();
  await makeQuota(server, "q", spec);
  return server;
}

function makeQuota(server: Harness, name: string, spec: object) {
  return server.json("POST", `${SPACE}/resourcequotas`, {
    body: { metadata: { name }, spec },
  });
}

async function usedOf(server: Harness, name = "q") {
  const quota = await server.json("GET", `${SPACE}/resourcequotas/${name}`);
  return quota.status.used;
}

function sized(name: string, resources: object, spec: object = {}) {
  return pod(name, {
    spec: { containers: [{ name: "c", image: "a", resources }], ...spec },
  });
}

Deno.test("resourceQuota counts what there is when it is made, and what comes and goes after", async () => {
  await using server = await startHarness();
  await server.json("POST", `${SPACE}/configmaps`, { body: configMap("a") });
  const made = await makeQuota(server, "q", {
    hard: { "count/configmaps": "2", configmaps: "3", resourcequotas: "1" },
  });
  assert.deepEqual(made.status, {
    hard: { "count/configmaps": "2", configmaps: "3", resourcequotas: "1" },
    used: { "count/configmaps": "1", configmaps: "1", resourcequotas: "1" },
  });
  await server.json("POST", `${SPACE}/configmaps`, { body: configMap("b") });
  const refused = await server.json("POST", `${SPACE}/configmaps`, {
    body: configMap("c"),
    status: 403,
  });
  assert.equal(
    refused.message,
    'configmaps "c" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=2, limited: count/configmaps=2',
  );
  await server.json("DELETE", `${SPACE}/configmaps/b`);
  assert.equal((await usedOf(server))["count/configmaps"], "1");
  await server.json("POST", `${SPACE}/configmaps`, { body: configMap("c") });
  const second = await server.ask("POST", `${SPACE}/resourcequotas`, {
    body: { metadata: { name: "q2" }, spec: { hard: {} } },
  });
  assert.equal(second.status, 403);
  await second.body?.cancel();
});

Deno.test("resourceQuota counts anew when its limits change", async () => {
  await using server = await withQuota({ hard: { configmaps: "5" } });
  await server.json("POST", `${SPACE}/configmaps`, { body: configMap("a") });
  const { status } = await server.json("PATCH", `${SPACE}/resourcequotas/q`, {
    body: { spec: { hard: { "count/configmaps": "1", "secrets": "4" } } },
  });
  assert.deepEqual(status.used, {
    configmaps: "1",
    "count/configmaps": "1",
    secrets: "0",
  });
});

Deno.test("resourceQuota changes nothing on a dry run, but refuses", async () => {
  await using server = await withQuota({ hard: { configmaps: "1" } });
  const dry = `${SPACE}/configmaps?dryRun=All`;
  await server.json("POST", dry, { body: configMap("a") });
  assert.deepEqual(await usedOf(server), { configmaps: "0" });
  await server.json("POST", `${SPACE}/configmaps`, { body: configMap("a") });
  await server.json("POST", dry, { body: configMap("b"), status: 403 });
  await server.json("DELETE", `${SPACE}/configmaps/a?dryRun=All`);
  assert.deepEqual(await usedOf(server), { configmaps: "1" });
});

Deno.test("resourceQuota counts what pods reserve, until they are over", async () => {
  await using server = await withQuota({
    hard: {
      pods: "2",
      "requests.cpu": "1",
      "limits.memory": "1Gi",
      "count/pods": "5",
    },
  });
  const path = `${SPACE}/pods`;
  const wish = { requests: { cpu: "600m" }, limits: { memory: "512Mi" } };
  await server.json("POST", path, { body: sized("a", wish) });
  assert.deepEqual(await usedOf(server), {
    pods: "1",
    "requests.cpu": "600m",
    "limits.memory": "512Mi",
    "count/pods": "1",
  });
  const refused = await server.json("POST", path, {
    body: sized("b", wish),
    status: 403,
  });
  assert.equal(
    refused.message,
    'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
  );
  const silent = await server.json("POST", path, {
    body: pod("b"),
    status: 403,
  });
  assert.equal(
    silent.message,
    'pods "b" is forbidden: failed quota: q: must specify limits.memory for: main; requests.cpu for: main',
  );
  await server.json("PATCH", `${path}/a/status`, {
    body: { status: { phase: "Succeeded" } },
  });
  assert.deepEqual(await usedOf(server), {
    pods: "0",
    "requests.cpu": "0",
    "limits.memory": "0",
    "count/pods": "1",
  });
  await server.json("POST", path, { body: sized("b", wish) });
});

Deno.test("resourceQuota counts within its scopes alone", async () => {
  await using server = await startHarness();
  await makeQuota(server, "best", {
    hard: { pods: "1" },
    scopes: ["BestEffort"],
  });
  await makeQuota(server, "short", {
    hard: { pods: "5" },
    scopes: ["Terminating", "NotBestEffort"],
  });
  await makeQuota(server, "high", {
    hard: { pods: "5" },
    scopeSelector: {
      matchExpressions: [{
        scopeName: "PriorityClass",
        operator: "In",
        values: ["system-node-critical"],
      }],
    },
  });
  await makeQuota(server, "cross", {
    hard: { pods: "5" },
    scopes: ["CrossNamespacePodAffinity"],
  });
  const counts = async () => {
    const names = ["best", "short", "high", "cross"];
    const all = await Promise.all(names.map((name) => usedOf(server, name)));
    return all.map(({ pods }) => Number(pods));
  };
  const path = `${SPACE}/pods`;
  await server.json("POST", path, { body: pod("a") });
  assert.deepEqual(await counts(), [1, 0, 0, 0]);
  const wish = { requests: { cpu: "1" } };
  await server.json("POST", path, {
    body: sized("b", wish, { activeDeadlineSeconds: 60 }),
  });
  assert.deepEqual(await counts(), [1, 1, 0, 0]);
  const term = {
    topologyKey: "kubernetes.io/hostname",
    labelSelector: {},
    namespaces: ["other"],
  };
  await server.json("POST", path, {
    body: sized("c", wish, {
      priorityClassName: "system-node-critical",
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [term],
        },
      },
    }),
  });
  assert.deepEqual(await counts(), [1, 1, 1, 1]);
  await server.json("POST", path, { body: pod("d"), status: 403 });
  // A deadline brings a pod into the scope of another quota.
  await server.json("PATCH", `${path}/c`, {
    body: { spec: { activeDeadlineSeconds: 60 } },
  });
  assert.deepEqual(await counts(), [1, 2, 1, 1]);
});

Deno.test("resourceQuota counts services' ports and claims' storage by class", async () => {
  await using server = await withQuota({
    hard: {
      services: "4",
      "services.nodeports": "3",
      "services.loadbalancers": "1",
      "requests.storage": "10Gi",
      "gold.storageclass.storage.k8s.io/requests.storage": "3Gi",
      "gold.storageclass.storage.k8s.io/persistentvolumeclaims": "2",
    },
  });
  const service = (name: string, type: string, more: object = {}) => ({
    metadata: { name },
    spec: {
      type,
      ports: [{ name: "a", port: 80 }, { name: "b", port: 81 }],
      ...more,
    },
  });
  const services = `${SPACE}/services`;
  await server.json("POST", services, { body: service("a", "NodePort") });
  await server.json("POST", services, {
    body: service("b", "LoadBalancer", {
      allocateLoadBalancerNodePorts: false,
    }),
  });
  const { message } = await server.json("POST", services, {
    body: service("c", "LoadBalancer"),
    status: 403,
  });
  assert.equal(
    message,
    'services "c" is forbidden: exceeded quota: q, requested: services.loadbalancers=1,services.nodeports=2, used: services.loadbalancers=1,services.nodeports=2, limited: services.loadbalancers=1,services.nodeports=3',
  );
  // A change of type counts as well.
  await server.json("PATCH", `${services}/a`, {
    body: { spec: { type: "ClusterIP" } },
  });
  assert.equal((await usedOf(server))["services.nodeports"], "0");

  const claim = (name: string, storage: string) => ({
    metadata: { name },
    spec: {
      storageClassName: "gold",
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage } },
    },
  });
  const claims = `${SPACE}/persistentvolumeclaims`;
  await server.json("POST", claims, { body: claim("a", "2Gi") });
  await server.json("POST", claims, { body: claim("b", "2Gi"), status: 403 });
  const used = await usedOf(server);
  assert.equal(
    used["gold.storageclass.storage.k8s.io/requests.storage"],
    "2Gi",
  );
  assert.equal(used["requests.storage"], "2Gi");
});

Deno.test("resourceQuota gives back what goes by its last finalizer", async () => {
  await using server = await withQuota({ hard: { configmaps: "1" } });
  await server.json("POST", `${SPACE}/configmaps`, {
    body: {
      ...configMap("a"),
      metadata: { name: "a", finalizers: ["example.org/x"] },
    },
  });
  await server.json("DELETE", `${SPACE}/configmaps/a`);
  assert.deepEqual(await usedOf(server), { configmaps: "1" });
  await server.json("PATCH", `${SPACE}/configmaps/a`, {
    body: { metadata: { finalizers: null } },
  });
  assert.deepEqual(await usedOf(server), { configmaps: "0" });
});

Deno.test("resizes of pods meet quota, limits and the size of the node", async () => {
  await using server = await withQuota({ hard: { "requests.cpu": "2" } });
  await server.json("POST", "/api/v1/nodes", {
    body: { metadata: { name: "n" } },
  });
  await server.json("PATCH", "/api/v1/nodes/n/status", {
    body: { status: { allocatable: { cpu: "3", memory: "1Gi" } } },
  });
  await server.json("POST", `${SPACE}/pods`, {
    body: sized("a", { requests: { cpu: "1" } }, { nodeName: "n" }),
  });
  const resize = (cpu: string, status: number) =>
    server.json("PATCH", `${SPACE}/pods/a/resize`, {
      body: {
        spec: { containers: [{ name: "c", resources: { requests: { cpu } } }] },
      },
      headers: { "content-type": "application/strategic-merge-patch+json" },
      status,
    });
  await resize("1500m", 200);
  assert.deepEqual(await usedOf(server), { "requests.cpu": "1500m" });
  assert.equal(
    (await resize("2500m", 403)).message,
    'pods "a" is forbidden: exceeded quota: q, requested: requests.cpu=1, used: requests.cpu=1500m, limited: requests.cpu=2',
  );
  const large = await resize("4", 403);
  assert.equal(
    large.message,
    'pods "a" is forbidden: node didn\'t have enough allocatable resources: cpu, requested: 4000, allocatable: 3000',
  );
  assert.deepEqual(large.details.causes, [{ reason: "NodeCapacity" }]);
  await server.json("POST", `${SPACE}/limitranges`, {
    body: {
      metadata: { name: "l" },
      spec: { limits: [{ type: "Pod", min: { cpu: "1" } }] },
    },
  });
  assert.equal(
    (await resize("500m", 403)).message,
    'pods "a" is forbidden: minimum cpu usage per Pod is 1, but request is 500m',
  );
});

Deno.test("who is refused by a quota is warned all the same", async () => {
  await using server = await withQuota({ hard: { pods: "0" } });
  await server.json("PATCH", "/api/v1/namespaces/default", {
    body: {
      metadata: { labels: { "pod-security.kubernetes.io/warn": "baseline" } },
    },
  });
  const answer = await server.ask("POST", `${SPACE}/pods`, {
    body: pod("a", { spec: { hostPID: true } }),
  });
  await answer.body?.cancel();
  assert.equal(answer.status, 403);
  assert.match(answer.headers.get("warning") ?? "", /hostPID=true/);
});

Deno.test("resourceQuota counts devices by class, the most that a claim can get", async () => {
  const [gpus, nics] = ["gpu", "nic"].map((name) =>
    `${name}.deviceclass.resource.k8s.io/devices`
  );
  await using server = await withQuota({
    hard: { [gpus!]: "6", [nics!]: "40" },
  });
  const claims = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims";
  const exactly = (count: number) => ({
    metadata: { name: `c${count}` },
    spec: {
      devices: {
        requests: [{ name: "r", exactly: { deviceClassName: "gpu", count } }],
      },
    },
  });
  await server.json("POST", claims, { body: exactly(2) });
  await server.json("POST", claims, {
    body: {
      metadata: { name: "either" },
      spec: {
        devices: {
          requests: [{
            name: "r",
            firstAvailable: [
              { name: "a", deviceClassName: "gpu", count: 3 },
              { name: "b", deviceClassName: "gpu", count: 1 },
              { name: "c", deviceClassName: "nic", allocationMode: "All" },
            ],
          }],
        },
      },
    },
  });
  assert.deepEqual(await usedOf(server), { [gpus!]: "5", [nics!]: "32" });
  assert.match(
    (await server.json("POST", claims, { body: exactly(4), status: 403 }))
      .message,
    /exceeded quota: q, requested: gpu.*=4, used: gpu.*=5, limited: gpu.*=6$/,
  );
});
