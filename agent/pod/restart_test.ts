/** What an agent that is stopped or killed leaves to the next one. */
import assert from "node:assert/strict";
import type { FakeRuntimeOptions } from "../runtime/fake/mod.ts";
import { PodBench } from "../testing/pod_bench.ts";

/** Calls that a scenario makes to the runtime, each with a moment before and after its effect. */
type Moment = "before" | "after";

/** A gate that counts moments and, at the given one, never lets the agent go on. */
function crashAt(point: number) {
  let seen = 0;
  let reached = false;
  const gate: FakeRuntimeOptions["gate"] = (
    _call: string,
    _moment: Moment,
  ) => {
    if (seen++ !== point) return;
    reached = true;
    return new Promise<void>(() => {});
  };
  return {
    gate,
    get moments() {
      return seen;
    },
    get reached() {
      return reached;
    },
  };
}

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

async function startScenario(
  options: { crash?: ReturnType<typeof crashAt> },
): Promise<PodBench> {
  const bench = new PodBench({ runtime: RICH });
  const { crash } = options;
  await bench.start(crash ? { gate: crash.gate } : {});
  await createRichPod(bench);
  await bench.host.advance(5_000);
  if (crash?.reached) {
    bench.crash();
    await bench.host.advance(1_000);
    await bench.start();
    await bench.host.advance(5_000);
  }
  return bench;
}

Deno.test("a pod's start ends as if nothing had happened when the agent is killed at any runtime call", async () => {
  const counter = crashAt(-1);
  const calm = await startScenario({ crash: counter });
  const expected = picture(calm);
  assert.equal(expected.phase, "Running");
  assert.equal(expected.ready, "True");
  assert.deepEqual(expected.running, [
    "default/rich/app",
    "default/rich/log",
    "default/rich/side",
  ]);
  assert.ok(counter.moments >= 20, `only ${counter.moments} moments`);
  for (let point = 0; point < counter.moments; point++) {
    const crash = crashAt(point);
    const bench = await startScenario({ crash });
    assert.ok(crash.reached, `point ${point} was not reached`);
    assert.deepEqual(picture(bench), expected, `killed at point ${point}`);
    assert.deepEqual(bench.host.failures, [], `killed at point ${point}`);
    await bench.stop();
  }
  await calm.stop();
});

async function deleteScenario(
  options: { crash?: ReturnType<typeof crashAt> },
): Promise<PodBench> {
  const bench = await startScenario({});
  await bench.stop();
  const { crash } = options;
  await bench.start(crash ? { gate: crash.gate } : {});
  await bench.deletePod("rich");
  await bench.host.advance(5_000);
  if (crash?.reached) {
    bench.crash();
    await bench.host.advance(1_000);
    await bench.start();
    await bench.host.advance(5_000);
  }
  return bench;
}

Deno.test("a pod's end ends as if nothing had happened when the agent is killed at any runtime call", async () => {
  const counter = crashAt(-1);
  const calm = await deleteScenario({ crash: counter });
  const expected = picture(calm);
  assert.equal(expected.deleted, true);
  assert.equal(expected.sandboxes, 0);
  assert.deepEqual(expected.containers, []);
  assert.ok(counter.moments >= 8, `only ${counter.moments} moments`);
  for (let point = 0; point < counter.moments; point++) {
    const crash = crashAt(point);
    const bench = await deleteScenario({ crash });
    assert.ok(crash.reached, `point ${point} was not reached`);
    assert.deepEqual(picture(bench), expected, `killed at point ${point}`);
    await bench.stop();
  }
  await calm.stop();
});

Deno.test("stopping and starting the agent restarts no container and writes nothing", async () => {
  const bench = await startScenario({});
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
  const bench = await startScenario({});
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
  const bench = await startScenario({});
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
  const bench = await startScenario({});
  await bench.stop();
  bench.api.remove("/api/v1/namespaces/default/pods/rich");
  await bench.start();
  await bench.host.advance(1_000);
  assert.equal(bench.machine.sandboxes.size, 0);
  assert.equal(bench.removed.length, 1);
  await bench.stop();
});
