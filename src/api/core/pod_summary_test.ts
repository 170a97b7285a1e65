import assert from "node:assert/strict";
import type { ContainerStatus } from "./container_status.ts";
import type { Pod } from "./pod.ts";
import { podSummary, restartsText } from "./pod_summary.ts";

type State = NonNullable<ContainerStatus["state"]>;

function status(
  name: string,
  more: Partial<ContainerStatus> & { state?: State } = {},
): ContainerStatus {
  return {
    name,
    ready: false,
    restartCount: 0,
    image: "",
    imageID: "",
    ...more,
  };
}

function podOf(
  state: NonNullable<Pod["status"]>,
  options: { init?: Pod["spec"]["initContainers"]; deleted?: boolean } = {},
): Pod {
  return {
    metadata: options.deleted === true
      ? { deletionTimestamp: "2026-01-01T00:00:00Z" }
      : {},
    spec: {
      containers: [{ name: "a" }, { name: "b" }],
      ...(options.init === undefined ? {} : { initContainers: options.init }),
    },
    status: state,
  };
}

const running: State = { running: {} };
const done: State = {
  terminated: { exitCode: 0, reason: "Completed" },
};
const READY = [{ type: "Ready", status: "True" }];

const TABLE: readonly (readonly [string, Pod, string])[] = [
  ["Pending", podOf({ phase: "Pending" }), "0/2"],
  [
    "Running",
    podOf({
      phase: "Running",
      containerStatuses: [
        status("a", { ready: true, state: running }),
        status("b", { ready: true, state: running }),
      ],
    }),
    "2/2",
  ],
  [
    "CrashLoopBackOff",
    podOf({
      phase: "Running",
      containerStatuses: [
        status("a", { ready: true, state: running }),
        status("b", { state: { waiting: { reason: "CrashLoopBackOff" } } }),
      ],
    }),
    "1/2",
  ],
  [
    "ExitCode:3",
    podOf({
      phase: "Failed",
      containerStatuses: [
        status("a", { state: { terminated: { exitCode: 3 } } }),
      ],
    }),
    "0/2",
  ],
  [
    "Signal:9",
    podOf({
      phase: "Failed",
      containerStatuses: [
        status("a", { state: { terminated: { exitCode: 137, signal: 9 } } }),
      ],
    }),
    "0/2",
  ],
  [
    "Completed",
    podOf({
      phase: "Succeeded",
      containerStatuses: [
        status("a", { state: done }),
        status("b", { state: done }),
      ],
    }),
    "0/2",
  ],
  [
    "NotReady",
    podOf({
      phase: "Running",
      containerStatuses: [
        status("a", { state: done }),
        status("b", { ready: true, state: running }),
      ],
    }),
    "1/2",
  ],
  [
    "Running",
    podOf({
      phase: "Running",
      conditions: READY,
      containerStatuses: [
        status("a", { state: done }),
        status("b", { ready: true, state: running }),
      ],
    }),
    "1/2",
  ],
  ["Evicted", podOf({ phase: "Failed", reason: "Evicted" }), "0/2"],
  [
    "SchedulingGated",
    podOf({
      phase: "Pending",
      conditions: [{
        type: "PodScheduled",
        status: "False",
        reason: "SchedulingGated",
      }],
    }),
    "0/2",
  ],
  ["Terminating", podOf({ phase: "Running" }, { deleted: true }), "0/2"],
  ["Succeeded", podOf({ phase: "Succeeded" }, { deleted: true }), "0/2"],
  [
    "Unknown",
    podOf({ phase: "Running", reason: "NodeLost" }, { deleted: true }),
    "0/2",
  ],
  [
    "Init:0/2",
    podOf({
      phase: "Pending",
      initContainerStatuses: [
        status("i", { state: running }),
        status("j", { state: { waiting: { reason: "PodInitializing" } } }),
      ],
    }, { init: [{ name: "i" }, { name: "j" }] }),
    "0/2",
  ],
  [
    "Init:Error",
    podOf({
      phase: "Pending",
      initContainerStatuses: [
        status("i", {
          state: { terminated: { exitCode: 1, reason: "Error" } },
        }),
      ],
    }, { init: [{ name: "i" }] }),
    "0/2",
  ],
  [
    "Init:ErrImagePull",
    podOf({
      phase: "Pending",
      initContainerStatuses: [
        status("i", { state: { waiting: { reason: "ErrImagePull" } } }),
      ],
    }, { init: [{ name: "i" }] }),
    "0/2",
  ],
  [
    "Running",
    podOf({
      phase: "Running",
      initContainerStatuses: [
        status("s", { started: true, ready: true, state: running }),
      ],
      containerStatuses: [
        status("a", { ready: true, state: running }),
        status("b", { ready: true, state: running }),
      ],
    }, { init: [{ name: "s", restartPolicy: "Always" }] }),
    "3/3",
  ],
];

TABLE.forEach(([reason, pod, ready], i) => {
  Deno.test(`podSummary() says ${ready} ${reason} (case ${i + 1})`, () => {
    const found = podSummary(pod);
    assert.equal(found.reason, reason);
    assert.equal(`${found.readyContainers}/${found.totalContainers}`, ready);
  });
});

Deno.test("restartsText() tells when a container was last restarted", () => {
  const pod = podOf({
    phase: "Running",
    containerStatuses: [
      status("a", {
        restartCount: 2,
        lastState: {
          terminated: { exitCode: 1, finishedAt: "2026-01-01T00:00:00Z" },
        },
      }),
      status("b", {
        restartCount: 1,
        lastState: {
          terminated: { exitCode: 1, finishedAt: "2026-01-01T00:01:00Z" },
        },
      }),
    ],
  });
  const now = Date.parse("2026-01-01T00:06:00Z");
  assert.equal(restartsText(podSummary(pod), now), "3 (5m ago)");
  assert.equal(restartsText(podSummary(podOf({})), now), "0");
});
