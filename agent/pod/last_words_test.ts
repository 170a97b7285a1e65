/** That nobody sees an end without what the container said at it. */
import assert from "node:assert/strict";
import type { PodStatus } from "../../src/api/core/pod_status.ts";
import { PodBench } from "../testing/pod_bench.ts";

/** A node on which output is slow to read, and all messages of ended containers that the API was told. */
function slowBench(): { bench: PodBench; told: (string | undefined)[] } {
  const bench = new PodBench({
    runtime: {
      script: () => ({ runsMs: 500, exitCode: 1, lines: ["no disk"] }),
    },
  });
  const told: (string | undefined)[] = [];
  bench.api.intercept = (request) => {
    if (request.method !== "PATCH") return undefined;
    void request.clone().json().then(({ status }: { status: PodStatus }) => {
      for (const { state, lastState } of status.containerStatuses ?? []) {
        for (const end of [state?.terminated, lastState?.terminated]) {
          if (end) told.push(end.message);
        }
      }
    });
    return undefined;
  };
  return { bench, told };
}

async function start(bench: PodBench): Promise<void> {
  await bench.start();
  const { logs } = bench.runtime;
  bench.runtime.logs = async function* (...args) {
    await bench.host.clock.sleep(300);
    yield* logs.apply(this, args);
  };
}

const spec = (restartPolicy: "Always" | "Never") => ({
  restartPolicy,
  containers: [{
    name: "app",
    image: "i",
    terminationMessagePolicy: "FallbackToLogsOnError" as const,
  }],
});

Deno.test("an end is told together with the container's last words, also when they are slow to read", async () => {
  const { bench, told } = slowBench();
  await start(bench);
  await bench.createPod("once", spec("Never"));
  await bench.createPod("again", spec("Always"));
  await bench.host.advance(5_000);
  const message = "no disk\n";
  assert.equal(bench.container("once").state.terminated.message, message);
  assert.equal(bench.container("again").lastState.terminated.message, message);
  assert.ok(told.length >= 2);
  assert.deepEqual([...new Set(told)], [message]);
  await bench.stop();
  assert.deepEqual(bench.host.failures, []);
});

Deno.test("an agent that starts anew takes no last words back until it has asked again", async () => {
  const { bench, told } = slowBench();
  await start(bench);
  await bench.createPod("once", spec("Never"));
  await bench.createPod("again", spec("Always"));
  await bench.host.advance(1_000);
  bench.crash();
  await start(bench);
  await bench.host.advance(2_000);
  assert.equal(bench.container("once").state.terminated.message, "no disk\n");
  assert.deepEqual([...new Set(told)], ["no disk\n"]);
  await bench.stop();
});

Deno.test("what a container says when its pod ends is told too", async () => {
  const bench = new PodBench({
    runtime: { script: () => ({ termExitCode: 3, lines: ["bye"] }) },
  });
  await bench.start();
  await bench.createPod("web", spec("Always"), {
    finalizers: ["example.com/wait"],
  });
  await bench.host.advance(1_000);
  await bench.deletePod("web", 5);
  await bench.host.advance(1_000);
  assert.equal(bench.container("web").state.terminated.message, "bye\n");
  await bench.stop();
});
