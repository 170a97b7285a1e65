/** Restart policies and rules of containers, as users see them. */
import assert from "node:assert/strict";
import type { ContainerRestartRule } from "../../src/api/core/container.ts";
import { PodBench } from "../testing/pod_bench.ts";

const rule = (action: string, values: number[]): ContainerRestartRule => ({
  action,
  exitCodes: { operator: "In", values },
});

Deno.test("a container's own policy and rules count before the pod's", async () => {
  const bench = new PodBench({
    runtime: {
      script: ({ name, attempt }) => {
        if (name === "rule") {
          return { runsMs: 100, exitCode: attempt === 0 ? 42 : 1 };
        }
        return name === "never" ? { runsMs: 100, exitCode: 1 } : {};
      },
    },
  });
  await bench.start();
  await bench.createPod("web", {
    containers: [
      { name: "never", image: "i", restartPolicy: "Never" },
      {
        name: "rule",
        image: "i",
        restartPolicy: "Never",
        restartPolicyRules: [rule("Restart", [42])],
      },
      { name: "rest", image: "i" },
    ],
  });
  await bench.host.advance(30_000);
  assert.deepEqual(bench.machine.starts.sort(), [
    "web/never#0",
    "web/rest#0",
    "web/rule#0",
    "web/rule#1",
  ]);
  assert.equal(bench.container("web", "never").state.terminated.exitCode, 1);
  assert.equal(bench.container("web", "rule").restartCount, 1);
  assert.equal(bench.pod("web")!.status!.phase, "Running");
  await bench.stop();
});

Deno.test("an init container may be restarted in a pod that is not, and the other way round", async () => {
  const bench = new PodBench({
    runtime: {
      script: ({ name, attempt }) =>
        name === "app" ? {} : { runsMs: 100, exitCode: attempt === 0 ? 1 : 0 },
    },
  });
  await bench.start();
  const init = (restartPolicy: string) => ({
    initContainers: [{ name: "prepare", image: "i", restartPolicy }],
  });
  await bench.createPod("again", {
    restartPolicy: "Never",
    ...init("OnFailure"),
  });
  await bench.createPod("once", init("Never"));
  await bench.host.advance(2_000);
  assert.equal(bench.pod("again")!.status!.phase, "Running");
  assert.equal(bench.container("again", "prepare").restartCount, 1);
  assert.equal(bench.pod("once")!.status!.phase, "Failed");
  await bench.stop();
});

/** A pod whose worker asks for a restart of all with its first end. */
const RESTARTED = {
  restartPolicy: "Never" as const,
  initContainers: [
    { name: "prepare", image: "i" },
    { name: "proxy", image: "i", restartPolicy: "Always" },
  ],
  containers: [
    {
      name: "worker",
      image: "i",
      restartPolicy: "Never",
      restartPolicyRules: [rule("RestartAllContainers", [88])],
    },
    { name: "other", image: "i" },
  ],
};

function restartedBench(): PodBench {
  return new PodBench({
    runtime: {
      script: ({ name, attempt }) => {
        if (name === "prepare") return { runsMs: 100 };
        return name === "worker" && attempt === 0
          ? { runsMs: 5_000, exitCode: 88 }
          : {};
      },
    },
  });
}

Deno.test("an end that asks for it restarts all containers in the same sandbox, init containers first", async () => {
  const bench = restartedBench();
  await bench.start();
  await bench.createPod("web", RESTARTED);
  await bench.host.advance(5_500);
  assert.equal(bench.condition("web", "AllContainersRestarting"), "True");
  assert.equal(bench.condition("web", "Initialized"), "True");
  assert.equal(bench.pod("web")!.status!.phase, "Running");
  await bench.host.advance(5_000);
  const again = ["web/prepare#1", "web/proxy#1", "web/worker#1", "web/other#1"];
  assert.deepEqual(bench.machine.starts.slice(4), again);
  assert.equal(bench.machine.sandboxes.size, 1);
  assert.equal(bench.condition("web", "AllContainersRestarting"), "False");
  for (const name of ["prepare", "proxy", "worker", "other"]) {
    const { restartCount, lastState } = bench.container("web", name);
    assert.deepEqual([name, restartCount, lastState.terminated], [name, 1, {
      exitCode: 137,
      reason: "RestartingAllContainers",
      message: "The container is removed because RestartAllContainers in place",
    }]);
  }
  assert.equal(bench.condition("web", "Ready"), "True");
  await bench.stop();
  assert.deepEqual(bench.host.failures, []);
});

