import assert from "node:assert/strict";
import { statsNode, writeGroup } from "../testing/stats_node.ts";

const TIME = "2026-01-01T00:00:00Z";

Deno.test("summary() tells of the machine as kubelet does", async () => {
  const { node } = await statsNode().stats.summary();
  const { systemContainers, ...rest } = node;
  assert.deepEqual(systemContainers?.map(({ name }) => name), ["kubelet"]);
  const imageFs = {
    time: TIME,
    availableBytes: 300,
    capacityBytes: 1000,
    usedBytes: 77,
    inodesFree: 40,
    inodes: 50,
    inodesUsed: 6,
  };
  const main = {
    name: "eth7",
    rxBytes: 10,
    rxErrors: 2,
    txBytes: 20,
    txErrors: 4,
  };
  assert.deepEqual(rest, {
    nodeName: "n1",
    startTime: "2023-11-14T22:13:20Z",
    cpu: { time: TIME, usageCoreNanoSeconds: 9_000_000_000 },
    memory: {
      time: TIME,
      availableBytes: 500 * 1024,
      usageBytes: 600 * 1024,
      workingSetBytes: 500 * 1024,
      rssBytes: 50 * 1024,
      pageFaults: 9,
      majorPageFaults: 2,
    },
    swap: {
      time: TIME,
      swapAvailableBytes: 15 * 1024,
      swapUsageBytes: 5 * 1024,
    },
    network: { time: TIME, ...main, interfaces: [main] },
    fs: {
      time: TIME,
      availableBytes: 300,
      capacityBytes: 1000,
      usedBytes: 600,
      inodesFree: 40,
      inodes: 50,
      inodesUsed: 10,
    },
    runtime: { imageFs, containerFs: imageFs },
    rlimit: { time: TIME, maxpid: 1000, curproc: 345 },
  });
});

Deno.test("summary() tells of pods that have a sandbox: groups, what was written where, networks", async () => {
  const { pods } = await statsNode().stats.summary();
  assert.deepEqual(pods.map(({ podRef }) => podRef.name), ["web", "guest"]);
  const [web, guest] = pods;
  assert.equal(web!.startTime, "1970-01-01T00:00:01Z");
  assert.equal(web!.cpu?.usageCoreNanoSeconds, 3_000_000_000);
  assert.equal(web!.memory?.workingSetBytes, 5000);
  assert.deepEqual(web!.process_stats, { process_count: 1 });
  assert.equal(web!.network?.name, "eth0");
  assert.equal(web!.network?.txErrors, 5);
  const [app, ...others] = web!.containers;
  assert.equal(others.length, 0); // what has ended uses nothing
  assert.equal(app!.startTime, "1970-01-01T00:00:02Z");
  assert.equal(app!.cpu?.usageCoreNanoSeconds, 2_000_000_000);
  assert.equal(app!.memory?.availableBytes, 6000);
  assert.deepEqual([app!.rootfs?.usedBytes, app!.rootfs?.inodesUsed], [40, 2]);
  assert.deepEqual([app!.logs?.usedBytes, app!.logs?.inodesUsed], [25, 2]);
  assert.deepEqual(
    web!.volume?.map(({ name, usedBytes, pvcRef }) => [
      name,
      usedBytes,
      pvcRef?.name,
    ]),
    [
      ["scratch", 7, undefined],
      ["memory", 9, undefined],
      ["disk", 600, "mine"],
    ],
  );
  // Logs, what was written and emptyDirs on the disk; neither memory nor claims.
  assert.deepEqual(
    [
      web!["ephemeral-storage"]?.usedBytes,
      web!["ephemeral-storage"]?.inodesUsed,
    ],
    [77, 6],
  );
  // No group: the processes are asked. An address of the loopback network means that the network is the machine's.
  assert.equal(guest!.cpu?.usageCoreNanoSeconds, 2_500_000_000);
  assert.equal(guest!.containers[0]?.memory?.workingSetBytes, 4096);
  assert.equal(guest!.memory?.workingSetBytes, 4096);
  assert.equal(guest!.network, undefined);
});

