import assert from "node:assert/strict";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { FakeRuntime } from "../runtime/fake/mod.ts";
import { PodRecord } from "./pod_record.ts";

Deno.test("refresh() forgets the last words of containers that the runtime has no more", async () => {
  const runtime = new FakeRuntime(new VirtualHost());
  const record = new PodRecord({
    pod: {
      metadata: { name: "web", namespace: "default", uid: "uid-1" },
      spec: { containers: [{ name: "app" }] },
    },
    runtime,
    sandboxes: [],
    startTime: 0,
    askLastWords: () => Promise.resolve("out of luck"),
    onChange: () => {},
  });
  const sandbox = await runtime.runSandbox({
    name: "web",
    namespace: "default",
    uid: "uid-1",
    attempt: 0,
    hostname: "web",
    labels: {},
    annotations: {},
    logDirectory: "/logs",
    hostNetwork: false,
  });
  record.addSandbox({
    ...sandbox,
    containers: [{
      id: "gone",
      sandboxId: sandbox.id,
      name: "app",
      attempt: 0,
      state: "exited",
      image: "app",
      imageRef: "app",
      createdAt: 0,
      labels: {},
      annotations: {},
    }],
  });
  await record.hearLastWords();
  assert.equal(record.message("gone"), "out of luck");
  await record.refresh();
  assert.equal(record.message("gone"), undefined);
  await runtime[Symbol.asyncDispose]();
});
