import assert from "node:assert/strict";
import type { Pod } from "./pod.ts";
import { asksForEngines, podEngines } from "./pod_engines.ts";

function podOf(
  annotations: Record<string, string>,
  runtimeClassName?: string,
): Pod {
  return {
    metadata: { name: "web", annotations },
    spec: {
      initContainers: [{ name: "setup" }],
      containers: [{ name: "app" }, { name: "db" }],
      ...(runtimeClassName && { runtimeClassName }),
    },
  } as Pod;
}

Deno.test("podEngines() gives containers the annotated engine and others the RuntimeClass's", () => {
  const pod = podOf({ "wherry.dev/runtime.app": "deno", other: "x" });
  assert.ok(asksForEngines(pod));
  assert.ok(!asksForEngines(podOf({ "wherry.dev/runtime": "deno" })));
  assert.deepEqual(podEngines(pod), {
    engines: { setup: "containerd", app: "deno", db: "containerd" },
    problems: [],
  });
  assert.deepEqual(
    podEngines(podOf({ "wherry.dev/runtime.db": "containerd" }, "wasmtime")),
    {
      engines: { setup: "wasmtime", app: "wasmtime", db: "containerd" },
      problems: [],
    },
  );
});

Deno.test("podEngines() names every problem", () => {
  const { problems } = podEngines(podOf({
    "wherry.dev/runtime.nobody": "deno",
    "wherry.dev/runtime.app": "docker",
  }));
  assert.deepEqual(problems, [
    'annotation "wherry.dev/runtime.nobody" names no container of the pod, there are "setup", "app", "db"',
    'annotation "wherry.dev/runtime.app" asks for the engine "docker", there are "containerd", "wasmtime", "deno"',
  ]);
  assert.deepEqual(
    podEngines(podOf({ "wherry.dev/runtime.app": "wasmtime" }, "kata"))
      .problems,
    [
      'RuntimeClass "kata" is a handler of containers, and container "app" cannot be in its sandbox with the engine "wasmtime"',
    ],
  );
});
