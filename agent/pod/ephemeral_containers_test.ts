/** Containers that are put into a running pod. */
import assert from "node:assert/strict";
import type { EphemeralContainer } from "../../src/api/core/container.ts";
import { PODS } from "../../src/client/resources.ts";
import type { FakeRuntimeOptions } from "../runtime/fake/mod.ts";
import { PodBench } from "../testing/pod_bench.ts";

/** Puts a container into a pod, as the server does for `pods/ephemeralcontainers`. */
async function debug(
  bench: PodBench,
  pod: string,
  container: Partial<EphemeralContainer> = {},
): Promise<void> {
  const ephemeralContainers = [
    ...bench.pod(pod)!.spec.ephemeralContainers ?? [],
    { name: "look", image: "tools", ...container },
  ];
  await bench.client.patch(
    PODS,
    { name: pod, namespace: "default" },
    { type: "merge", body: { spec: { ephemeralContainers } } },
  );
  await bench.host.advance(500); // statuses are gathered before they are sent
}

function running(bench: PodBench): string[] {
  return bench.machine.running(bench.host.clock.now());
}

/** Starts of the container `look`. */
function starts(bench: PodBench): string[] {
  return bench.machine.starts.filter((start) => start.includes("/look#"));
}

/** `look` runs for a second; all others until they are stopped. */
const SHORT: FakeRuntimeOptions = {
  script: ({ name }) => (name === "look" ? { runsMs: 1_000, exitCode: 3 } : {}),
};

Deno.test("an ephemeral container starts in the running pod and counts for nothing", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web");
  await debug(bench, "web", { stdin: true, tty: true, stdinOnce: true });
  assert.deepEqual(running(bench), ["default/web/app", "default/web/look"]);
  const status = bench.container("web", "look");
  assert.ok(status.state.running.startedAt);
  assert.equal(status.ready, false);
  assert.equal("started" in status, false);
  assert.equal(bench.pod("web")!.status!.containerStatuses!.length, 1);
  assert.equal(bench.pod("web")!.status!.phase, "Running");
  assert.equal(bench.condition("web", "Ready"), "True");
  const made = [...bench.machine.containers.values()]
    .find(({ config }) => config.name === "look")!.config;
  assert.deepEqual([made.stdin, made.tty, made.stdinOnce], [true, true, true]);
  assert.deepEqual(bench.events.filter((event) => event.includes(" look:")), [
    'Pulling look: Pulling image "tools"',
    'Pulled look: Successfully pulled image "tools" in 0s (0s including waiting). Image size: 1000 bytes.',
    "Created look: Container created",
    "Started look: Container started",
  ]);
  await bench.stop();
});

Deno.test("an ephemeral container that ended stays so whatever the pod's restart policy says", async () => {
  const bench = new PodBench({ runtime: SHORT });
  await bench.start();
  await bench.createPod("web");
  await debug(bench, "web");
  await bench.host.advance(600_000);
  assert.equal(
    bench.container("web", "look").state.terminated.exitCode,
    3,
  );
  assert.deepEqual(starts(bench), ["web/look#0"]);
  assert.equal(bench.pod("web")!.status!.phase, "Running");
  assert.equal(bench.condition("web", "Ready"), "True");
  await bench.stop();
  await bench.start();
  await bench.host.advance(600_000);
  assert.deepEqual(starts(bench), ["web/look#0"]);
  await bench.stop();
});

Deno.test("an ephemeral container is not started again in another sandbox, also when nothing is left of its run", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web");
  await debug(bench, "web");
  await bench.stop();
  // A reboot and somebody who cleans up.
  for (const id of bench.machine.sandboxes.keys()) {
    bench.machine.sandboxes.delete(id);
  }
  bench.machine.containers.clear();
  await bench.start();
  await bench.host.advance(60_000);
  assert.deepEqual(running(bench), ["default/web/app"]);
  assert.deepEqual(starts(bench), ["web/look#0"]);
  const { terminated } = bench.container("web", "look").state;
  assert.equal(terminated.exitCode, 137);
  assert.equal(terminated.reason, "ContainerStatusUnknown");
  await bench.stop();
});

Deno.test("an ephemeral container is told whose processes it is to see", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web");
  await debug(bench, "web", { targetContainerName: "app" });
  const configs = [...bench.machine.containers.values()];
  const app = configs.find(({ config }) => config.name === "app")!;
  const look = configs.find(({ config }) => config.name === "look")!;
  assert.equal(look.config.targetId, app.id);
  await bench.stop();
});

