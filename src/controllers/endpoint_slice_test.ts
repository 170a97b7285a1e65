import assert from "node:assert/strict";
import {
  ENDPOINT_SLICES,
  ENDPOINTS,
  NODES,
  SERVICES,
} from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { BY_NAMESPACE } from "../loop/owners.ts";
import { podInformer } from "../loop/shared_informers.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import {
  BY_SERVICE,
  EndpointSliceReconciler,
  serviceOfSlice,
} from "./endpoint_slice.ts";
import { EndpointsReconciler } from "./endpoints.ts";
import { servicesOfPod } from "./service_pods.ts";

const PODS = "/api/v1/namespaces/shop/pods";
const SVC = "/api/v1/namespaces/shop/services";

function wire({ host, client, manager }: Bench): void {
  const services = manager.informer(SERVICES, {
    indexes: { [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace ?? ""] },
  });
  const pods = podInformer(manager);
  const nodes = manager.informer(NODES);
  const slices = manager.informer(ENDPOINT_SLICES, {
    indexes: { [BY_SERVICE]: serviceOfSlice },
  });
  const endpoints = manager.informer(ENDPOINTS);
  const sliced = new EndpointSliceReconciler({
    client,
    services,
    pods,
    nodes,
    slices,
  });
  manager.add(
    new Controller(host, sliced).watch(services)
      .watch(pods, (change) => servicesOfPod(change, services))
      .watch(slices, (change) => sliced.keysOfSlice(change)),
  );
  manager.add(
    new Controller(
      host,
      new EndpointsReconciler({ client, services, pods, endpoints }),
    )
      .watch(services).watch(endpoints)
      .watch(pods, (change) => servicesOfPod(change, services)),
  );
}

function service(api: FakeApi, spec: Record<string, unknown> = {}): void {
  api.put(SVC, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", uid: "svc-uid", labels: { team: "a" } },
    spec: {
      selector: { app: "web" },
      clusterIP: "10.43.0.9",
      ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }],
      ...spec,
    },
  });
}

function pod(
  api: FakeApi,
  name: string,
  ip: string,
  { ready = true, port = 8080 } = {},
): void {
  api.put(PODS, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, uid: `uid-${name}`, labels: { app: "web" } },
    spec: {
      nodeName: "n1",
      containers: [{
        name: "c",
        ports: [{ name: "http", containerPort: port }],
      }],
    },
    status: {
      phase: "Running",
      podIP: ip,
      podIPs: [{ ip }],
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
    },
  });
}

const slices = (api: FakeApi) => api.objects("endpointslices");

/** `10.42.0.1 ready serving`, sorted. */
function told(api: FakeApi): string[] {
  return slices(api).flatMap(({ endpoints }) =>
    endpoints.map((
      { addresses, conditions }: {
        addresses: string[];
        conditions: Record<string, boolean>;
      },
    ) =>
      [
        addresses[0],
        ...Object.keys(conditions).filter((key) => conditions[key]),
      ].join(" ")
    )
  ).sort();
}

