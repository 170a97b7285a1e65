import assert from "node:assert/strict";
import type { Pod } from "../../../src/api/core/pod.ts";
import { Stopped } from "../../../src/base/errors.ts";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import type { PodFailure } from "../../pod/pod_record.ts";
import type { PodStats } from "../../stats/summary.ts";
import { NodeEvents } from "../node_events.ts";
import { EvictionManager } from "./eviction_manager.ts";
import type { Observation } from "./observations.ts";
import { parseThresholds, type Signal } from "./threshold.ts";

const MIB = 1024 ** 2;
const TIME = "2026-01-01T00:00:00Z";

interface Usage {
  memory?: number;
  disk?: number;
  volumes?: Record<string, number>;
  processes?: number;
}

/** A machine on which pods use what the test says, and give it back when they end. */
class FakeNode {
  readonly host = new VirtualHost();
  readonly left = new Map<Signal, Observation>([
    ["memory.available", { available: 4096 * MIB, capacity: 8192 * MIB }],
    ["nodefs.available", { available: 80, capacity: 100 }],
    ["imagefs.available", { available: 80, capacity: 100 }],
  ]);
  readonly pods: {
    pod: Pod;
    usage: Usage;
    failure?: PodFailure;
    takesMs: number;
  }[] = [];
  readonly events: string[] = [];
  readonly evicted: string[] = [];
  readonly reclaimed: string[] = [];
  changes = 0;
  looks = 0;
  hasImageFs = false;
  /** What removing images frees of the disk. */
  freedByImages = 0;
  readonly manager: EvictionManager;
  readonly #stop = new AbortController();

  constructor(
    statements: Parameters<typeof parseThresholds>[0] = {},
    options: { maxPodGraceSeconds?: number } = {},
  ) {
    const { host } = this;
    this.manager = new EvictionManager(host, {
      thresholds: parseThresholds(statements),
      ...options,
      node: {
        observe: () => {
          this.looks++;
          return Promise.resolve(Object.fromEntries(this.left));
        },
        hasImageFs: () => Promise.resolve(this.hasImageFs),
      },
      stats: {
        summary: () =>
          Promise.resolve({
            node: { nodeName: "n1", startTime: TIME },
            pods: this.pods.map(({ pod, usage }) => statsOf(pod, usage)),
          }),
      },
      pods: () =>
        this.pods.map((one) => ({
          pod: one.pod,
          isLeaving: one.failure !== undefined,
          evict: (failure) => {
            one.failure = failure;
            this.evicted.push(one.pod.metadata.name!);
          },
          ended: async (signal) => {
            await host.clock.sleep(one.takesMs, signal);
            this.end(one.pod.metadata.name!);
          },
        })),
      reclaim: {
        containers: () => Promise.resolve(void this.reclaimed.push("c")),
        images: () => {
          this.reclaimed.push("i");
          this.add("nodefs.available", this.freedByImages);
          return Promise.resolve();
        },
      },
      events: () =>
        new NodeEvents({
          record: (_about, { reason, message }) =>
            void this.events.push(`${reason}: ${message}`),
        }, "n1"),
      podEvent: (pod, message) =>
        void this.events.push(`${pod.metadata.name} ${message}`),
      onChange: () => this.changes++,
    });
  }

