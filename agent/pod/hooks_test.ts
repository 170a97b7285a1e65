/** Lifecycle hooks, as users see them. */
import assert from "node:assert/strict";
import { HostError } from "../../src/base/host.ts";
import { PodBench } from "../testing/pod_bench.ts";

/** A server in the pod that answers these paths and refuses others. */
function server(paths: Record<string, number>) {
  const asked: URL[] = [];
  return {
    asked,
    probe: (url: URL): Response => {
      asked.push(url);
      const status = paths[url.pathname];
      if (status === undefined) throw new HostError("refused", "refused");
      return new Response("", { status });
    },
  };
}

const running = (bench: PodBench) =>
  bench.machine.running(bench.host.clock.now());

Deno.test("a preStop hook runs within the grace, before TERM; any answer counts, and none is told of", async () => {
  const { asked, probe } = server({ "/bye": 500 });
  const bench = new PodBench({
    runtime: { script: () => ({ stopMs: 1_000 }) },
    probe,
  });
  await bench.start();
  await bench.createPod("web", {
    containers: [
      {
        name: "sleeper",
        image: "i",
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
      },
      {
        name: "caller",
        image: "i",
        lifecycle: { preStop: { httpGet: { path: "/bye", port: 80 } } },
      },
      {
        name: "failing",
        image: "i",
        lifecycle: { preStop: { httpGet: { path: "no", port: 80 } } },
      },
    ],
  });
  await bench.host.advance(1_000);
  await bench.deletePod("web");
  await bench.host.advance(2_000);
  assert.deepEqual(asked.map(({ pathname }) => pathname).sort(), [
    "/bye",
    "/no",
  ]);
  assert.deepEqual(running(bench), ["default/web/sleeper"]);
  assert.deepEqual(
    bench.events.filter((event) => event.startsWith("FailedPreStopHook")),
    ["FailedPreStopHook failing: PreStopHook failed"],
  );
  await bench.host.advance(4_100);
  assert.equal(bench.pod("web"), undefined);
  await bench.stop();
  assert.deepEqual(bench.host.failures, []);
});

Deno.test("a hook's request goes where it says, by HTTPS with its own headers", async () => {
  const { asked, probe } = server({ "/x": 200 });
  const bench = new PodBench({ probe });
  await bench.start();
  await bench.createPod("web", {
    containers: [{
      name: "app",
      image: "i",
      ports: [{ name: "admin", containerPort: 9000 }],
      lifecycle: {
        postStart: {
          httpGet: {
            path: "/x",
            port: "admin",
            host: "other.example",
            scheme: "HTTPS",
          },
        },
      },
    }],
  });
  await bench.host.advance(1_000);
  assert.deepEqual(asked.map(({ href }) => href), [
    "https://other.example:9000/x",
  ]);
  assert.ok(bench.container("web").state.running);
  await bench.stop();
});

Deno.test("a preStop hook that outlasts the grace does not hold the pod", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ stopMs: Infinity }) },
  });
  await bench.start();
  await bench.createPod("web", {
    containers: [{
      name: "app",
      image: "i",
      lifecycle: { preStop: { sleep: { seconds: 600 } } },
    }],
  });
  await bench.host.advance(1_000);
  await bench.deletePod("web", 4);
  // After the grace it still gets the least that every container gets.
  await bench.host.advance(5_900);
  assert.ok(bench.pod("web"));
  await bench.host.advance(200);
  assert.equal(bench.pod("web"), undefined);
  assert.deepEqual(
    bench.events.filter((event) => event.startsWith("FailedPreStopHook")),
    [],
  );
  await bench.stop();
});

Deno.test("a container whose postStart hook fails is killed, says why and is restarted with back-off", async () => {
  const paths: Record<string, number> = {};
  const { probe } = server(paths);
  const bench = new PodBench({
    probe,
    runtime: { script: () => ({ stopMs: 1_000 }) },
  });
  await bench.start();
  const { metadata } = await bench.createPod("web", {
    containers: [{
      name: "app",
      image: "i",
      lifecycle: { postStart: { httpGet: { path: "/", port: 80 } } },
    }],
  });
  await bench.host.advance(500);
  assert.deepEqual(bench.container("web").state.waiting, {
    reason: "PostStartHookError",
    message:
      `HTTP lifecycle hook (/) for Container "app" in Pod "web_default(${metadata.uid})" failed - error: refused`,
  });
  assert.equal(bench.pod("web")!.status!.phase, "Pending");
  assert.ok(bench.events.includes("Killing app: FailedPostStartHook"));
  await bench.host.advance(3_000);
  assert.equal(
    bench.container("web").state.waiting.reason,
    "CrashLoopBackOff",
  );
  assert.equal(bench.container("web").restartCount, 1);
  paths["/"] = 404;
  await bench.host.advance(15_000);
  assert.ok(bench.container("web").state.running);
  assert.equal(bench.container("web").restartCount, 2);
  await bench.stop();
});

