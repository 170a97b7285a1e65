/** How pods end: who goes first, how long it may take, what is left to tell. */
import assert from "node:assert/strict";
import type { Container } from "../../src/api/core/container.ts";
import { PodBench } from "../testing/pod_bench.ts";

const sidecar = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: "i",
  restartPolicy: "Always",
  ...more,
});

const running = (bench: PodBench) =>
  bench.machine.running(bench.host.clock.now()).map((path) =>
    path.split("/")[2]
  );

Deno.test("sidecars end after the main containers, the last one first, while all preStop hooks run at once", async () => {
  const hooks: string[] = [];
  const bench = new PodBench({
    runtime: {
      script: ({ name }) => ({
        stopMs: name === "app" ? 2_000 : 1_000,
        exec: (command) => {
          hooks.push(command[0]!);
          return Promise.resolve(0);
        },
      }),
    },
  });
  await bench.start();
  const preStop = (word: string) => ({
    lifecycle: { preStop: { exec: { command: [word] } } },
  });
  await bench.createPod("web", {
    initContainers: [
      sidecar("first", preStop("first bye")),
      sidecar("second", preStop("second bye")),
    ],
  });
  await bench.host.advance(1_000);
  assert.deepEqual(running(bench), ["app", "first", "second"]);
  await bench.deletePod("web");
  await bench.host.advance(100);
  assert.deepEqual(hooks.sort(), ["first bye", "second bye"]);
  assert.equal(
    bench.events.filter((event) => event.startsWith("Killing")).length,
    3,
  );
  await bench.host.advance(2_500);
  assert.deepEqual(running(bench), ["first", "second"]);
  await bench.host.advance(1_000);
  assert.deepEqual(running(bench), ["first"]);
  await bench.host.advance(1_000);
  assert.equal(bench.pod("web"), undefined);
  await bench.stop();
  assert.deepEqual(bench.host.failures, []);
});

Deno.test("sidecars do not wait longer for their turn than the grace lasts", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ stopMs: Infinity }) },
  });
  await bench.start();
  await bench.createPod("web", { initContainers: [sidecar("proxy")] });
  await bench.host.advance(1_000);
  await bench.deletePod("web", 5);
  await bench.host.advance(4_900);
  assert.deepEqual(running(bench), ["app", "proxy"]);
  await bench.host.advance(200);
  assert.deepEqual(running(bench), ["proxy"]);
  await bench.host.advance(2_000);
  assert.equal(bench.pod("web"), undefined);
  await bench.stop();
});

Deno.test("a pod whose main containers are through is over, and its sidecars are ended", async () => {
  const bench = new PodBench({
    runtime: {
      script: ({ name }) =>
        name === "app" ? { runsMs: 5_000 } : { stopMs: 1_000, termExitCode: 1 },
    },
  });
  await bench.start();
  await bench.createPod("job", {
    restartPolicy: "Never",
    initContainers: [sidecar("proxy")],
  });
  await bench.host.advance(5_500);
  // What waits for the end of the pod waits for all of it.
  assert.equal(bench.pod("job")!.status!.phase, "Running");
  await bench.host.advance(1_500);
  assert.equal(bench.pod("job")!.status!.phase, "Succeeded");
  assert.match(bench.pod("job")!.status!.podIP!, /^10\.42\./);
  assert.equal(bench.condition("job", "PodReadyToStartContainers"), "False");
  assert.equal(bench.container("job", "proxy").state.terminated.exitCode, 1);
  await bench.stop();
});

Deno.test("a sidecar starts again by itself, also when the pod's policy is Never, and gates what follows by its startup probe", async () => {
  const ready: { status: number } = { status: 500 };
  const bench = new PodBench({
    runtime: {
      script: ({ name, attempt }) =>
        name === "proxy" && attempt === 0
          ? { runsMs: 20_000, exitCode: 1 }
          : {},
    },
    probe: () => new Response("", { status: ready.status }),
  });
  await bench.start();
  await bench.createPod("web", {
    restartPolicy: "Never",
    initContainers: [
      sidecar("proxy", {
        startupProbe: {
          httpGet: { path: "/", port: 80 },
          periodSeconds: 1,
          failureThreshold: 30,
        },
      }),
    ],
  });
  await bench.host.advance(5_000);
  assert.deepEqual(bench.machine.starts, ["web/proxy#0"]);
  assert.equal(bench.condition("web", "Initialized"), "False");
  ready.status = 200;
  await bench.host.advance(2_000);
  assert.deepEqual(bench.machine.starts, ["web/proxy#0", "web/app#0"]);
  assert.equal(bench.condition("web", "Initialized"), "True");
  await bench.host.advance(20_000);
  assert.equal(bench.container("web", "proxy").restartCount, 1);
  assert.equal(bench.pod("web")!.status!.phase, "Running");
  await bench.stop();
});