Deno.test("summary() leaves disks, networks and processes out when only processor and memory are wanted", async () => {
  const { machine, stats } = statsNode();
  const { node, pods } = await stats.summary({ onlyCpuAndMemory: true });
  assert.deepEqual(
    [node.fs, node.network, node.rlimit],
    Array(3).fill(undefined),
  );
  for (const { volume, network, process_stats, containers } of pods) {
    assert.deepEqual(
      [volume, network, process_stats],
      Array(3).fill(undefined),
    );
    assert.equal(containers[0]?.rootfs, undefined);
    assert.notEqual(containers[0]?.memory, undefined);
  }
  assert.deepEqual(machine.counted, []);
});

Deno.test("summary() looks twice for a rate when nobody asked a while ago, and once when somebody did", async () => {
  const { machine, stats } = statsNode();
  const first = await stats.summary();
  assert.equal(first.pods[0]?.cpu?.usageNanoCores, undefined);
  await machine.virtual.advance(10_000);
  writeGroup(machine, "/kubepods/podu1", { cpuMs: 4000, memoryBytes: 5000 });
  // Ten seconds lie between the two looks already.
  const second = await stats.summary({ rates: true });
  assert.equal(second.pods[0]?.cpu?.usageNanoCores, 100_000_000);
  await machine.virtual.advance(300_000);
  const waiting = stats.summary({ rates: true });
  await machine.virtual.advance(500);
  writeGroup(machine, "/kubepods/podu1", { cpuMs: 4250, memoryBytes: 5000 });
  await machine.virtual.advance(500);
  const third = await waiting;
  assert.equal(third.pods[0]?.cpu?.usageNanoCores, 250_000_000);
  assert.equal(third.pods[0]?.containers[0]?.cpu?.usageNanoCores, 0);
  assert.equal(machine.virtual.timers, 0); // nothing goes on by itself
});

Deno.test("summary() counts a folder once for all who ask within ten seconds", async () => {
  const { machine, stats } = statsNode();
  await Promise.all([stats.summary(), stats.summary()]);
  await machine.virtual.advance(5_000);
  await stats.summary();
  const scratch = () =>
    machine.counted.filter((path) => path.endsWith("/scratch")).length;
  assert.equal(scratch(), 1);
  await machine.virtual.advance(6_000);
  await stats.summary();
  assert.equal(scratch(), 2);
});

Deno.test("summary() takes the runtime's word where a container's group cannot be found", async () => {
  let asked = 0;
  const { machine, stats } = statsNode({
    containerd: {
      containerUsage: () => {
        asked++;
        return Promise.resolve([{
          id: "c1",
          cpuNs: 42,
          memory: { workingSetBytes: 10, availableBytes: 90 },
          writableLayer: { usedBytes: 5 },
        }]);
      },
    },
  });
  // As with the driver of systemd, which names groups otherwise.
  for (const path of [...machine.files.keys()]) {
    if (path.includes("/kubepods/")) machine.files.delete(path);
  }
  const { pods } = await stats.summary();
  const [web] = pods;
  const [app] = web!.containers;
  assert.equal(app!.cpu?.usageCoreNanoSeconds, 42);
  assert.equal(app!.memory?.availableBytes, 90);
  assert.equal(app!.rootfs?.usedBytes, 5);
  assert.equal(web!.cpu?.usageCoreNanoSeconds, 42);
  assert.equal(asked, 1);
});

Deno.test("summary() does without a runtime that does not answer", async () => {
  const { stats } = statsNode({
    containerd: {
      containerUsage: () => Promise.reject(new Error("away")),
      imageFileSystem: () => Promise.reject(new Error("away")),
      listImages: () => Promise.reject(new Error("away")),
    },
  });
  const { node, pods } = await stats.summary();
  assert.equal(node.runtime?.imageFs?.usedBytes, 0);
  assert.equal(pods.length, 2);
});
