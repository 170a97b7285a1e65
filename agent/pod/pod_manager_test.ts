import assert from "node:assert/strict";
import { PodBench } from "../testing/pod_bench.ts";

Deno.test("set() brings a pod to Running and tells the API when it is new", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web");
  await bench.host.advance(200);
  const { status } = bench.pod("web")!;
  assert.equal(status!.phase, "Running");
  assert.match(status!.podIP!, /^10\.42\.0\./);
  assert.deepEqual(status!.podIPs, [{ ip: status!.podIP }]);
  assert.equal(status!.hostIP, "192.0.2.1");
  assert.deepEqual(
    status!.conditions!.map(({ type, status }) => `${type}=${status}`),
    [
      "PodReadyToStartContainers=True",
      "Initialized=True",
      "Ready=True",
      "ContainersReady=True",
      "PodScheduled=True",
    ],
  );
  const container = bench.container("web");
  assert.equal(container.ready, true);
  assert.equal(container.started, true);
  assert.equal(container.restartCount, 0);
  assert.match(container.containerID, /^fake:\/\/container-/);
  assert.deepEqual(bench.events, [
    'Pulling app: Pulling image "busybox"',
    'Pulled app: Successfully pulled image "busybox" in 0s (0s including waiting). Image size: 1000 bytes.',
    "Created app: Container created",
    "Started app: Container started",
  ]);
  // A quick start is one write.
  assert.equal(
    bench.api.writes.filter((write) => write.startsWith("PATCH")).length,
    1,
  );
  await bench.stop();
  assert.deepEqual(bench.host.failures, []);
});

Deno.test("set() stops, reports and deletes a pod when its object is being deleted", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ stopMs: 5_000 }) },
  });
  await bench.start();
  const { metadata } = await bench.createPod("web");
  await bench.host.advance(200);
  await bench.deletePod("web");
  assert.deepEqual(bench.machine.running(bench.host.clock.now()), [
    "default/web/app",
  ]);
  assert.equal(bench.pod("web")!.metadata.deletionGracePeriodSeconds, 30);
  await bench.host.advance(5_000);
  assert.equal(bench.pod("web"), undefined);
  assert.equal(bench.machine.sandboxes.size, 0);
  assert.deepEqual(bench.removed, [metadata.uid]);
  assert.equal(bench.manager.records().length, 0);
  assert.equal(bench.events.at(-1), "Killing app: Stopping container app");
  await bench.stop();
  assert.deepEqual(bench.host.failures, []);
});
