/** Probes as users see them: in a pod's conditions, restarts and events. */
import assert from "node:assert/strict";
import { HostError } from "../../src/base/host.ts";
import { PodBench } from "../testing/pod_bench.ts";

/** A server in the pod: its answers by path, and how often each was asked for. */
function fakeServer(answers: Record<string, number | "refused">) {
  const asked: Record<string, number> = {};
  const probe = (url: URL): Response => {
    const answer = answers[url.pathname];
    asked[url.pathname] = (asked[url.pathname] ?? 0) + 1;
    if (answer === undefined || answer === "refused") {
      throw new HostError("refused", "Connection refused");
    }
    return new Response("", { status: answer });
  };
  return { answers, asked, probe };
}

Deno.test("a readiness probe makes a pod ready and takes it out again after failureThreshold failures", async () => {
  const server = fakeServer({ "/ready": 503 });
  const bench = new PodBench({ probe: server.probe });
  await bench.start();
  await bench.createPod("web", {
    containers: [{
      name: "app",
      image: "web",
      readinessProbe: {
        httpGet: { path: "/ready", port: 8080 },
        periodSeconds: 10,
        failureThreshold: 2,
      },
    }],
  });
  await bench.host.advance(1_000);
  assert.equal(bench.condition("web", "Ready"), "False");
  assert.equal(bench.container("web").ready, false);
  assert.equal(bench.container("web").started, true);
  assert.ok(
    bench.events.includes(
      "Unhealthy app: Readiness probe failed: HTTP probe failed with statuscode: 503",
    ),
  );
  server.answers["/ready"] = 200;
  // Before its first success a probe is tried more often than its period.
  await bench.host.advance(3_000);
  assert.equal(bench.condition("web", "Ready"), "True");
  server.answers["/ready"] = "refused";
  await bench.host.advance(10_000);
  assert.equal(bench.condition("web", "Ready"), "True");
  await bench.host.advance(10_000);
  assert.equal(bench.condition("web", "Ready"), "False");
  assert.match(
    bench.events.at(-1)!,
    /^Unhealthy app: Readiness probe failed: Get "http:\/\/10\.42\.\S+:8080\/ready": dial tcp 10\.42\.\S+:8080: connect: connection refused$/,
  );
  assert.equal(bench.container("web").restartCount, 0);
  await bench.stop();
  assert.deepEqual(bench.host.failures, []);
});

Deno.test("a liveness probe restarts its container after failureThreshold failures", async () => {
  const server = fakeServer({ "/live": 200 });
  const bench = new PodBench({ probe: server.probe });
  await bench.start();
  await bench.createPod("web", {
    containers: [{
      name: "app",
      image: "web",
      livenessProbe: {
        httpGet: { path: "live", port: "http" },
        initialDelaySeconds: 3,
        periodSeconds: 5,
        failureThreshold: 3,
      },
      ports: [{ name: "http", containerPort: 80 }],
    }],
  });
  await bench.host.advance(2_900);
  assert.equal(server.asked["/live"], undefined);
  await bench.host.advance(5_200);
  assert.equal(server.asked["/live"], 2);
  server.answers["/live"] = 500;
  await bench.host.advance(10_000);
  assert.equal(bench.container("web").restartCount, 0);
  await bench.host.advance(5_000);
  assert.equal(bench.container("web").restartCount, 1);
  assert.ok(
    bench.events.includes(
      "Killing app: Container app failed liveness probe, will be restarted",
    ),
  );
  assert.equal(bench.container("web").lastState.terminated.exitCode, 143);
  await bench.stop();
});

Deno.test("a startup probe holds the others back until it has succeeded, and gives up after failureThreshold", async () => {
  const server = fakeServer({
    "/start": "refused",
    "/live": 500,
    "/ready": 200,
  });
  const bench = new PodBench({ probe: server.probe });
  await bench.start();
  await bench.createPod("web", {
    containers: [{
      name: "app",
      image: "web",
      startupProbe: {
        httpGet: { path: "/start", port: 80 },
        periodSeconds: 10,
        failureThreshold: 3,
      },
      livenessProbe: { httpGet: { path: "/live", port: 80 } },
      readinessProbe: { httpGet: { path: "/ready", port: 80 } },
    }],
  });
  await bench.host.advance(15_000);
  assert.equal(server.asked["/live"], undefined);
  assert.equal(server.asked["/ready"], undefined);
  assert.equal(bench.container("web").started, false);
  assert.equal(bench.container("web").restartCount, 0);
  // The third counted failure comes 20 s after the start.
  await bench.host.advance(5_500);
  assert.equal(bench.container("web").restartCount, 1);
  server.answers["/start"] = 200;
  server.answers["/live"] = 200;
  await bench.host.advance(10_000);
  assert.equal(bench.container("web").started, true);
  assert.equal(bench.container("web").ready, true);
  await bench.stop();
});