Deno.test("an agent that was killed while it restarted a pod in its place is followed by one that goes on with it", async () => {
  let calls = 0;
  for (let dies = 1; dies < 40; dies++) {
    const bench = restartedBench();
    calls = 0;
    await bench.start();
    await bench.createPod("web", RESTARTED);
    await bench.host.advance(4_900);
    // It is killed around the call of this number.
    await bench.stop();
    await bench.start({
      gate: () => ++calls === dies ? new Promise(() => {}) : undefined,
    });
    await bench.host.advance(4_000);
    const wasKilled = calls >= dies;
    if (wasKilled) {
      bench.crash();
      await bench.start();
      await bench.host.advance(10_000);
    }
    assert.equal(bench.condition("web", "Ready"), "True", `call ${dies}`);
    const { starts } = bench.machine;
    assert.equal(
      new Set(starts).size,
      starts.length,
      `call ${dies}: ${starts}`,
    );
    for (const name of ["prepare", "proxy", "worker", "other"]) {
      const { restartCount } = bench.container("web", name);
      assert.equal(restartCount, 1, `call ${dies}: ${name}`);
    }
    await bench.stop();
    if (!wasKilled) return;
  }
  assert.fail(`It makes ${calls} calls`);
});

Deno.test("a container that cannot be started has ended: with back-off it is tried again, or the pod has failed", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ startError: "no such program" }) },
  });
  await bench.start();
  await bench.createPod("always");
  await bench.createPod("never", { restartPolicy: "Never" });
  await bench.host.advance(2_000);
  assert.equal(bench.pod("never")!.status!.phase, "Failed");
  const { exitCode, reason } = bench.container("never").state.terminated;
  assert.deepEqual([exitCode, reason], [128, "StartError"]);
  assert.equal(
    bench.container("always").state.waiting.reason,
    "CrashLoopBackOff",
  );
  assert.equal(bench.container("always").restartCount, 1);
  assert.ok(bench.events.includes("Failed app: Error: no such program"));
  await bench.stop();
});

Deno.test("another image ends the back-off of a container, and begins its series anew", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ runsMs: 100, exitCode: 1 }) },
  });
  await bench.start();
  await bench.createPod("web");
  await bench.host.advance(100_000);
  const { restartCount, state } = bench.container("web");
  assert.match(state.waiting.message, /^back-off (1m20s|2m40s) /);
  bench.api.change("/api/v1/namespaces/default/pods/web", ({ spec }) => {
    spec.containers[0].image = "better";
  });
  await bench.host.advance(1_000);
  const after = bench.container("web");
  assert.equal(after.restartCount, restartCount + 1);
  assert.match(after.state.waiting.message, /^back-off 10s /);
  await bench.stop();
});

Deno.test("the containers of a lost sandbox are ended gracefully before another is made", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ stopMs: 3_000 }) },
  });
  await bench.start();
  await bench.createPod("web");
  await bench.host.advance(1_000);
  const [sandbox] = bench.machine.sandboxes.values();
  sandbox!.ready = false;
  bench.runtime.poke(sandbox!.id);
  await bench.host.advance(2_000);
  assert.equal(bench.machine.starts.length, 1);
  assert.ok(bench.events.includes("Killing app: Stopping container app"));
  await bench.host.advance(2_000);
  assert.deepEqual(bench.machine.starts, ["web/app#0", "web/app#1"]);
  assert.equal(bench.container("web").lastState.terminated.exitCode, 143);
  await bench.stop();
});
