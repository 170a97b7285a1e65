/** Restart policies, back-off, graceful and impatient ends, as users see them in the API. */
import assert from "node:assert/strict";
import { PODS } from "../../src/client/resources.ts";
import { PodBench } from "../testing/pod_bench.ts";

Deno.test("a container that fails at once is restarted now, then after 10 s, 20 s, with CrashLoopBackOff in between", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ runsMs: 100, exitCode: 2 }) },
  });
  await bench.start();
  const { metadata } = await bench.createPod("web");
  await bench.host.advance(1_000);
  let status = bench.container("web");
  assert.equal(status.restartCount, 1);
  assert.deepEqual(status.state.waiting, {
    reason: "CrashLoopBackOff",
    message:
      `back-off 10s restarting failed container=app pod=web_default(${metadata.uid})`,
  });
  assert.equal(status.lastState.terminated.exitCode, 2);
  assert.equal(status.lastState.terminated.reason, "Error");
  assert.equal(status.ready, false);
  assert.equal(bench.pod("web")!.status!.phase, "Running");
  assert.ok(
    bench.events.includes(
      `BackOff app: Back-off restarting failed container app in pod web_default(${metadata.uid})`,
    ),
  );
  await bench.host.advance(10_000);
  status = bench.container("web");
  assert.equal(status.restartCount, 2);
  assert.match(status.state.waiting.message, /^back-off 20s /);
  await bench.host.advance(20_000);
  assert.equal(bench.container("web").restartCount, 3);
  // The newest end and the one before stay for the logs, no more.
  assert.equal(bench.machine.containers.size, 2);
  await bench.stop();
  assert.deepEqual(bench.host.failures, []);
});

Deno.test("a pod with restartPolicy Never is Succeeded or Failed when its containers have ended", async () => {
  for (const [exitCode, phase] of [[0, "Succeeded"], [1, "Failed"]] as const) {
    const bench = new PodBench({
      runtime: { script: () => ({ runsMs: 500, exitCode }) },
    });
    await bench.start();
    await bench.createPod("job", { restartPolicy: "Never" });
    await bench.host.advance(2_000);
    const { status } = bench.pod("job")!;
    assert.equal(status!.phase, phase);
    assert.equal(bench.container("job").state.terminated.exitCode, exitCode);
    assert.equal(bench.container("job").restartCount, 0);
    const ready = status!.conditions!.find(({ type }) => type === "Ready")!;
    assert.equal(
      ready.reason,
      phase === "Succeeded" ? "PodCompleted" : "PodFailed",
    );
    assert.equal(status!.podIP, bench.pod("job")!.status!.podIP);
    // A new agent does not run it again.
    await bench.stop();
    await bench.start();
    await bench.host.advance(2_000);
    assert.equal(bench.machine.starts.length, 1);
    await bench.stop();
  }
});

Deno.test("a pod with restartPolicy OnFailure restarts what failed and is Succeeded at last", async () => {
  const bench = new PodBench({
    runtime: {
      script: ({ attempt }) => ({ runsMs: 500, exitCode: attempt < 2 ? 1 : 0 }),
    },
  });
  await bench.start();
  await bench.createPod("job", { restartPolicy: "OnFailure" });
  await bench.host.advance(15_000);
  assert.equal(bench.pod("job")!.status!.phase, "Succeeded");
  assert.equal(bench.container("job").restartCount, 2);
  await bench.stop();
});

Deno.test("containers wait with PodInitializing until the init containers have run in order", async () => {
  const bench = new PodBench({
    runtime: {
      script: ({ name }) => (name === "app" ? {} : { runsMs: 1_000 }),
    },
  });
  await bench.start();
  await bench.createPod("web", {
    initContainers: [{ name: "one", image: "i" }, { name: "two", image: "i" }],
  });
  await bench.host.advance(1_500);
  const { status } = bench.pod("web")!;
  assert.equal(status!.phase, "Pending");
  assert.equal(bench.container("web").state.waiting.reason, "PodInitializing");
  assert.equal(
    bench.container("web", "one").state.terminated.reason,
    "Completed",
  );
  assert.ok(bench.container("web", "two").state.running);
  const initialized = status!.conditions!.find(({ type }) =>
    type === "Initialized"
  )!;
  assert.equal(initialized.status, "False");
  assert.equal(initialized.reason, "ContainersNotInitialized");
  assert.equal(
    initialized.message,
    "containers with incomplete status: [two]",
  );
  await bench.host.advance(1_000);
  assert.equal(bench.pod("web")!.status!.phase, "Running");
  assert.deepEqual(bench.machine.starts, [
    "web/one#0",
    "web/two#0",
    "web/app#0",
  ]);
  await bench.stop();
});

