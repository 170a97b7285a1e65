import assert from "node:assert/strict";
import { type Harness, pod, startHarness } from "../testing/harness.ts";

const SPACE = "/api/v1/namespaces/default";

async function withLimits(limits: object[]): Promise<Harness> {
  const server = await startHarness();
  await server.json("POST", `${SPACE}/limitranges`, {
    body: { metadata: { name: "limits" }, spec: { limits } },
  });
  return server;
}

function sized(name: string, resources: object, spec: object = {}) {
  return pod(name, {
    spec: { containers: [{ name: "c", image: "a", resources }], ...spec },
  });
}

Deno.test("limitRanger fills in what containers do not name, and tells", async () => {
  await using server = await withLimits([{
    type: "Container",
    default: { cpu: "1", memory: "1Gi" },
    defaultRequest: { cpu: "100m" },
  }]);
  const { spec, metadata } = await server.json("POST", `${SPACE}/pods`, {
    body: sized("a", { limits: { memory: "2Gi" } }, {
      initContainers: [{ name: "i", image: "a" }],
    }),
  });
  assert.deepEqual(spec.containers[0].resources, {
    limits: { cpu: "1", memory: "2Gi" },
    requests: { cpu: "100m", memory: "2Gi" },
  });
  assert.deepEqual(spec.initContainers[0].resources, {
    limits: { cpu: "1", memory: "1Gi" },
    requests: { cpu: "100m", memory: "1Gi" },
  });
  assert.equal(
    metadata.annotations["kubernetes.io/limit-ranger"],
    "LimitRanger plugin set: cpu request for container c; cpu limit for container c; cpu, memory request for init container i; cpu, memory limit for init container i",
  );
});

Deno.test("limitRanger refuses what is out of bounds, in Kubernetes' words", async () => {
  await using server = await withLimits([
    {
      type: "Container",
      min: { cpu: "100m" },
      max: { memory: "1Gi" },
      maxLimitRequestRatio: { cpu: "2" },
    },
    { type: "Pod", max: { cpu: "2" } },
  ]);
  const refusal = async (resources: object, spec: object = {}) => {
    const { message } = await server.json("POST", `${SPACE}/pods`, {
      body: sized("a", resources, spec),
      status: 403,
    });
    return message;
  };
  const good = {
    requests: { cpu: "1", memory: "1Gi" },
    limits: { cpu: "2", memory: "1Gi" },
  };
  assert.equal(
    await refusal({ ...good, requests: { cpu: "50m", memory: "1Gi" } }),
    'pods "a" is forbidden: [minimum cpu usage per Container is 100m, but request is 50m, cpu max limit to request ratio per Container is 2, but provided ratio is 40.000000]',
  );
  assert.equal(
    await refusal({ ...good, limits: { cpu: "2", memory: "2Gi" } }),
    'pods "a" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi',
  );
  assert.equal(
    await refusal({ requests: { cpu: "100m", memory: "1Gi" } }),
    'pods "a" is forbidden: [cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0, maximum cpu usage per Pod is 2.  No limit is specified]',
  );
  const two = ["a", "b"].map((name) => ({ name, image: "a", resources: good }));
  assert.equal(
    await refusal({}, { containers: two }),
    'pods "a" is forbidden: maximum cpu usage per Pod is 2, but limit is 4',
  );
  await server.json("POST", `${SPACE}/pods`, { body: sized("a", good) });
});

Deno.test("limitRanger holds claims to their bounds", async () => {
  await using server = await withLimits([{
    type: "PersistentVolumeClaim",
    min: { storage: "1Gi" },
    max: { storage: "2Gi" },
  }]);
  const claim = (storage: string) => ({
    metadata: { name: "c" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage } },
    },
  });
  const path = `${SPACE}/persistentvolumeclaims`;
  const large = await server.json("POST", path, {
    body: claim("3Gi"),
    status: 403,
  });
  assert.equal(
    large.message,
    'persistentvolumeclaims "c" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
  );
  const small = await server.json("POST", path, {
    body: claim("1Mi"),
    status: 403,
  });
  assert.equal(
    small.message,
    'persistentvolumeclaims "c" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
  );
  const made = await server.json("POST", path, { body: claim("2Gi") });
  assert.deepEqual(made.metadata.finalizers, ["kubernetes.io/pvc-protection"]);
});