Deno.test("a container does not count as started while its postStart hook runs, and those after it wait", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web", {
    containers: [
      {
        name: "first",
        image: "i",
        lifecycle: { postStart: { sleep: { seconds: 5 } } },
      },
      { name: "second", image: "i" },
    ],
  });
  await bench.host.advance(4_000);
  assert.deepEqual(bench.machine.starts, ["web/first#0"]);
  assert.equal(
    bench.container("web", "first").state.waiting.reason,
    "ContainerCreating",
  );
  assert.equal(bench.pod("web")!.status!.phase, "Pending");
  await bench.host.advance(1_500);
  assert.deepEqual(bench.machine.starts, ["web/first#0", "web/second#0"]);
  assert.equal(bench.condition("web", "Ready"), "True");
  await bench.stop();
});

Deno.test("a container that cannot be had does not hold those after it", async () => {
  const bench = new PodBench({
    runtime: { missingImages: new Map([["none", "not found"]]) },
  });
  await bench.start();
  await bench.createPod("web", {
    containers: [{ name: "first", image: "none" }, {
      name: "second",
      image: "i",
    }],
  });
  await bench.host.advance(500);
  assert.deepEqual(bench.machine.starts, ["web/second#0"]);
  await bench.stop();
});

Deno.test("a container that ends while its postStart hook runs is not waited for", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ runsMs: 1_000, exitCode: 3 }) },
  });
  await bench.start();
  await bench.createPod("job", {
    restartPolicy: "Never",
    containers: [{
      name: "app",
      image: "i",
      lifecycle: { postStart: { sleep: { seconds: 600 } } },
    }],
  });
  await bench.host.advance(2_000);
  assert.equal(bench.pod("job")!.status!.phase, "Failed");
  assert.equal(bench.container("job").state.terminated.exitCode, 3);
  await bench.stop();
});

Deno.test("hooks run commands in their container; a postStart that fails has it killed, and what it printed is in no event", async () => {
  const ran: string[] = [];
  let exitCode = 3;
  const bench = new PodBench({
    runtime: {
      script: ({ name }) => ({
        exec: async (command, { print }) => {
          ran.push(`${name}: ${command.join(" ")}`);
          await print("s3cret");
          return command[0] === "warm" ? exitCode : 0;
        },
      }),
    },
  });
  await bench.start();
  await bench.createPod("web", {
    containers: [{
      name: "app",
      image: "i",
      env: [{ name: "MODE", value: "slow" }],
      lifecycle: {
        postStart: { exec: { command: ["warm", "$(MODE)"] } },
        preStop: { exec: { command: ["drain"] } },
      },
    }],
  });
  await bench.host.advance(1_000);
  // Whatever ends a container, its preStop hook comes first.
  assert.deepEqual(ran.slice(0, 2), ["app: warm slow", "app: drain"]);
  assert.ok(
    bench.events.includes("FailedPostStartHook app: PostStartHook failed"),
  );
  assert.doesNotMatch(bench.events.join("\n"), /s3cret/);
  assert.ok(bench.container("web").restartCount >= 1);
  exitCode = 0;
  await bench.host.advance(15_000);
  assert.ok(bench.container("web").state.running);
  await bench.deletePod("web");
  await bench.host.advance(2_000);
  assert.equal(ran.at(-1), "app: drain");
  assert.equal(bench.pod("web"), undefined);
  await bench.stop();
  assert.deepEqual(bench.host.failures, []);
});

Deno.test("a tcpSocket hook fails where nobody listens", async () => {
  const bench = new PodBench();
  await bench.start();
  await bench.createPod("web", {
    restartPolicy: "Never",
    containers: [{
      name: "app",
      image: "i",
      lifecycle: { postStart: { tcpSocket: { port: 80 } } },
    }],
  });
  await bench.host.advance(1_000);
  assert.ok(
    bench.events.includes("FailedPostStartHook app: PostStartHook failed"),
  );
  assert.equal(bench.pod("web")!.status!.phase, "Failed");
  await bench.stop();
});

Deno.test("after an agent's restart a container that is there does not wait for one that is not", async () => {
  const missingImages = new Map<string, string>();
  const bench = new PodBench({ runtime: { missingImages } });
  await bench.start();
  missingImages.set("none", "not found");
  await bench.createPod("web", {
    containers: [{ name: "first", image: "none" }, {
      name: "second",
      image: "i",
    }],
  });
  await bench.host.advance(2_000);
  await bench.stop();
  // The pull hangs.
  await bench.start({
    gate: (call) => call === "pullImage" ? new Promise(() => {}) : undefined,
  });
  const [second] = bench.machine.containers.values();
  bench.machine.kill(second!.id, { now: bench.host.clock.now(), exitCode: 3 });
  bench.runtime.poke(second!.sandboxId);
  await bench.host.advance(2_000);
  assert.deepEqual(bench.machine.starts, ["web/second#0", "web/second#1"]);
  bench.crash();
});

Deno.test("a container that ended well after its hook had failed, and is not restarted, has succeeded", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ termExitCode: 0 }) },
  });
  await bench.start();
  await bench.createPod("job", {
    restartPolicy: "Never",
    containers: [{
      name: "app",
      image: "i",
      lifecycle: { postStart: { tcpSocket: { port: 80 } } },
    }],
  });
  await bench.host.advance(5_000);
  assert.equal(bench.pod("job")!.status!.phase, "Succeeded");
  assert.deepEqual(bench.container("job").lastState, {});
  await bench.stop();
});
