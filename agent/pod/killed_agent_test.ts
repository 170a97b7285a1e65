/** The agent is killed at every state of a pod and of a container, and at every call of the runtime: the pods end as if nothing had happened. */
import assert from "node:assert/strict";
import { CONTAINER_TRANSITIONS } from "../container/container_states.ts";
import type { ContainerScript } from "../runtime/fake/mod.ts";
import {
  type LifeScenario,
  type LivedRun,
  liveThrough,
} from "../testing/kill_points.ts";
import { POD_TRANSITIONS } from "./pod_states.ts";

/** What pods live through; together they enter every state that there is. */
const SCENARIOS: readonly LifeScenario[] = [
  {
    name: "a pod with init container, sidecar and two containers",
    runtime: {
      script: ({ name }) => (name === "prepare" ? { runsMs: 1_000 } : {}),
    },
    live: async ({ bench, pass }) => {
      await bench.createPod("rich", {
        initContainers: [
          { name: "side", image: "side", restartPolicy: "Always" },
          { name: "prepare", image: "prepare" },
        ],
        containers: [{ name: "app", image: "app" }, {
          name: "log",
          image: "log",
        }],
      });
      await pass(6_000);
    },
  },
  {
    name: "a pod with a sidecar that is deleted",
    runtime: { script: () => ({ stopMs: 1_500 }) },
    live: async ({ bench, pass }) => {
      await bench.createPod("leaving", {
        initContainers: [
          { name: "side", image: "side", restartPolicy: "Always" },
        ],
        containers: [{ name: "app", image: "app" }, {
          name: "log",
          image: "log",
        }],
      });
      await pass(3_000);
      await bench.deletePod("leaving");
      await pass(10_000);
    },
  },
  {
    name: "a pod that ends by itself, with a sidecar, and is deleted later",
    runtime: {
      script: ({ name }) => (name === "app" ? { runsMs: 2_000 } : {}),
    },
    live: async ({ bench, pass }) => {
      await bench.createPod("job", {
        restartPolicy: "Never",
        initContainers: [
          { name: "side", image: "side", restartPolicy: "Always" },
        ],
        containers: [{ name: "app", image: "app" }],
      });
      await pass(8_000);
      assert.equal(bench.pod("job")?.status?.phase, "Succeeded");
      await bench.deletePod("job");
      await pass(5_000);
    },
  },
  {
    name: "a container that fails twice and then runs",
    runtime: {
      script: ({ attempt }): ContainerScript =>
        attempt < 2 ? { runsMs: 500, exitCode: 1 } : {},
    },
    live: async ({ bench, pass }) => {
      await bench.createPod("crashing", { restartPolicy: "OnFailure" });
      await pass(60_000);
    },
  },
  {
    name: "a container that cannot be created at first",
    live: async ({ bench, pass }) => {
      // A ConfigMap that is not there; then the pod no longer asks for it.
      await bench.createPod("waiting", {
        containers: [{
          name: "app",
          image: "app",
          env: [{
            name: "A",
            valueFrom: { configMapKeyRef: { name: "none", key: "a" } },
          }],
        }],
      });
      await pass(3_000);
      bench.api.change("/api/v1/namespaces/default/pods/waiting", (pod) => {
        pod.spec.containers = [{ name: "app", image: "app" }];
      });
      await pass(10_000);
    },
  },
  {
    name: "a pod that is deleted while its container waits for an image",
    runtime: { missingImages: new Map([["none", "not found"]]) },
    live: async ({ bench, pass }) => {
      await bench.createPod("imageless", {
        containers: [{ name: "app", image: "none" }],
      });
      await pass(15_000);
      await bench.deletePod("imageless");
      await pass(5_000);
    },
  },
  {
    name: "a container whose liveness probe fails",
    runtime: { script: () => ({ stopMs: 500 }) },
    probe: ({ machine }) =>
      new Response("", { status: machine.starts.length === 1 ? 500 : 200 }),
    live: async ({ bench, pass }) => {
      await bench.createPod("sick", {
        containers: [{
          name: "app",
          image: "app",
          livenessProbe: {
            httpGet: { port: 80, path: "/" },
            periodSeconds: 1,
            failureThreshold: 2,
          },
        }],
      });
      await pass(40_000);
    },
  },
  {
    name: "a pod that outlives its deadline",
    runtime: { script: () => ({ stopMs: 500 }) },
    live: async ({ bench, pass }) => {
      await bench.createPod("late", {
        activeDeadlineSeconds: 5,
        restartPolicy: "Never",
      });
      await pass(15_000);
      assert.equal(bench.pod("late")?.status?.reason, "DeadlineExceeded");
    },
  },
  {
    name: "a pod whose containers all restart in their place",
    runtime: {
      script: ({ name, attempt }): ContainerScript =>
        name === "prepare"
          ? { runsMs: 300 }
          : name === "app" && attempt === 0
          ? { runsMs: 1_500, exitCode: 42 }
          : {},
    },
    live: async ({ bench, pass }) => {
      await bench.createPod("again", {
        initContainers: [{ name: "prepare", image: "prepare" }],
        containers: [{
          name: "app",
          image: "app",
          restartPolicy: "Never",
          restartPolicyRules: [{
            action: "RestartAllContainers",
            exitCodes: { operator: "In", values: [42] },
          }],
        }, { name: "log", image: "log" }],
      });
      await pass(12_000);
    },
  },
];