Deno.test("a ready container stays ready when the agent is restarted", async () => {
  const server = fakeServer({ "/ready": 200 });
  const bench = new PodBench({ probe: server.probe });
  await bench.start();
  await bench.createPod("web", {
    containers: [{
      name: "app",
      image: "web",
      readinessProbe: { httpGet: { path: "/ready", port: 80 } },
    }],
  });
  await bench.host.advance(1_000);
  assert.equal(bench.condition("web", "Ready"), "True");
  await bench.stop();
  const writes = bench.api.writes.length;
  server.answers["/ready"] = 503; // one failure is not three
  await bench.start();
  await bench.host.advance(500);
  assert.equal(bench.condition("web", "Ready"), "True");
  assert.equal(bench.api.writes.length, writes);
  await bench.stop();
});

Deno.test("an exec probe's output is the event's reason, and what cannot be run counts neither way", async () => {
  let answer: number | Error = 1;
  const asked: string[] = [];
  const bench = new PodBench({
    runtime: {
      script: () => ({
        exec: async (command, { print }) => {
          asked.push(command.join(" "));
          if (answer instanceof Error) throw answer;
          await print("the file is missing");
          return answer;
        },
      }),
    },
  });
  await bench.start();
  await bench.createPod("web", {
    containers: [{
      name: "app",
      image: "web",
      env: [{ name: "FILE", value: "/tmp/ok" }],
      readinessProbe: {
        exec: { command: ["cat", "$(FILE)", "$(OTHER)"] },
        periodSeconds: 10,
        failureThreshold: 1,
      },
    }],
  });
  await bench.host.advance(1_000);
  assert.equal(asked[0], "cat /tmp/ok $(OTHER)");
  assert.ok(
    bench.events.includes(
      "Unhealthy app: Readiness probe failed: the file is missing",
    ),
  );
  assert.equal(bench.condition("web", "Ready"), "False");
  answer = 0;
  await bench.host.advance(10_000);
  assert.equal(bench.condition("web", "Ready"), "True");
  answer = new Error("no such program");
  await bench.host.advance(10_000);
  assert.equal(bench.condition("web", "Ready"), "True");
  assert.equal(
    bench.events.at(-1),
    "Unhealthy app: Readiness probe errored and resulted in unknown state: no such program",
  );
  await bench.stop();
  assert.deepEqual(bench.host.failures, []);
});

Deno.test("an exec liveness probe that takes too long is killed and fails", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ exec: () => new Promise(() => {}) }) },
  });
  await bench.start();
  await bench.createPod("web", {
    containers: [{
      name: "app",
      image: "web",
      livenessProbe: {
        exec: { command: ["sleep", "9"] },
        periodSeconds: 5,
        timeoutSeconds: 2,
        failureThreshold: 1,
      },
    }],
  });
  await bench.host.advance(8_000);
  assert.ok(
    bench.events.includes(
      'Unhealthy app: Liveness probe failed: command timed out: "sleep 9" timed out after 2s',
    ),
  );
  assert.ok(bench.container("web").restartCount >= 1);
  await bench.stop();
  assert.deepEqual(bench.host.failures, []);
});

Deno.test("readiness goes on while a pod ends, and nothing else does", async () => {
  const server = fakeServer({ "/ready": 200, "/live": 200 });
  const bench = new PodBench({
    probe: server.probe,
    // Takes no notice of TERM.
    runtime: { script: () => ({ stopMs: 60_000 }) },
  });
  await bench.start();
  await bench.createPod("web", {
    terminationGracePeriodSeconds: 30,
    containers: [{
      name: "app",
      image: "web",
      readinessProbe: {
        httpGet: { path: "/ready", port: 80 },
        periodSeconds: 5,
        failureThreshold: 1,
      },
      livenessProbe: { httpGet: { path: "/live", port: 80 }, periodSeconds: 5 },
    }],
  });
  await bench.host.advance(1_000);
  assert.equal(bench.condition("web", "Ready"), "True");
  await bench.deletePod("web", 30);
  await bench.host.advance(1_000);
  const lived = server.asked["/live"];
  server.answers["/ready"] = 503;
  server.answers["/live"] = 503;
  await bench.host.advance(10_000);
  assert.equal(bench.condition("web", "Ready"), "False");
  assert.equal(server.asked["/live"], lived);
  assert.ok(
    !bench.events.some((line) => line.includes("failed liveness probe")),
  );
  await bench.host.advance(60_000);
  const asked = server.asked["/ready"];
  await bench.host.advance(60_000);
  assert.equal(server.asked["/ready"], asked);
  await bench.stop();
  assert.deepEqual(bench.host.failures, []);
});