  start(): void {
    this.host.spawn("eviction", () => this.manager.run(this.#stop.signal));
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Stopped("The test is over"));
    await this.host.settle();
    assert.deepEqual(this.host.failures, []);
    assert.equal(this.host.timers, 0);
  }

  set(signal: Signal, available: number): void {
    const { capacity } = this.left.get(signal)!;
    this.left.set(signal, { available, capacity });
  }

  add(signal: Signal, more: number): void {
    this.set(signal, this.left.get(signal)!.available + more);
  }

  end(name: string): void {
    const at = this.pods.findIndex(({ pod }) => pod.metadata.name === name);
    const [gone] = this.pods.splice(at, 1);
    this.add("memory.available", gone!.usage.memory ?? 0);
    this.add("nodefs.available", gone!.usage.disk ?? 0);
  }

  pod(
    name: string,
    usage: Usage,
    options: {
      memory?: string;
      limit?: string;
      priority?: number;
      annotations?: Record<string, string>;
      volumes?: Pod["spec"]["volumes"];
      storageLimit?: string;
    } = {},
  ): Pod {
    const { memory, limit, priority, annotations, volumes, storageLimit } =
      options;
    const pod: Pod = {
      metadata: {
        name,
        namespace: "default",
        uid: name,
        ...annotations && { annotations },
      },
      spec: {
        containers: [{
          name: "app",
          image: "app",
          resources: {
            ...memory && { requests: { memory } },
            limits: {
              ...limit && { memory: limit },
              ...storageLimit && { "ephemeral-storage": storageLimit },
            },
          },
        }],
        ...priority !== undefined && { priority },
        ...volumes && { volumes },
      },
    };
    this.pods.push({ pod, usage, takesMs: 1_000 });
    return pod;
  }
}

function statsOf({ metadata }: Pod, usage: Usage): PodStats {
  const { memory = 0, disk = 0, volumes = {}, processes = 0 } = usage;
  return {
    podRef: { name: metadata.name!, namespace: "default", uid: metadata.uid! },
    startTime: TIME,
    memory: { time: TIME, workingSetBytes: memory },
    "ephemeral-storage": { time: TIME, usedBytes: disk },
    process_stats: { process_count: processes },
    containers: [{
      name: "app",
      startTime: TIME,
      memory: { time: TIME, workingSetBytes: memory },
      rootfs: { time: TIME, usedBytes: disk },
      logs: { time: TIME, usedBytes: 0 },
    }],
    volume: Object.entries(volumes).map(([name, usedBytes]) => ({
      time: TIME,
      name,
      usedBytes,
    })),
  };
}

Deno.test("run() looks seldom while there is plenty, more often near a threshold, and tells of nothing", async () => {
  const node = new FakeNode();
  node.start();
  await node.host.advance(300_000);
  assert.ok(node.looks <= 11, `${node.looks} looks`);
  node.looks = 0;
  node.set("memory.available", 150 * MIB);
  await node.host.advance(300_000);
  assert.ok(node.looks >= 27, `${node.looks} looks`);
  assert.equal(node.changes, 0);
  assert.deepEqual(node.events, []);
  await node.stop();
});

Deno.test("run() comes in time when memory goes fast, though there was plenty", async () => {
  const node = new FakeNode();
  node.pod("leak", { memory: 3000 * MIB });
  node.start();
  await node.host.settle();
  // 100 MiB a second: what is left lasts for less than two of the usual times between looks.
  for (let second = 0; second < 60 && node.evicted.length === 0; second++) {
    node.add("memory.available", -100 * MIB);
    await node.host.advance(1_000);
  }
  assert.deepEqual(node.evicted, ["leak"]);
  assert.ok(node.left.get("memory.available")!.available > -200 * MIB);
  await node.host.advance(2_000);
  assert.ok(node.looks < 12, `${node.looks} looks`);
  await node.stop();
});

Deno.test("run() evicts, when memory is short, who uses more than asked for, then by priority, then by how much; one at a time", async () => {
  const node = new FakeNode();
  const { host } = node;
  node.pod("keeps-to-it", { memory: 90 * MIB }, { memory: "100Mi" });
  node.pod("important", { memory: 60 * MIB }, { priority: 10 });
  node.pod("small", { memory: 10 * MIB });
  node.pod("large", { memory: 20 * MIB });
  node.pod("static", { memory: 500 * MIB }, {
    annotations: { "kubernetes.io/config.source": "file" },
  });
  node.pod("critical", { memory: 500 * MIB }, { priority: 2_000_001_000 });
  node.set("memory.available", 50 * MIB);
  node.start();
  await host.advance(30_000);
  // 50 + 20 + 10 are still below 100.
  assert.deepEqual(node.evicted, ["large", "small", "important"]);
  assert.deepEqual(node.manager.conditions, ["MemoryPressure"]);
  assert.equal(
    node.events.find((event) => event.startsWith("large")),
    "large The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. " +
      "Container app was using 20Mi, request is 0, has larger consumption of memory. ",
  );
  assert.ok(
    node.events.includes("EvictionThresholdMet: Attempting to reclaim memory"),
  );
  // Nothing that frees disk helps here.
  assert.deepEqual(node.reclaimed, []);
  // The condition stays for five minutes.
  await host.advance(250_000);
  assert.deepEqual(node.manager.conditions, ["MemoryPressure"]);
  await host.advance(60_000);
  assert.deepEqual(node.manager.conditions, []);
  assert.equal(node.changes, 2);
  assert.equal(node.pods.length, 3);
  await node.stop();
});

Deno.test("run() gives an evicted pod one second under a hard threshold, and as much as is allowed under a soft one", async () => {
  const node = new FakeNode({
    hard: { "memory.available": "50Mi" },
    soft: { "memory.available": "200Mi" },
    softGraceMs: { "memory.available": 60_000 },
  }, { maxPodGraceSeconds: 20 });
  node.pod("a", { memory: 10 * MIB });
  const failures: (PodFailure | undefined)[] = [];
  const [a] = node.pods;
  node.set("memory.available", 150 * MIB);
  node.start();
  await node.host.advance(55_000);
  assert.deepEqual(node.evicted, []);
  assert.deepEqual(node.manager.conditions, ["MemoryPressure"]);
  await node.host.advance(10_000);
  assert.deepEqual(node.evicted, ["a"]);
  failures.push(a!.failure);
  node.pod("b", { memory: 10 * MIB });
  const b = node.pods.at(-1)!;
  node.set("memory.available", 40 * MIB);
  await node.host.advance(20_000);
  failures.push(b.failure);
  assert.deepEqual(failures.map((one) => one?.graceSeconds), [20, 1]);
  assert.ok(failures.every((one) => one?.isDisruption));
  assert.ok(failures.every((one) => one?.reason === "Evicted"));
  await node.stop();
});

Deno.test("run() frees images before it evicts anybody for the disk, and no more than is needed", async () => {
  const node = new FakeNode();
  node.pod("web", { disk: 5 });
  node.set("nodefs.available", 8);
  node.freedByImages = 10;
  node.start();
  await node.host.advance(60_000);
  assert.deepEqual(node.evicted, []);
  assert.deepEqual(node.reclaimed, ["c", "i"]);
  assert.deepEqual(node.manager.conditions, ["DiskPressure"]);
  node.freedByImages = 0;
  node.set("nodefs.available", 8);
  await node.host.advance(30_000);
  assert.deepEqual(node.evicted, ["web"]);
  assert.ok(
    node.events.some((event) =>
      event.startsWith(
        "web The node was low on resource: ephemeral-storage. Threshold quantity: 10, available: 8. ",
      )
    ),
  );
  await node.stop();
});

Deno.test("run() reclaims until the minimum beyond the threshold is free as well", async () => {
  const node = new FakeNode({
    hard: { "memory.available": "100Mi" },
    minimumReclaim: { "memory.available": "100Mi" },
  });
  for (const name of ["a", "b", "c"]) node.pod(name, { memory: 60 * MIB });
  node.set("memory.available", 90 * MIB);
  node.start();
  await node.host.advance(20_000);
  // 90 + 60 is above 100, but below 200.
  assert.deepEqual(node.evicted, ["a", "b"]);
  await node.stop();
});

Deno.test("run() evicts who takes more of the disk than it may, however much is left", async () => {
  const node = new FakeNode();
  node.pod("cache", { volumes: { tmp: 2 * MIB } }, {
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1Mi" } }],
  });
  node.pod("writer", { disk: 3 * MIB }, { storageLimit: "2Mi" });
  node.pod("good", { disk: 1 * MIB }, { storageLimit: "2Mi" });
  node.start();
  await node.host.advance(5_000);
  assert.deepEqual(node.evicted, ["cache", "writer"]);
  assert.deepEqual(node.events, [
    'cache Usage of EmptyDir volume "tmp" exceeds the limit "1Mi". ',
    "writer Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ",
  ]);
  assert.deepEqual(node.manager.conditions, []);
  await node.stop();
});

Deno.test("admit() refuses under memory pressure what asks for nothing, and under disk pressure all but critical pods", async () => {
  const node = new FakeNode();
  const bare = node.pod("bare", {});
  const asks = node.pod("asks", {}, { memory: "10Mi" });
  const critical = node.pod("critical", {}, { priority: 2_000_000_000 });
  const verdicts = () =>
    [bare, asks, critical].map((pod) => node.manager.admit(pod).admitted);
  assert.deepEqual(verdicts(), [true, true, true]);
  node.set("memory.available", 10 * MIB);
  await node.manager.look();
  assert.deepEqual(verdicts(), [false, true, true]);
  assert.deepEqual(node.manager.admit(bare), {
    admitted: false,
    reason: "Evicted",
    message: "The node had condition: [MemoryPressure]. ",
  });
  bare.spec.tolerations = [{
    key: "node.kubernetes.io/memory-pressure",
    operator: "Exists",
  }];
  assert.deepEqual(verdicts(), [true, true, true]);
  node.set("imagefs.available", 1);
  await node.manager.look();
  assert.deepEqual(verdicts(), [false, false, true]);
});

Deno.test("parseThresholds() reads what the flags say, and refuses what makes no sense", () => {
  const texts = (statements: Parameters<typeof parseThresholds>[0]) =>
    parseThresholds(statements).map(({ signal, value, graceMs }) =>
      `${signal}<${
        "share" in value ? value.share : value.quantity
      } after ${graceMs}`
    );
  assert.deepEqual(texts({}), [
    "memory.available<100Mi after 0",
    "nodefs.available<0.1 after 0",
    "nodefs.inodesFree<0.05 after 0",
    "imagefs.available<0.15 after 0",
    "imagefs.inodesFree<0.05 after 0",
    "allocatableMemory.available<100Mi after 0",
  ]);
  assert.deepEqual(texts({ hard: { "nodefs.available": "0%" } }), []);
  assert.deepEqual(
    texts({
      hard: {},
      soft: { "pid.available": "1k" },
      softGraceMs: { "pid.available": 90_000 },
    }),
    ["pid.available<1k after 90000"],
  );
  const refused: [Parameters<typeof parseThresholds>[0], RegExp][] = [
    [
      { hard: { "disk.left": "1Gi" } },
      /unsupported eviction signal disk\.left/,
    ],
    [{ hard: { "memory.available": "-1" } }, /must be positive/],
    [{ hard: { "memory.available": "101%" } }, /must be <= 100%/],
    [
      { soft: { "memory.available": "1Gi" } },
      /grace period must be specified for the soft eviction threshold/,
    ],
  ];
  for (const [statements, expected] of refused) {
    assert.throws(() => parseThresholds(statements), expected);
  }
});