/** What is to be seen from outside when all is at rest, without ids and times. */
function picture({ bench }: LivedRun) {
  const now = bench.host.clock.now();
  return {
    running: bench.machine.running(now),
    sandboxes: [...bench.machine.sandboxes.values()]
      .map(({ config, ready }) => `${config.name}#${config.attempt} ${ready}`),
    containers: [...bench.machine.containers.values()]
      .map(({ config }) => `${config.name}#${config.attempt}`).sort(),
    starts: [...bench.machine.starts].sort(),
    pods: bench.api.objects("pods").map(({ metadata, status }) => ({
      name: metadata.name,
      phase: status.phase,
      conditions: (status.conditions ?? [])
        // deno-lint-ignore no-explicit-any -- a status as the API has it
        .map(({ type, status }: any) => `${type}=${status}`).sort(),
      restarts: [
        ...status.initContainerStatuses ?? [],
        ...status.containerStatuses ?? [],
      ].map(({ name, restartCount }) => `${name} ${restartCount}`),
    })),
    folders: bench.folders.size,
    failures: bench.host.failures,
  };
}

for (const scenario of SCENARIOS) {
  Deno.test(`${scenario.name}: as if nothing had happened when the agent is killed at any state or call`, async () => {
    const calm = await liveThrough(scenario);
    const expected = picture(calm);
    assert.deepEqual(
      expected.starts,
      [...new Set(expected.starts)],
      "a start twice without a kill",
    );
    await calm.bench.stop();
    for (const point of calm.points) {
      const run = await liveThrough(scenario, point);
      assert.ok(run.killed, `${point} was not met`);
      assert.deepEqual(picture(run), expected, `killed at ${point}`);
      await run.bench.stop();
    }
  });
}

Deno.test("the scenarios enter every state of the tables", async () => {
  const met = new Set<string>();
  for (const scenario of SCENARIOS) {
    const { bench, points } = await liveThrough(scenario);
    await bench.stop();
    for (const point of points) met.add(point.replace(/ \d+$/, ""));
  }
  const states = [
    ...Object.keys(POD_TRANSITIONS).map((state) => `pod ${state}`),
    ...Object.keys(CONTAINER_TRANSITIONS).map((state) => `container ${state}`),
  ];
  assert.deepEqual(states.filter((state) => !met.has(state)), []);
});
