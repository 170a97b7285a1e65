import assert from "node:assert/strict";
import { Stopped } from "../../src/base/errors.ts";
import { RestClient } from "../../src/client/rest_client.ts";
import { FakeApi } from "../../src/testing/fake_api.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import type { NodeFactsInput } from "./node_status.ts";
import { NodeRegistration } from "./register.ts";

const PATH = "/api/v1/nodes/n1";

function factsWith(overrides: Partial<NodeFactsInput> = {}): NodeFactsInput {
  return {
    name: "n1",
    machine: {
      cpus: 4,
      memoryBytes: 8 * 1024 ** 3,
      storageBytes: 100 * 1000 ** 3,
      machineId: "m",
      systemUuid: "s",
      bootId: "b",
      kernelVersion: "6.1",
      osImage: "Debian",
      os: "linux",
      arch: "arm64",
      hostname: "host",
    },
    address: "192.0.2.1",
    maxPods: 110,
    runtimes: [{ name: "wasmtime", ready: true, version: "wasmtime://48.0.0" }],
    networkReady: true,
    images: [],
    labels: { room: "kitchen" },
    ...overrides,
  };
}

function startBench() {
  const host = new VirtualHost();
  const api = new FakeApi(host);
  const stop = new AbortController();
  const state = { facts: factsWith() };
  const registration = new NodeRegistration(host, {
    client: new RestClient(api),
    facts: () => Promise.resolve(state.facts),
    observed: () => api.object(PATH),
  });
  const bench = {
    host,
    api,
    state,
    registration,
    condition: (type: string) =>
      api.object(PATH)?.status.conditions.find((condition: { type: string }) =>
        condition.type === type
      ),
    stop: () => stop.abort(new Stopped("The test is over")),
  };
  host.spawn("register", () => registration.run(stop.signal));
  return bench;
}

Deno.test("run() creates the Node with labels and status as kubelet does, and writes nothing more", async () => {
  const bench = startBench();
  await bench.host.settle();
  bench.registration.changed();
  await bench.host.settle();
  const node = bench.api.object(PATH);
  assert.deepEqual(node.metadata.labels, {
    "beta.kubernetes.io/arch": "arm64",
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": "arm64",
    "kubernetes.io/hostname": "n1",
    "kubernetes.io/os": "linux",
    "wherry.dev/runtime-wasmtime": "true",
    room: "kitchen",
  });
  assert.deepEqual(node.status.capacity, {
    cpu: "4",
    "ephemeral-storage": "97656250Ki",
    memory: "8388608Ki",
    pods: "110",
  });
  assert.equal(node.status.allocatable.memory, "8286208Ki");
  assert.equal(bench.condition("Ready").status, "True");
  assert.equal(bench.condition("Ready").reason, "KubeletReady");
  assert.equal(bench.condition("DiskPressure").status, "False");
  assert.deepEqual(node.status.addresses, [
    { type: "InternalIP", address: "192.0.2.1" },
    { type: "Hostname", address: "n1" },
  ]);
  assert.equal(
    node.status.nodeInfo.containerRuntimeVersion,
    "wasmtime://48.0.0",
  );
  const writes = bench.api.writes.length;
  bench.registration.changed();
  await bench.host.advance(3_600_000);
  assert.equal(bench.api.writes.length, writes);
  bench.stop();
  await bench.host.settle();
  assert.deepEqual(bench.host.failures, []);
});

Deno.test("run() is NotReady without network or runtime, and takes a lost runtime's label away", async () => {
  const bench = startBench();
  await bench.host.settle();
  bench.state.facts = factsWith({
    networkReady: false,
    runtimes: [{
      name: "wasmtime",
      ready: false,
      version: "",
      message: "gone",
    }],
  });
  bench.registration.changed();
  await bench.host.advance(1_000);
  const ready = bench.condition("Ready");
  assert.equal(ready.status, "False");
  assert.equal(ready.reason, "KubeletNotReady");
  assert.match(ready.message, /container runtime "wasmtime": gone/);
  assert.match(ready.message, /NetworkPluginNotReady/);
  const { labels } = bench.api.object(PATH).metadata;
  assert.ok(!("wherry.dev/runtime-wasmtime" in labels));
  bench.stop();
  await bench.host.settle();
});

Deno.test("run() puts Ready right when the server had given the node up", async () => {
  const bench = startBench();
  await bench.host.settle();
  bench.api.change(PATH, (node) => {
    for (const condition of node.status.conditions) {
      condition.status = "Unknown";
      condition.reason = "NodeStatusUnknown";
    }
  });
  bench.registration.connected();
  await bench.host.settle();
  assert.equal(bench.condition("Ready").status, "True");
  assert.equal(bench.condition("MemoryPressure").status, "False");
  bench.stop();
  await bench.host.settle();
});

Deno.test("run() does not make a deleted Node again before the next contact", async () => {
  const bench = startBench();
  await bench.host.settle();
  bench.api.remove(PATH);
  bench.registration.changed();
  await bench.host.advance(60_000);
  assert.equal(bench.api.object(PATH), undefined);
  bench.registration.connected();
  await bench.host.settle();
  assert.ok(bench.api.object(PATH));
  bench.stop();
  await bench.host.settle();
});

Deno.test("run() finds a runtime that came back without being told, and looks at nothing once all are ready", async () => {
  const bench = startBench();
  await bench.host.settle();
  bench.state.facts = factsWith({
    runtimes: [{
      name: "containerd",
      ready: false,
      version: "containerd://1.6",
    }],
  });
  bench.registration.changed();
  await bench.host.advance(1_000);
  assert.equal(bench.condition("Ready").status, "False");
  bench.state.facts = factsWith({
    runtimes: [{
      name: "containerd",
      ready: true,
      version: "containerd://1.6",
    }],
  });
  await bench.host.advance(2_000);
  assert.equal(bench.condition("Ready").status, "True");
  // Ready: a change that nobody tells of is not looked for.
  bench.state.facts = factsWith({ runtimes: [] });
  await bench.host.advance(60_000);
  assert.equal(bench.condition("Ready").status, "True");
  bench.stop();
  await bench.host.settle();
});

Deno.test("run() leaves a Ready node alone while it takes over from the agent before it, for a moment only", async () => {
  const first = startBench();
  await first.host.settle();
  first.stop();
  await first.host.settle();
  const { host, api, state } = first;
  state.facts = factsWith({ networkReady: false });
  const stop = new AbortController();
  const next = new NodeRegistration(host, {
    client: new RestClient(api),
    facts: () => Promise.resolve(state.facts),
    observed: () => api.object(PATH),
  });
  const writes = api.writes.length;
  host.spawn("register", () => next.run(stop.signal));
  await host.advance(9_000);
  assert.equal(api.writes.length, writes);
  assert.equal(first.condition("Ready").status, "True");
  await host.advance(5_000);
  assert.equal(first.condition("Ready").status, "False");
  stop.abort(new Stopped("The test is over"));
  await host.settle();
  assert.deepEqual(host.failures, []);
});