Deno.test("init containers do not run again under main containers that are there, even if their remains are gone", async () => {
  const bench = new PodBench({
    runtime: { script: ({ name }) => (name === "app" ? {} : { runsMs: 100 }) },
  });
  await bench.start();
  await bench.createPod("web", {
    initContainers: [{ name: "prepare", image: "i" }],
  });
  await bench.host.advance(1_000);
  await bench.stop();
  for (const { id, config } of bench.machine.containers.values()) {
    if (config.name === "prepare") bench.machine.containers.delete(id);
  }
  await bench.start();
  await bench.host.advance(1_000);
  assert.deepEqual(bench.machine.starts, ["web/prepare#0", "web/app#0"]);
  assert.equal(bench.pod("web")!.status!.phase, "Running");
  assert.equal(bench.condition("web", "Initialized"), "True");
  await bench.stop();
});

Deno.test("after an agent's restart the full grace starts again", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ stopMs: Infinity }) },
  });
  await bench.start();
  await bench.createPod("web");
  await bench.host.advance(1_000);
  // The runtime must not end it for the agent that is gone.
  bench.runtime.stopContainer = () => new Promise(() => {});
  await bench.deletePod("web", 10);
  await bench.host.advance(8_000);
  bench.crash();
  await bench.start();
  await bench.host.advance(9_000);
  assert.deepEqual(running(bench), ["app"]);
  await bench.host.advance(1_500);
  assert.equal(bench.pod("web"), undefined);
  await bench.stop();
});

Deno.test("a grace that is shortened while a hook runs ends the hook's time too", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web", {
    containers: [{
      name: "app",
      image: "i",
      lifecycle: { preStop: { sleep: { seconds: 600 } } },
    }],
  });
  await bench.host.advance(1_000);
  await bench.deletePod("web", 60);
  await bench.host.advance(5_000);
  bench.api.change("/api/v1/namespaces/default/pods/web", ({ metadata }) => {
    metadata.deletionGracePeriodSeconds = 3;
  });
  await bench.host.advance(2_900);
  assert.ok(bench.pod("web"));
  await bench.host.advance(200);
  assert.equal(bench.pod("web"), undefined);
  await bench.stop();
});

Deno.test("a pod with a finalizer ends on the node, and is left alone from then on", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ termExitCode: 0 }) },
  });
  await bench.start();
  await bench.createPod("web", {}, { finalizers: ["example.com/wait"] });
  await bench.host.advance(1_000);
  await bench.deletePod("web", 5);
  await bench.host.advance(1_000);
  const pod = bench.pod("web")!;
  assert.equal(pod.status!.phase, "Succeeded");
  // Its sandbox is gone, and it keeps the address that it had.
  assert.equal(bench.condition("web", "PodReadyToStartContainers"), "False");
  assert.match(pod.status!.podIP!, /^10\.42\./);
  assert.equal(bench.machine.sandboxes.size, 0);
  bench.api.change("/api/v1/namespaces/default/pods/web", ({ metadata }) => {
    metadata.labels = { seen: "yes" };
  });
  await bench.host.advance(10_000);
  assert.equal(bench.machine.starts.length, 1);
  await bench.stop();
});

Deno.test("a container that is gone behind the agent's back counts as failed with 137, and its restarts go on being counted", async () => {
  const bench = new PodBench();
  await bench.start();
  for (const restartPolicy of ["Always", "Never"] as const) {
    await bench.createPod(restartPolicy.toLowerCase(), { restartPolicy });
  }
  await bench.host.advance(1_000);
  for (const { id, sandboxId } of [...bench.machine.containers.values()]) {
    bench.machine.containers.delete(id);
    bench.runtime.poke(sandboxId);
  }
  await bench.host.advance(1_000);
  assert.equal(bench.pod("never")!.status!.phase, "Failed");
  assert.deepEqual(bench.container("never").state.terminated, {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message: "The container could not be located when the pod was terminated",
  });
  const status = bench.container("always");
  assert.ok(status.state.running);
  assert.equal(status.restartCount, 1);
  assert.equal(status.lastState.terminated.exitCode, 137);
  assert.deepEqual(bench.machine.starts.slice(2), ["always/app#1"]);
  await bench.stop();
});

Deno.test("a pod that never started is Failed at its end, its containers lost", async () => {
  const bench = new PodBench({
    runtime: { missingImages: new Map([["none", "not found"]]) },
  });
  await bench.start();
  await bench.createPod("web", {
    containers: [{ name: "app", image: "none" }],
  }, { finalizers: ["example.com/wait"] });
  await bench.host.advance(3_000);
  await bench.deletePod("web");
  await bench.host.advance(1_000);
  const { status } = bench.pod("web")!;
  assert.equal(status!.phase, "Failed");
  assert.equal(
    bench.container("web").state.terminated.reason,
    "ContainerStatusUnknown",
  );
  await bench.stop();
});
