import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { FakeRuntime } from "./fake/mod.ts";
import { RuntimeSet } from "./select.ts";

function podOf(runtimeClassName?: string): Pod {
  return {
    metadata: { name: "web" },
    spec: { containers: [], ...(runtimeClassName && { runtimeClassName }) },
  };
}

Deno.test("select() answers one and the same runtime for all pods that ask for one that is missing", () => {
  const fake = new FakeRuntime(new VirtualHost());
  const set = new RuntimeSet([fake], { default: "fake" });
  assert.equal(set.select(podOf()), fake);
  const missing = set.select(podOf("wasmtime"));
  assert.equal(missing.name, "wasmtime");
  assert.equal(set.select(podOf("wasmtime")), missing);
});

Deno.test("select() answers the runtime of several engines for pods that give a container one", () => {
  const fake = new FakeRuntime(new VirtualHost());
  const set = new RuntimeSet([fake], { default: "fake" });
  const pod = podOf("wasmtime");
  const annotations = { "wherry.dev/runtime.main": "deno" };
  const annotated = { ...pod, metadata: { ...pod.metadata, annotations } };
  assert.equal(set.select(annotated), set.mixed);
  assert.ok(!set.all.includes(set.mixed));
});
