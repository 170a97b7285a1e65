import assert from "node:assert/strict";
import type { Event } from "../../api/core/event.ts";
import type { Pod } from "../../api/core/pod.ts";
import { endText, mountProblem, podProblem } from "./pod_problem.ts";

const pod = (status: unknown) =>
  ({
    metadata: { name: "web-1", uid: "u1" },
    spec: {},
    status,
  }) as unknown as Pod;
const container = (state: unknown, lastState: unknown = {}) =>
  pod({ containerStatuses: [{ name: "web", state, lastState }] });

Deno.test("podProblem() finds nothing wrong with what is on its way", () => {
  assert.equal(podProblem(pod({})), undefined);
  assert.equal(podProblem(container({ running: {} })), undefined);
  const creating = { waiting: { reason: "ContainerCreating" } };
  assert.equal(podProblem(container(creating)), undefined);
});

Deno.test("podProblem() tells why no node takes a pod, which may pass", () => {
  const found = podProblem(pod({
    conditions: [{
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "0/1 nodes are available",
    }],
  }));
  assert.equal(found?.text, "no node takes it: 0/1 nodes are available");
  assert.equal(found?.isLasting, false);
});

Deno.test("podProblem() tells what will not pass by itself", () => {
  const pull = podProblem(container({
    waiting: { reason: "ImagePullBackOff", message: "no such image" },
  }));
  assert.equal(pull?.text, "ImagePullBackOff: no such image");
  assert.deepEqual([pull?.isLasting, pull?.hasRun], [true, false]);
  const crash = podProblem(container(
    { waiting: { reason: "CrashLoopBackOff" } },
    { terminated: { exitCode: 1, reason: "Error" } },
  ));
  assert.equal(crash?.text, "it ended with exit status 1, again and again");
  assert.deepEqual([crash?.isLasting, crash?.hasRun], [true, true]);
  const evicted = podProblem(
    pod({ phase: "Failed", reason: "Evicted", message: "no memory" }),
  );
  assert.equal(evicted?.text, "Evicted: no memory");
});

Deno.test("mountProblem() tells which volume a waiting pod cannot have", () => {
  const waiting = container({ waiting: { reason: "ContainerCreating" } });
  const event = (uid: string | undefined, reason: string) =>
    ({
      involvedObject: { uid },
      reason,
      message: 'configmap "none" not found',
    }) as unknown as Event;
  const { uid } = waiting.metadata;
  const found = mountProblem(waiting, [
    event("another", "FailedMount"),
    event(uid, "MissingClusterDNS"),
    event(uid, "FailedMount"),
  ]);
  assert.equal(found?.text, 'configmap "none" not found');
  assert.deepEqual([found?.isLasting, found?.hasRun], [false, false]);
  assert.equal(
    mountProblem(waiting, [event("another", "FailedMount")]),
    undefined,
  );
  const sandbox = event(uid, "FailedCreatePodSandBox");
  assert.equal(mountProblem(waiting, [sandbox])?.text, sandbox.message);
  const running = container({ running: {} });
  assert.equal(mountProblem(running, [event(uid, "FailedMount")]), undefined);
});

Deno.test("endText() names the reason where it says more than the status", () => {
  assert.equal(
    endText({ exitCode: 137, reason: "OOMKilled" }),
    "it ended with exit status 137 (OOMKilled)",
  );
  assert.equal(
    endText({ exitCode: 2, reason: "Error", message: "no till" }),
    "it ended with exit status 2: no till",
  );
});
