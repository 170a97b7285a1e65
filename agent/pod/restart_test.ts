/** What an agent that is stopped leaves to the next one. (`killed_agent_test.ts`: one that is killed, at any point.) */
import assert from "node:assert/strict";
import type { FakeRuntimeOptions } from "../runtime/fake/mod.ts";
import { PodBench } from "../testing/pod_bench.ts";

/** A pod with an init container, two containers and a sidecar: everything that can be half done. */
async function createRichPod(bench: PodBench): Promise<void> {
  await bench.createPod("rich", {
    initContainers: [
      { name: "side", image: "side", restartPolicy: "Always" },
      { name: "prepare", image: "prepare" },
    ],
    containers: [{ name: "app", image: "app" }, { name: "log", image: "log" }],
  });
}

const RICH: FakeRuntimeOptions = {
  script: ({ name }) => (name === "prepare" ? { runsMs: 1_000 } : {}),
};

/** What a machine looks like from outside, without ids and times. */
function picture(bench: PodBench) {
  const now = bench.host.clock.now();
  const pod = bench.pod("rich");
  return {
    running: bench.machine.running(now),
    sandboxes: bench.machine.sandboxes.size,
    containers: [...bench.machine.containers.values()].map(({ config }) =>
      `${config.name}#${config.attempt}`
    ).sort(),
    starts: [...bench.machine.starts].sort(),
    phase: pod?.status?.phase,
    ready: bench.condition("rich", "Ready"),
    restarts: pod?.status?.containerStatuses?.map((s) => s.restartCount),
    deleted: pod === undefined,
  };
}

/** An agent with that pod, which runs. */
async function startScenario(): Promise<PodBench> {
  const bench = new PodBench({ runtime: RICH });
  await bench.start();
  await createRichPod(bench);
  await bench.host.advance(5_000);
  return bench;
}

Deno.test("stopping and starting the agent restarts no container and writes nothing", async () => {
  const bench = await startScenario();
  const before = picture(bench);
  const writes = bench.api.writes.length;
  await bench.stop();
  await bench.host.advance(60_000);
  assert.deepEqual(
    bench.machine.running(bench.host.clock.now()),
    before.running,
  );
  await bench.start();
  await bench.host.advance(60_000);
  assert.deepEqual(picture(bench), before);
  assert.deepEqual(bench.api.writes.slice(writes), []);
  await bench.stop();
});

Deno.test("an exit while the agent was away is reported and restarted when it comes back", async () => {
  const bench = await startScenario();
  await bench.stop();
  const app = [...bench.machine.containers.values()].find(({ config }) =>
    config.name === "app"
  )!;
  bench.machine.kill(app.id, { now: bench.host.clock.now(), exitCode: 3 });
  await bench.host.advance(30_000);
  await bench.start();
  await bench.host.advance(1_000);
  const status = bench.container("rich");
  assert.equal(status.restartCount, 1);
  assert.ok(status.state.running);
  assert.equal(status.lastState.terminated.exitCode, 3);
  assert.equal(bench.container("rich", "log").restartCount, 0);
  await bench.stop();
});

Deno.test("a pod comes back in a new sandbox when the machine lost power", async () => {
  const bench = await startScenario();
  const { podIP } = bench.pod("rich")!.status!;
  bench.crash();
  bench.machine.powerCut(bench.host.clock.now());
  await bench.start();
  await bench.host.advance(5_000);
  const status = bench.pod("rich")!.status!;
  assert.equal(status.phase, "Running");
  assert.notEqual(status.podIP, podIP);
  assert.deepEqual(picture(bench).running, [
    "default/rich/app",
    "default/rich/log",
    "default/rich/side",
  ]);
  assert.equal(bench.container("rich").restartCount, 1);
  assert.equal(bench.container("rich").lastState.terminated.exitCode, 255);
  // Init containers run again: what they prepared may be gone.
  assert.deepEqual(
    bench.machine.starts.filter((start) => start.startsWith("rich/prepare")),
    ["rich/prepare#0", "rich/prepare#1"],
  );
  await bench.stop();
});

Deno.test("what no pod wants is removed when all pods are known", async () => {
  const bench = await startScenario();
  await bench.stop();
  bench.api.remove("/api/v1/namespaces/default/pods/rich");
  await bench.start();
  await bench.host.advance(1_000);
  assert.equal(bench.machine.sandboxes.size, 0);
  assert.equal(bench.removed.length, 1);
  await bench.stop();
});
