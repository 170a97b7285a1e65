/** What statuses say of containers beside their states. */
import assert from "node:assert/strict";
import { PodBench } from "../../testing/pod_bench.ts";

Deno.test("a container's status has its resources and mounts, and the pod's has them as a whole", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ stopMs: 1_000 }) },
  });
  await bench.start();
  const resources = { requests: { cpu: "100m" }, limits: { memory: "64Mi" } };
  await bench.createPod("web", {
    volumes: [{ name: "data", emptyDir: {} }],
    containers: [
      { name: "z", image: "i", resources },
      {
        name: "a",
        image: "i",
        resources,
        volumeMounts: [],
        lifecycle: { stopSignal: "SIGUSR1" },
      },
    ],
  });
  await bench.host.advance(1_000);
  const { status } = bench.pod("web")!;
  assert.deepEqual(status!.containerStatuses!.map(({ name }) => name), [
    "a",
    "z",
  ]);
  const { allocatedResources } = bench.container("web", "a");
  assert.deepEqual(allocatedResources, { cpu: "100m" });
  assert.deepEqual(bench.container("web", "a").resources, resources);
  assert.deepEqual(status!.allocatedResources, { cpu: "200m" });
  assert.deepEqual(status!.resources, {
    limits: { memory: "128Mi" },
    requests: { cpu: "200m" },
  });
  await bench.deletePod("web");
  const signals = [...bench.machine.containers.values()].map((one) =>
    one.stopSignal
  );
  assert.deepEqual(signals.sort(), ["SIGTERM", "SIGUSR1"]);
  await bench.host.advance(2_000);
  await bench.stop();
});

Deno.test("last words of all containers together have at most 12 KiB, a file's at most its last 4096 bytes", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ runsMs: 500, exitCode: 1 }) },
  });
  await bench.start();
  const terminationMessagePath = "/dev/termination-log";
  for (const count of [1, 4]) {
    await bench.createPod(`job-${count}`, {
      restartPolicy: "Never",
      containers: Array.from({ length: count }, (_, n) => ({
        name: `c${n}`,
        image: "i",
        terminationMessagePath,
      })),
    });
  }
  await bench.host.advance(100);
  for (const { config } of bench.machine.containers.values()) {
    const mount = config.mounts.find(({ containerPath }) =>
      containerPath === terminationMessagePath
    )!;
    await bench.host.disk.writeAtomic(
      mount.hostPath,
      `${"x".repeat(5_000)}END`,
    );
  }
  await bench.host.advance(1_000);
  const said = (pod: string) =>
    bench.container(pod, "c0").state.terminated.message as string;
  assert.equal(new TextEncoder().encode(said("job-1")).length, 4096);
  assert.ok(said("job-1").endsWith("xEND"));
  assert.equal(said("job-4").length, 12 * 1024 / 4);
  await bench.stop();
});

Deno.test("Initialized says PodCompleted of a pod that succeeded", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ runsMs: 100 }) },
  });
  await bench.start();
  await bench.createPod("job", { restartPolicy: "Never" });
  await bench.host.advance(1_000);
  const reasons = bench.pod("job")!.status!.conditions!.map((
    { type, status, reason },
  ) => `${type} ${status} ${reason ?? ""}`.trim());
  assert.deepEqual(reasons, [
    "PodReadyToStartContainers False",
    "Initialized True PodCompleted",
    "Ready False PodCompleted",
    "ContainersReady False PodCompleted",
    "PodScheduled True",
  ]);
  await bench.stop();
});