Deno.test("EndpointSliceReconciler tells each pod behind a service, and writes nothing the second time", () =>
  withBench(wire, async ({ host, api, writes }) => {
    api.put("/api/v1/nodes", {
      metadata: { name: "n1", labels: { "topology.kubernetes.io/zone": "z1" } },
      spec: {},
    });
    service(api);
    pod(api, "a", "10.42.0.1");
    await host.settle();
    const [slice] = slices(api);
    assert.match(slice.metadata.name, /^web-/);
    assert.deepEqual(slice.metadata.labels, {
      team: "a",
      "kubernetes.io/service-name": "web",
      "endpointslice.kubernetes.io/managed-by":
        "endpointslice-controller.k8s.io",
    });
    assert.equal(slice.metadata.ownerReferences[0].uid, "svc-uid");
    assert.equal(slice.addressType, "IPv4");
    assert.deepEqual(slice.ports, [{
      name: "http",
      port: 8080,
      protocol: "TCP",
    }]);
    assert.deepEqual(slice.endpoints, [{
      addresses: ["10.42.0.1"],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef: { kind: "Pod", namespace: "shop", name: "a", uid: "uid-a" },
      nodeName: "n1",
      zone: "z1",
    }]);
    const [{ subsets, metadata }] = api.objects("endpoints");
    assert.equal(metadata.name, "web");
    assert.deepEqual(subsets, [{
      addresses: [{
        ip: "10.42.0.1",
        nodeName: "n1",
        targetRef: { kind: "Pod", namespace: "shop", name: "a", uid: "uid-a" },
      }],
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    }]);
    writes();
    // The objects change, what endpoints tell of them does not.
    api.change(
      `${SVC}/web`,
      (object) => object.metadata.annotations = { a: "b" },
    );
    api.change(`${PODS}/a`, (object) => object.status.message = "busy");
    await host.advance(60_000);
    assert.deepEqual(writes(), []);
  }));

Deno.test("EndpointSliceReconciler has no ready endpoint of a pod from the moment that it is leaving", () =>
  withBench(wire, async ({ host, api }) => {
    service(api);
    pod(api, "a", "10.42.0.1");
    pod(api, "b", "10.42.0.2");
    pod(api, "c", "10.42.0.3", { ready: false });
    await host.settle();
    assert.deepEqual(told(api), [
      "10.42.0.1 ready serving",
      "10.42.0.2 ready serving",
      "10.42.0.3",
    ]);
    assert.equal(
      api.objects("endpoints")[0].subsets[0].notReadyAddresses[0].ip,
      "10.42.0.3",
    );
    api.change(
      `${PODS}/a`,
      (object) => object.metadata.deletionTimestamp = "2026-01-01T00:00:00Z",
    );
    await host.settle();
    assert.deepEqual(told(api), [
      "10.42.0.1 serving terminating",
      "10.42.0.2 ready serving",
      "10.42.0.3",
    ]);
    assert.deepEqual(
      api.objects("endpoints")[0].subsets[0].addresses.map((
        { ip }: { ip: string },
      ) => ip),
      ["10.42.0.2"],
    );
    api.remove(`${PODS}/a`);
    api.change(`${PODS}/b`, (object) => object.status.phase = "Failed");
    await host.settle();
    assert.deepEqual(told(api), ["10.42.0.3"]);
  }));

Deno.test("EndpointSliceReconciler tells unready pods as ready when the service publishes them", () =>
  withBench(wire, async ({ host, api }) => {
    service(api, { publishNotReadyAddresses: true });
    pod(api, "a", "10.42.0.1", { ready: false });
    await host.settle();
    assert.deepEqual(told(api), ["10.42.0.1 ready"]);
    assert.equal(
      api.objects("endpoints")[0].subsets[0].addresses[0].ip,
      "10.42.0.1",
    );
  }));

Deno.test("EndpointSliceReconciler makes slices of at most 100, and changes only those that it must", () =>
  withBench(wire, async ({ host, api, writes }) => {
    for (let i = 0; i < 250; i++) {
      pod(api, `p${i}`, `10.42.${i >> 7}.${i & 127}`);
    }
    service(api);
    await host.settle();
    const sizes = () =>
      slices(api).map(({ endpoints }) => endpoints.length).sort();
    assert.deepEqual(sizes(), [100, 100, 50]);
    writes();
    api.change(
      `${PODS}/p7`,
      (object) => object.status.conditions[0].status = "False",
    );
    await host.settle();
    assert.equal(
      writes().filter((write) => write.includes("endpointslices")).length,
      1,
    );
    pod(api, "late", "10.42.9.9");
    await host.settle();
    assert.equal(
      writes().filter((write) => write.includes("endpointslices")).length,
      1,
    );
    assert.deepEqual(sizes(), [100, 100, 51]);
  }));

