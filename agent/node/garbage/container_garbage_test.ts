import assert from "node:assert/strict";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import type {
  ContainerStatus,
  Runtime,
  SandboxStatus,
} from "../../runtime/runtime.ts";
import { NodeEvents } from "../node_events.ts";
import type { ContainerGarbageOptions } from "../node_options.ts";
import { ContainerGarbage } from "./container_garbage.ts";

const NOW = Date.UTC(2026, 0, 1);

type State = "running" | "ended" | "unknown";

/** `name@age` in seconds; with `!` it runs. */
function sandbox(
  uid: string,
  containers: string[],
  options: { id?: string; ready?: boolean; ageS?: number } = {},
): SandboxStatus {
  const { id = `s-${uid}`, ready = true, ageS = 100 } = options;
  return {
    id,
    uid,
    name: uid,
    namespace: "default",
    attempt: 0,
    state: ready ? "ready" : "notready",
    createdAt: NOW - ageS * 1000,
    ips: [],
    labels: {},
    annotations: {},
    containers: containers.map((text): ContainerStatus => {
      const [, name, age, runs] = /^(\w+)@(\d+)(!?)$/.exec(text)!;
      return {
        id: `${uid}/${name}@${age}`,
        sandboxId: id,
        name: name!,
        attempt: 0,
        state: runs ? "running" : "exited",
        image: "",
        imageRef: "",
        createdAt: NOW - Number(age) * 1000,
        labels: {},
        annotations: {},
      };
    }),
  };
}

function makeBench(
  sandboxes: SandboxStatus[],
  states: Record<string, State>,
  options: ContainerGarbageOptions & { isComplete?: boolean } = {},
) {
  const removed: string[] = [];
  const events: string[] = [];
  let broken = false;
  const runtime = {
    listSandboxes: () => Promise.resolve(sandboxes),
    removeContainer: (id: string) => {
      if (broken) return Promise.reject(new Error("busy"));
      removed.push(id);
      return Promise.resolve();
    },
    stopSandbox: () => Promise.resolve(),
    removeSandbox: (id: string) => {
      removed.push(id);
      return Promise.resolve();
    },
  } as unknown as Runtime;
  const { isComplete = true, ...limits } = options;
  const garbage = new ContainerGarbage(new VirtualHost({ now: NOW }), {
    ...limits,
    runtimes: [runtime],
    podState: (uid) => states[uid] ?? "unknown",
    isComplete: () => isComplete,
    events: () =>
      new NodeEvents({
        record: (_about, { reason }) => void events.push(reason),
      }, "n1"),
  });
  return { garbage, removed, events, break: () => void (broken = true) };
}

Deno.test("collect() keeps the newest ended run of each container, and all that run", async () => {
  const { garbage, removed } = makeBench([
    sandbox("a", ["app@30", "app@20", "app@10!", "side@5"]),
  ], { a: "running" });
  await garbage.collect();
  assert.deepEqual(removed, ["a/app@30"]);
});

Deno.test("collect() takes everything of pods that nobody knows, once all are known, and empty sandboxes", async () => {
  const all = [
    sandbox("gone", ["app@9"], { ready: false }),
    sandbox("a", ["app@9"], { ready: false }),
    sandbox("b", [], { id: "old", ready: false, ageS: 50 }),
    sandbox("b", ["app@1!"], { id: "new", ageS: 10 }),
  ];
  const states: Record<string, State> = { a: "ended", b: "running" };
  const early = makeBench(all, states, { isComplete: false });
  await early.garbage.collect();
  assert.deepEqual(early.removed, ["old"]);
  const { garbage, removed } = makeBench(all, states);
  await garbage.collect();
  assert.deepEqual(removed, ["gone/app@9", "s-gone", "old"]);
});

Deno.test("deleteUnused() takes the remains of pods that have ended as well", async () => {
  const { garbage, removed } = makeBench([
    sandbox("done", ["app@9"], { ready: false }),
    sandbox("a", ["init@9", "app@5!"]),
  ], { done: "ended", a: "running" });
  await garbage.deleteUnused();
  assert.deepEqual(removed, ["done/app@9", "s-done"]);
});

Deno.test("collect() keeps to a limit over all containers, and leaves what is young", async () => {
  const all = [
    sandbox("a", ["app@40", "app@30", "app@20"]),
    sandbox("b", ["app@35", "app@1"]),
  ];
  const states: Record<string, State> = { a: "running", b: "running" };
  const all3 = makeBench(all, states, {
    maxPerContainer: -1,
    maxContainers: 3,
  });
  await all3.garbage.collect();
  assert.deepEqual(all3.removed, ["a/app@30", "a/app@40", "b/app@35"]);
  const young = makeBench(all, states, { minimumAgeMs: 32_000 });
  await young.garbage.collect();
  assert.deepEqual(young.removed, []);
});

Deno.test("collect() tells what could not be removed", async () => {
  const bench = makeBench([sandbox("gone", ["app@9"])], {});
  bench.break();
  await bench.garbage.collect();
  assert.deepEqual(bench.events, ["ContainerGCFailed"]);
});