Deno.test("a pod with restartPolicy Never fails when an init container fails", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ runsMs: 100, exitCode: 1 }) },
  });
  await bench.start();
  await bench.createPod("web", {
    restartPolicy: "Never",
    initContainers: [{ name: "prepare", image: "i" }],
  });
  await bench.host.advance(1_000);
  assert.equal(bench.pod("web")!.status!.phase, "Failed");
  assert.deepEqual(bench.machine.starts, ["web/prepare#0"]);
  await bench.stop();
});

Deno.test("an image that cannot be had shows ErrImagePull, then ImagePullBackOff, and is tried again", async () => {
  const missing = new Map([["nowhere/app:1", "not found"]]);
  const bench = new PodBench({ runtime: { missingImages: missing } });
  await bench.start();
  await bench.createPod("web", {
    containers: [{ name: "app", image: "nowhere/app:1" }],
  });
  await bench.host.advance(500);
  assert.deepEqual(bench.container("web").state.waiting, {
    reason: "ErrImagePull",
    message: "not found",
  });
  await bench.host.advance(1_000);
  assert.deepEqual(bench.container("web").state.waiting, {
    reason: "ImagePullBackOff",
    message: 'Back-off pulling image "nowhere/app:1": ErrImagePull: not found',
  });
  missing.clear();
  await bench.host.advance(10_000);
  assert.equal(bench.pod("web")!.status!.phase, "Running");
  await bench.stop();
});

Deno.test("a container that ignores TERM is killed when the grace is over", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ stopMs: Infinity }) },
  });
  await bench.start();
  await bench.createPod("web", { terminationGracePeriodSeconds: 7 });
  await bench.host.advance(1_000);
  await bench.deletePod("web", 7);
  await bench.host.advance(6_900);
  assert.equal(bench.machine.running(bench.host.clock.now()).length, 1);
  await bench.host.advance(200);
  assert.equal(bench.pod("web"), undefined);
  assert.equal(bench.machine.sandboxes.size, 0);
  await bench.stop();
});

Deno.test("a shorter grace that is wished for later counts at once", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ stopMs: Infinity }) },
  });
  await bench.start();
  await bench.createPod("web");
  await bench.host.advance(1_000);
  await bench.deletePod("web", 30);
  await bench.host.advance(2_000);
  bench.api.change("/api/v1/namespaces/default/pods/web", ({ metadata }) => {
    metadata.deletionGracePeriodSeconds = 1;
  });
  // Two seconds are the least that a container gets.
  await bench.host.advance(1_900);
  assert.ok(bench.pod("web"));
  await bench.host.advance(200);
  assert.equal(bench.pod("web"), undefined);
  await bench.stop();
});

Deno.test("a pod whose object is gone by force is ended and removed all the same", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ stopMs: 3_000 }) },
  });
  await bench.start();
  await bench.createPod("web");
  await bench.host.advance(1_000);
  const writes = bench.api.writes.length;
  await bench.deletePod("web", 0);
  assert.equal(bench.pod("web"), undefined);
  await bench.host.advance(3_100);
  assert.equal(bench.machine.sandboxes.size, 0);
  // The one write is the user's own.
  assert.equal(bench.api.writes.length, writes + 1);
  await bench.stop();
});

Deno.test("a pod of the same name with another UID is another pod", async () => {
  const bench = new PodBench();
  await bench.start();
  const first = await bench.createPod("web");
  await bench.host.advance(1_000);
  await bench.deletePod("web", 0);
  const second = await bench.createPod("web");
  assert.notEqual(first.metadata.uid, second.metadata.uid);
  await bench.host.advance(1_000);
  assert.equal(bench.pod("web")!.status!.phase, "Running");
  assert.equal(bench.machine.starts.length, 2);
  assert.equal(bench.machine.sandboxes.size, 1);
  await bench.stop();
});

Deno.test("another image in the pod's spec restarts just that container", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web", {
    containers: [{ name: "app", image: "v1" }, { name: "log", image: "log" }],
  });
  await bench.host.advance(1_000);
  bench.api.change("/api/v1/namespaces/default/pods/web", (pod) => {
    pod.spec.containers[0].image = "v2";
  });
  await bench.host.advance(1_000);
  const status = bench.container("web");
  assert.equal(status.image, "v2");
  assert.equal(status.restartCount, 1);
  assert.equal(bench.container("web", "log").restartCount, 0);
  assert.ok(
    bench.events.includes(
      "Killing app: Container app definition changed, will be restarted",
    ),
  );
  await bench.stop();
});