Deno.test("EndpointSliceReconciler keeps pods with another named port in a slice of their own", () =>
  withBench(wire, async ({ host, api }) => {
    service(api);
    pod(api, "a", "10.42.0.1");
    pod(api, "b", "10.42.0.2", { port: 9090 });
    await host.settle();
    assert.deepEqual(
      slices(api).map((
        { ports, endpoints },
      ) => [ports[0].port, endpoints[0].addresses[0]]).sort(),
      [[8080, "10.42.0.1"], [9090, "10.42.0.2"]],
    );
    assert.equal(api.objects("endpoints")[0].subsets.length, 2);
  }));

Deno.test("EndpointSliceReconciler keeps one empty slice while a service has no pods, and writes over it", () =>
  withBench(wire, async ({ host, api, writes }) => {
    service(api, { clusterIP: "None" });
    await host.settle();
    assert.deepEqual(
      slices(api).map(({ endpoints, ports }) => ({ endpoints, ports })),
      [
        { endpoints: [], ports: [] },
      ],
    );
    assert.equal(
      slices(api)[0].metadata.labels["service.kubernetes.io/headless"],
      "",
    );
    writes();
    pod(api, "a", "10.42.0.1");
    await host.settle();
    assert.equal(slices(api).length, 1);
    assert.deepEqual(told(api), ["10.42.0.1 ready serving"]);
    api.remove(`${PODS}/a`);
    await host.settle();
    assert.equal(slices(api).length, 1);
    assert.ok(!writes().some((write) => /^(POST|DELETE) .*slices/.test(write)));
  }));

Deno.test("EndpointSliceReconciler puts right what others change, and makes no second slice while its cache is late", () =>
  withBench(wire, async ({ host, api }) => {
    service(api);
    pod(api, "a", "10.42.0.1");
    await host.settle();
    const path = `/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/${
      slices(api)[0].metadata.name
    }`;
    api.change(path, (slice) => slice.endpoints = []);
    await host.settle();
    assert.deepEqual(told(api), ["10.42.0.1 ready serving"]);
    api.remove(path);
    api.holdEvents();
    await host.settle();
    api.change(
      `${PODS}/a`,
      (object) => object.status.conditions[0].status = "False",
    );
    api.releaseEvents();
    await host.advance(10_000);
    assert.equal(slices(api).length, 1);
    assert.deepEqual(told(api), ["10.42.0.1"]);
  }));

Deno.test("EndpointSliceReconciler makes no second slice before its cache shows the first", () =>
  withBench(wire, async ({ host, api }) => {
    api.holdEvents("endpointslices");
    service(api);
    await host.settle();
    for (const name of ["a", "b", "c"]) {
      pod(api, name, `10.42.0.${name.charCodeAt(0)}`);
      await host.settle();
    }
    assert.equal(slices(api).length, 1);
    api.releaseEvents();
    await host.advance(10_000);
    assert.equal(slices(api).length, 1);
    assert.equal(told(api).length, 3);
    assert.equal(host.timers, 0);
  }));

Deno.test("EndpointSliceReconciler leaves services without selector and those of other names alone", () =>
  withBench(wire, async ({ host, api, writes }) => {
    service(api, { selector: {} });
    await host.settle();
    service(api, { type: "ExternalName", externalName: "example.org" });
    await host.settle();
    assert.deepEqual(writes(), []);
  }));

Deno.test("EndpointsReconciler deletes its object with the service, and only its own", () =>
  withBench(wire, async ({ host, api }) => {
    service(api);
    api.put("/api/v1/namespaces/shop/endpoints", {
      metadata: { name: "mine" },
      subsets: [],
    });
    await host.settle();
    assert.equal(api.objects("endpoints").length, 2);
    api.remove(`${SVC}/web`);
    await host.settle();
    assert.deepEqual(
      api.objects("endpoints").map(({ metadata }) => metadata.name),
      ["mine"],
    );
  }));
