import assert from "node:assert/strict";
import { startHarness } from "./testing/harness.ts";

Deno.test("viewOf() lets both groups read and write the same events", async () => {
  await using server = await startHarness();
  const core = "/api/v1/namespaces/default/events";
  const group = "/apis/events.k8s.io/v1/namespaces/default/events";
  await server.json("POST", core, {
    body: {
      metadata: { name: "a" },
      involvedObject: { kind: "Pod", name: "p", namespace: "default" },
      reason: "Started",
      message: "It runs",
      type: "Normal",
    },
  });
  const shown = await server.json("GET", `${group}/a`);
  assert.equal(shown.apiVersion, "events.k8s.io/v1");
  assert.equal(shown.note, "It runs");
  assert.equal(shown.regarding.name, "p");
  assert.equal(shown.message, undefined);
  const patched = await server.json("PATCH", `${group}/a`, {
    body: { note: "It ran" },
  });
  assert.equal(patched.note, "It ran");
  assert.equal((await server.json("GET", `${core}/a`)).message, "It ran");
  const found = await server.json(
    "GET",
    `${group}?fieldSelector=regarding.name%3Dp`,
  );
  assert.equal(found.items[0].note, "It ran");
  const none = await server.json(
    "GET",
    `${group}?fieldSelector=regarding.name%3Dq`,
  );
  assert.deepEqual(none.items, []);
});
