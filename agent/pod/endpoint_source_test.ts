import assert from "node:assert/strict";
import type { EndpointSlice } from "../../src/api/discovery/endpoint_slice.ts";
import type { Service } from "../../src/api/core/service.ts";
import { PodBench } from "../testing/pod_bench.ts";
import { NodeEndpoints } from "./endpoint_source.ts";

const SERVICE: Service = {
  metadata: { name: "web", namespace: "default" },
  spec: {
    clusterIP: "10.43.0.10",
    selector: { app: "web" },
    ports: [{ name: "http", port: 80, targetPort: "http" }],
  },
};

function slice(
  endpoints: EndpointSlice["endpoints"],
): EndpointSlice {
  return {
    metadata: {
      name: "web-1",
      namespace: "default",
      labels: { "kubernetes.io/service-name": "web" },
    },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints,
  };
}

Deno.test("endpoints() trusts the node for its own pods and the slices for the others", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web", {
    containers: [{
      name: "app",
      image: "web",
      ports: [{ name: "http", containerPort: 8081 }],
    }],
  }, { labels: { app: "web" } });
  await bench.host.advance(200);
  const ip = bench.pod("web")!.status!.podIP!;
  const endpoints = new NodeEndpoints({
    node: "node-1",
    services: () => [SERVICE],
    slices: () => [
      slice([
        // An address that the pod had before a power cut.
        { addresses: ["10.42.0.200"], nodeName: "node-1" },
        { addresses: ["10.42.1.3"], nodeName: "node-2" },
        {
          addresses: ["10.42.1.4"],
          nodeName: "node-2",
          conditions: { ready: false },
        },
      ]),
    ],
    records: () => bench.manager.records(),
  });
  const [port] = endpoints.endpoints("default/web");
  assert.deepEqual(port!.endpoints, [
    { ip, port: 8081 },
    { ip: "10.42.1.3", port: 8080 },
  ]);
  // The wish to end counts at once, before anything is stopped or reported.
  await bench.deletePod("web");
  assert.deepEqual(endpoints.endpoints("default/web")[0]!.endpoints, [
    { ip: "10.42.1.3", port: 8080 },
  ]);
  await bench.stop();
});

Deno.test("onChange() calls back when an endpoint may have changed, and not for whatever else happens to a pod", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web", {
    containers: [{ name: "app", image: "web" }],
  }, { labels: { app: "web" } });
  await bench.host.advance(200);
  const [record] = bench.manager.records();
  const endpoints = new NodeEndpoints({
    node: "node-1",
    services: () => [SERVICE],
    slices: () => [],
    records: () => bench.manager.records(),
  });
  let calls = 0;
  using _listening = endpoints.onChange(() => calls++);
  const after = async (change: () => void): Promise<number> => {
    calls = 0;
    change();
    await bench.host.advance(0);
    return calls;
  };
  const pod = record!.pod;
  const withLabels = (labels: Record<string, string>) => ({
    ...pod,
    metadata: { ...pod.metadata, labels },
  });
  const changed = () => endpoints.podChanged(record!);
  assert.equal(await after(changed), 1); // it is new
  assert.equal(await after(changed), 0);
  assert.equal(
    await after(() => {
      record!.setPod(withLabels({ app: "other" }));
      changed();
    }),
    1,
  );
  assert.equal(await after(() => endpoints.podChanged()), 1);
  assert.equal(await after(() => endpoints.clusterChanged()), 1);
  assert.equal(await after(changed), 0);
  assert.equal(
    await after(() => {
      record!.setRemoved();
      changed();
    }),
    1,
  );
  await bench.stop();
});
