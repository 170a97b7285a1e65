import assert from "node:assert/strict";
import { wholeUnits } from "../../src/api/quantity.ts";
import { Stopped } from "../../src/base/errors.ts";
import { RestClient } from "../../src/client/rest_client.ts";
import { FakeApi } from "../../src/testing/fake_api.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { NodeEvents } from "./node_events.ts";
import { computeNodeStatus, type NodeFactsInput } from "./node_status.ts";
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
    addresses: ["192.0.2.1"],
    maxPods: 110,
    runtimes: [{ name: "wasmtime", ready: true, version: "wasmtime://48.0.0" }],
    networkReady: true,
    images: [],
    labels: { room: "kitchen" },
    ...overrides,
  };
}

function startBench(facts = factsWith()) {
  const host = new VirtualHost();
  const api = new FakeApi(host);
  const stop = new AbortController();
  const state = { facts };
  /** Reasons, in order. */
  const events: string[] = [];
  const recorder: ConstructorParameters<typeof NodeEvents>[0] = {
    record: (_about, { reason }) => void events.push(reason),
  };
  const registration = new NodeRegistration(host, {
    client: new RestClient(api),
    facts: () => Promise.resolve(state.facts),
    observed: () => api.object(PATH),
    events: () => new NodeEvents(recorder, "n1"),
  });
  const bench = {
    host,
    api,
    events,
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
    "wherry.dev/wasmtime-version": "48.0.0",
    room: "kitchen",
  });
  assert.deepEqual(node.status.capacity, {
    cpu: "4",
    "ephemeral-storage": "97656250Ki",
    memory: "8Gi",
    pods: "110",
  });
  assert.equal(node.status.allocatable.memory, "8092Mi");
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
  assert.ok(!("wherry.dev/wasmtime-version" in labels));
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

Deno.test("run() does not make a deleted Node again before the next contact, and says so once", async () => {
  const bench = startBench();
  await bench.host.settle();
  bench.registration.changed(); // the watch has shown it
  await bench.host.settle();
  const told = () =>
    bench.host.logs.filter(({ message }) => /was deleted/.test(message));
  assert.deepEqual(told(), []);
  bench.api.remove(PATH);
  bench.registration.changed();
  await bench.host.advance(60_000);
  bench.registration.changed();
  await bench.host.advance(60_000);
  assert.equal(bench.api.object(PATH), undefined);
  assert.equal(told().length, 1);
  assert.deepEqual(told()[0]?.fields, { node: "n1" });
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

Deno.test("run() tells of what changed in kubelet's words, and of a reboot once", async () => {
  const bench = startBench();
  const { host, api, state, events, registration } = bench;
  await host.settle();
  assert.deepEqual(events.splice(0), [
    "Starting",
    "NodeHasSufficientMemory",
    "NodeHasNoDiskPressure",
    "NodeHasSufficientPID",
    "NodeReady",
  ]);
  state.facts = factsWith({
    pressures: ["MemoryPressure"],
    isShuttingDown: true,
  });
  registration.changed();
  await host.advance(1_000);
  assert.deepEqual(events.splice(0), [
    "NodeHasInsufficientMemory",
    "NodeNotReady",
  ]);
  assert.equal(bench.condition("Ready").message, "node is shutting down");
  assert.equal(
    bench.condition("MemoryPressure").reason,
    "KubeletHasInsufficientMemory",
  );
  state.facts = factsWith({
    machine: { ...factsWith().machine, bootId: "another" },
  });
  registration.changed();
  await host.advance(1_000);
  api.change(PATH, (node) => node.spec.unschedulable = true);
  registration.changed();
  await host.advance(1_000);
  assert.deepEqual(events.splice(0), [
    "NodeHasSufficientMemory",
    "NodeReady",
    "Rebooted",
    "NodeNotSchedulable",
  ]);
  bench.stop();
  await host.settle();
});

Deno.test("run() registers with taints, and makes no Node where others do", async () => {
  const taint = { key: "room", value: "hot", effect: "NoSchedule" as const };
  const bench = startBench(factsWith({ options: { taints: [taint] } }));
  await bench.host.settle();
  assert.deepEqual(bench.api.object(PATH).spec.taints, [taint]);
  bench.stop();
  const other = startBench(factsWith({ options: { register: false } }));
  await other.host.advance(10_000);
  assert.equal(other.api.object(PATH), undefined);
  other.stop();
  await other.host.settle();
});

Deno.test("run() follows another address, and keeps what others say the node has", async () => {
  const bench = startBench();
  const { host, api, state, registration } = bench;
  await host.settle();
  api.change(PATH, (node) => {
    node.status.capacity["example.org/gauge"] = "3";
    node.status.allocatable["example.org/gauge"] = "3";
  });
  state.facts = factsWith({ addresses: ["192.0.2.7", "2001:db8::7"] });
  registration.changed();
  await host.advance(1_000);
  const { status } = api.object(PATH);
  assert.equal(status.capacity["example.org/gauge"], "3");
  assert.equal(status.allocatable["example.org/gauge"], "3");
  assert.deepEqual(status.addresses.slice(0, 3), [
    { type: "InternalIP", address: "192.0.2.7" },
    { type: "InternalIP", address: "2001:db8::7" },
    { type: "Hostname", address: "n1" },
  ]);
  bench.stop();
  await host.settle();
});

Deno.test("computeNodeStatus() keeps reserves, thresholds and huge pages from pods, and names few images", () => {
  const status = computeNodeStatus(
    factsWith({
      machine: { ...factsWith().machine, hugePages: { "2Mi": 1024 ** 3 } },
      options: {
        systemReserved: { cpu: "200m", memory: "512Mi" },
        kubeReserved: { cpu: "300m", "ephemeral-storage": "1Gi" },
        maxImages: 2,
      },
      images: [1, 3, 2].map((sizeBytes) => ({
        names: Array.from({ length: 7 }, (_, i) => `i${sizeBytes}:${i}`),
        sizeBytes,
      })),
    }),
    { previous: undefined, now: "2026-01-01T00:00:00Z" },
  );
  assert.equal(status.capacity!["hugepages-2Mi"], "1Gi");
  assert.equal(status.allocatable!.cpu, "3500m");
  // 8Gi - 512Mi - 100Mi - 1Gi
  assert.equal(status.allocatable!.memory, "6556Mi");
  assert.equal(
    wholeUnits(status.allocatable!["ephemeral-storage"]!),
    100e9 - 10e9 - 1024 ** 3,
  );
  assert.deepEqual(status.images!.map(({ sizeBytes }) => sizeBytes), [3, 2]);
  assert.equal(status.images![0]!.names.length, 5);
});