Deno.test("a pod fails with DeadlineExceeded when its activeDeadlineSeconds are over", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("job", {
    restartPolicy: "Never",
    activeDeadlineSeconds: 5,
  });
  await bench.host.advance(4_900);
  assert.equal(bench.pod("job")!.status!.phase, "Running");
  await bench.host.advance(200);
  const { status } = bench.pod("job")!;
  assert.equal(status!.phase, "Failed");
  assert.equal(status!.reason, "DeadlineExceeded");
  assert.deepEqual(bench.machine.running(bench.host.clock.now()), []);
  await bench.stop();
});

Deno.test("a deadline that is set while the pod runs counts from its start", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("job", { restartPolicy: "Never" });
  await bench.host.advance(4_000);
  await bench.client.patch(PODS, { name: "job", namespace: "default" }, {
    type: "merge",
    body: { spec: { activeDeadlineSeconds: 5 } },
  });
  await bench.host.advance(900);
  assert.equal(bench.pod("job")!.status!.phase, "Running");
  await bench.host.advance(200);
  assert.equal(bench.pod("job")!.status!.reason, "DeadlineExceeded");
  await bench.stop();
});

Deno.test("a pod that is deleted does not wait for the next try of what its runtime did not do", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ runsMs: 100, exitCode: 0 }) },
  });
  await bench.start();
  const { runtime } = bench;
  const stopSandbox = runtime.stopSandbox;
  runtime.stopSandbox = () => Promise.reject(new Error("No answer"));
  await bench.createPod("job", { restartPolicy: "Never" });
  await bench.host.advance(130_000); // its tries are a minute apart by now
  runtime.stopSandbox = stopSandbox;
  await bench.deletePod("job");
  await bench.host.advance(1_000);
  assert.equal(bench.machine.sandboxes.size, 0);
  await bench.stop();
});

Deno.test("a status reaches the API after contact was lost, and nothing is restarted", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web");
  await bench.host.advance(1_000);
  let cut = true;
  bench.api.intercept = () =>
    cut ? new Response("gone", { status: 503 }) : undefined;
  const [container] = [...bench.machine.containers.values()];
  bench.machine.kill(container!.id, {
    now: bench.host.clock.now(),
    exitCode: 9,
  });
  bench.runtime.poke(container!.sandboxId);
  await bench.host.advance(20_000);
  assert.equal(bench.container("web").restartCount, 0);
  cut = false;
  await bench.host.advance(40_000);
  assert.equal(bench.container("web").restartCount, 1);
  assert.equal(bench.machine.starts.length, 2);
  await bench.stop();
});

Deno.test("nothing is written and no timer waits while a pod just runs", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web");
  await bench.host.advance(60_000);
  const requests = bench.api.requests.length;
  const { timers } = bench.host;
  assert.equal(timers, 0);
  await bench.host.advance(3_600_000);
  assert.equal(bench.api.requests.length, requests);
  await bench.stop();
});

Deno.test("a container's last words are shown, from its file or, after a failure, from its output", async () => {
  const bench = new PodBench({
    runtime: {
      script: ({ name }) => ({
        runsMs: 500,
        exitCode: 1,
        lines: [`${name} fails`],
      }),
    },
  });
  await bench.start();
  await bench.createPod("job", {
    restartPolicy: "Never",
    containers: [
      {
        name: "file",
        image: "i",
        terminationMessagePath: "/dev/termination-log",
      },
      {
        name: "log",
        image: "i",
        terminationMessagePath: "/dev/termination-log",
        terminationMessagePolicy: "FallbackToLogsOnError",
      },
      { name: "silent", image: "i", terminationMessagePath: "/t" },
    ],
  });
  await bench.host.advance(100);
  const { config } = [...bench.machine.containers.values()].find(({ config }) =>
    config.name === "file"
  )!;
  const [mount] = config.mounts;
  assert.equal(mount!.containerPath, "/dev/termination-log");
  await bench.host.disk.writeAtomic(mount!.hostPath, "no disk");
  await bench.host.advance(1_000);
  const message = (name: string) =>
    bench.container("job", name).state.terminated.message;
  assert.equal(message("file"), "no disk");
  assert.equal(message("log"), "log fails\n");
  assert.equal(message("silent"), undefined);
  await bench.stop();
});

Deno.test("a pod that ends is deleted even if the API does not take its last status", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web");
  await bench.host.advance(1_000);
  bench.api.intercept = (request) =>
    request.method === "PATCH"
      ? Response.json({
        kind: "Status",
        status: "Failure",
        reason: "Invalid",
        message: "no",
        code: 422,
      }, { status: 422 })
      : undefined;
  await bench.deletePod("web");
  await bench.host.advance(1_000);
  assert.equal(bench.pod("web"), undefined);
  await bench.stop();
});