Deno.test("an ephemeral container starts while an init container still runs", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web", {
    initContainers: [{ name: "prepare", image: "prepare" }],
  });
  await debug(bench, "web", { targetContainerName: "app" });
  assert.deepEqual(bench.container("web", "look").state.waiting, {
    reason: "CreateContainerConfigError",
    message: "unable to find target container app",
  });
  await debug(bench, "web", { name: "other", targetContainerName: "prepare" });
  assert.deepEqual(running(bench), [
    "default/web/other",
    "default/web/prepare",
  ]);
  await bench.stop();
});

Deno.test("an ephemeral container that cannot run says why, and the pod goes on", async () => {
  const bench = new PodBench({
    runtime: { missingImages: new Map([["tools", "no such image"]]) },
  });
  await bench.start();
  await bench.createPod("web");
  await debug(bench, "web");
  assert.deepEqual(bench.container("web", "look").state.waiting, {
    reason: "ErrImagePull",
    message: "no such image",
  });
  assert.equal(bench.condition("web", "Ready"), "True");
  await bench.deletePod("web");
  await bench.host.advance(5_000);
  assert.equal(bench.pod("web"), undefined);
  await bench.stop();
});

Deno.test("an ephemeral container whose start failed has had its only try", async () => {
  const bench = new PodBench({
    runtime: {
      script: ({ name }) => name === "look" ? { runsMs: 0, exitCode: 128 } : {},
    },
  });
  let fails = false;
  await bench.start({
    gate: (call, moment) => {
      if (fails && call === "startContainer" && moment === "after") {
        throw new Error("no such program");
      }
    },
  });
  await bench.createPod("web");
  fails = true;
  await debug(bench, "web");
  await bench.host.advance(600_000);
  assert.equal(bench.container("web", "look").state.terminated.exitCode, 128);
  assert.ok(bench.events.includes("Failed look: Error: no such program"));
  assert.deepEqual(starts(bench), ["web/look#0"]);
  await bench.stop();
});

Deno.test("a pod ends when its containers have ended, and its ephemeral one with it", async () => {
  const bench = new PodBench({
    runtime: {
      script: ({ name }) => (name === "app" ? { runsMs: 9_000 } : {}),
    },
  });
  await bench.start();
  await bench.createPod("job", { restartPolicy: "Never" });
  await debug(bench, "job");
  await bench.host.advance(10_000);
  assert.equal(bench.pod("job")!.status!.phase, "Succeeded");
  assert.deepEqual(running(bench), []);
  assert.ok(bench.container("job", "look").state.terminated);
  await bench.stop();
});

/** A pod with an ephemeral container, and an agent that is killed at a call of its runtime. */
async function scenario(crashAt: number) {
  let seen = 0;
  let reached = false;
  const bench = new PodBench();
  await bench.start({
    gate: () => {
      if (seen++ !== crashAt) return;
      reached = true;
      return new Promise<void>(() => {});
    },
  });
  await bench.createPod("web");
  await debug(bench, "web");
  await bench.host.advance(5_000);
  if (reached) {
    bench.crash();
    await bench.host.advance(1_000);
    await bench.start();
    await bench.host.advance(5_000);
  }
  const picture = {
    running: running(bench),
    starts: [...bench.machine.starts].sort(),
    containers: bench.machine.containers.size,
    ready: bench.condition("web", "Ready"),
    state: Object.keys(bench.container("web", "look")?.state ?? {}),
  };
  const calls = seen;
  await bench.deletePod("web");
  await bench.host.advance(5_000);
  assert.equal(bench.pod("web"), undefined);
  assert.equal(bench.machine.containers.size, 0);
  await bench.stop();
  return { picture, calls, reached };
}

Deno.test("an ephemeral container is started once when the agent is killed at any runtime call", async () => {
  const calm = await scenario(-1);
  assert.deepEqual(calm.picture, {
    running: ["default/web/app", "default/web/look"],
    starts: ["web/app#0", "web/look#0"],
    containers: 2,
    ready: "True",
    state: ["running"],
  });
  assert.ok(calm.calls >= 14, `only ${calm.calls} calls`);
  for (let point = 0; point < calm.calls; point++) {
    const { picture, reached } = await scenario(point);
    assert.ok(reached, `point ${point} was not reached`);
    assert.deepEqual(picture, calm.picture, `killed at point ${point}`);
  }
});
