import assert from "node:assert/strict";
import { Registry } from "../../api/registry.ts";
import { deploymentOf, podOf, serviceOf, type Workload } from "./workload.ts";

const PLAIN: Workload = {
  name: "hello",
  namespace: "shop",
  image: "registry.wherry.internal/hello:1",
  runtimeClass: "deno",
  replicas: 3,
  port: { port: 80, containerPort: 8080 },
  serviceType: "ClusterIP",
  env: [],
  envFrom: [],
  labels: {},
  annotations: {},
  command: [],
  args: [],
  limits: {},
  requests: {},
  volumes: [],
  nodeSelector: {},
  restart: "Always",
  quick: false,
};

Deno.test("deploymentOf() and serviceOf() belong together", () => {
  const { spec, metadata } = deploymentOf(PLAIN);
  const service = serviceOf(PLAIN)!;
  assert.equal(metadata.namespace, "shop");
  assert.equal(spec.replicas, 3);
  assert.deepEqual(spec.selector.matchLabels, { run: "hello" });
  assert.deepEqual(spec.template.metadata?.labels, { run: "hello" });
  assert.deepEqual(service.spec.selector, { run: "hello" });
  assert.equal(service.spec.ports?.[0]?.port, 80);
  assert.equal(service.spec.ports?.[0]?.targetPort, 8080);
  const [container] = spec.template.spec.containers;
  assert.equal(container?.startupProbe?.tcpSocket?.port, 8080);
  assert.equal(serviceOf({ ...PLAIN, port: undefined! }), undefined);
});

Deno.test("deploymentOf() says nothing that was not asked for", () => {
  const bare: Record<string, unknown> = { ...PLAIN };
  delete bare["port"];
  const { spec } = deploymentOf(bare as unknown as Workload);
  assert.deepEqual(JSON.parse(JSON.stringify(spec.template)), {
    metadata: { labels: { run: "hello" } },
    spec: {
      runtimeClassName: "deno",
      containers: [{
        name: "hello",
        image: PLAIN.image,
        env: [{
          name: "POD_NAME",
          valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
        }],
      }],
    },
  });
});

Deno.test("what a workload becomes is what the API takes", () => {
  const full: Workload = {
    ...PLAIN,
    env: [{ name: "POD_NAME", value: "mine" }],
    envFrom: [{ secretRef: { name: "s" } }],
    labels: { tier: "web" },
    annotations: { "wherry.dev/allow-net": "none" },
    command: ["a"],
    args: ["b"],
    limits: { memory: "64Mi" },
    requests: { cpu: "10m" },
    volumes: [{
      volume: { name: "v", emptyDir: {} },
      mount: { name: "v", mountPath: "/v" },
    }],
    nodeSelector: { zone: "a" },
    serviceType: "NodePort",
    port: { port: 80, containerPort: 8080, nodePort: 30080 },
    quick: true,
  };
  const registry = new Registry();
  const objects = [
    deploymentOf(full),
    serviceOf(full)!,
    podOf({
      ...full,
      restart: "Never",
    }),
  ];
  for (const object of objects) {
    const [version = "", group = ""] = object.apiVersion!.split("/").reverse();
    const kind = [...registry.all].find((kind) =>
      kind.kind === object.kind && kind.group === group &&
      kind.version === version
    );
    assert.ok(kind, object.kind);
    const { object: decoded, unknownFields } = kind.schema.decode(object);
    assert.ok(decoded, object.kind);
    assert.deepEqual(unknownFields, [], object.kind);
  }
  const [container] = deploymentOf(full).spec.template.spec.containers;
  assert.deepEqual(container?.env, [{ name: "POD_NAME", value: "mine" }]);
  assert.equal(container?.startupProbe, undefined);
});

Deno.test("podOf() is no part of a service of the same name", () => {
  const { metadata, spec } = podOf({ ...PLAIN, restart: "Never" });
  assert.deepEqual(metadata.labels, { "run-once": "hello" });
  assert.equal(spec.restartPolicy, "Never");
});
