import assert from "node:assert/strict";
import { HostError } from "../base/host.ts";
import { FakeApi } from "../testing/fake_api.ts";
import { VirtualHost } from "../testing/virtual_host.ts";
import { EventRecorder } from "./event_recorder.ts";
import { RestClient } from "./rest_client.ts";

const POD = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "web-1",
    namespace: "shop",
    uid: "u1",
    resourceVersion: "7",
  },
};
const STARTED = {
  type: "Normal",
  reason: "Started",
  message: "Started container",
} as const;

function setUp() {
  const host = new VirtualHost();
  const api = new FakeApi(host);
  const recorder = new EventRecorder(host, new RestClient(api), {
    component: "kubelet",
    node: "edge-1",
  });
  return { host, api, recorder };
}

Deno.test("EventRecorder.record() writes an Event in the namespace of the object", async () => {
  const { host, api, recorder } = setUp();
  recorder.record(POD, STARTED);
  await recorder.flush();
  const [event] = api.objects("events");
  assert.match(event.metadata.name, /^web-1\.[0-9a-f]{16}$/);
  assert.equal(event.metadata.namespace, "shop");
  assert.deepEqual(event.involvedObject, {
    kind: "Pod",
    namespace: "shop",
    name: "web-1",
    uid: "u1",
    apiVersion: "v1",
    resourceVersion: "7",
  });
  assert.deepEqual(event.source, { component: "kubelet", host: "edge-1" });
  assert.equal(event.count, 1);
  assert.equal(event.firstTimestamp, "2026-01-01T00:00:00Z");
  assert.equal(host.timers, 0);
  assert.deepEqual(host.running, []);
});

Deno.test("EventRecorder.record() counts up an event that repeats", async () => {
  const { host, api, recorder } = setUp();
  recorder.record(POD, STARTED);
  await host.advance(60_000);
  recorder.record(POD, STARTED);
  recorder.record(POD, STARTED);
  await recorder.flush();
  const events = api.objects("events");
  assert.equal(events.length, 1);
  assert.equal(events[0].count, 3);
  assert.equal(events[0].firstTimestamp, "2026-01-01T00:00:00Z");
  assert.equal(events[0].lastTimestamp, "2026-01-01T00:01:00Z");
});

Deno.test("EventRecorder.record() tells a pod's containers apart", async () => {
  const { api, recorder } = setUp();
  const { name, namespace, uid } = POD.metadata;
  const pod = { apiVersion: "v1", kind: "Pod", name, namespace, uid };
  for (const container of ["app", "log", "app"]) {
    const fieldPath = `spec.containers{${container}}`;
    recorder.record({ ...pod, fieldPath }, STARTED);
  }
  await recorder.flush();
  const events = api.objects("events");
  assert.deepEqual(
    events.map(({ involvedObject, count }) => [
      involvedObject.fieldPath,
      count,
    ]).sort(),
    [["spec.containers{app}", 2], ["spec.containers{log}", 1]],
  );
});

Deno.test("EventRecorder.record() starts anew when the Event was deleted", async () => {
  const { api, recorder } = setUp();
  recorder.record(POD, STARTED);
  await recorder.flush();
  api.remove(
    `/api/v1/namespaces/shop/events/${api.objects("events")[0].metadata.name}`,
  );
  recorder.record(POD, STARTED);
  await recorder.flush();
  assert.equal(api.objects("events")[0].count, 1);
});

Deno.test("EventRecorder.record() combines events that differ in the message alone", async () => {
  const { api, recorder } = setUp();
  for (let i = 0; i < 14; i++) {
    recorder.record(POD, { ...STARTED, message: `Started container ${i}` });
  }
  await recorder.flush();
  const combined = api.objects("events").filter(({ message }) =>
    message.startsWith("(combined from similar events): ")
  );
  assert.equal(api.objects("events").length, 10);
  assert.equal(combined.length, 1);
  assert.equal(combined[0].count, 5);
});

Deno.test("EventRecorder.record() drops events about one object beyond the burst, and lets one through after five minutes", async () => {
  const { host, api, recorder } = setUp();
  for (let i = 0; i < 40; i++) recorder.record(POD, STARTED);
  await recorder.flush();
  assert.equal(api.objects("events")[0].count, 25);
  await host.advance(300_000);
  recorder.record(POD, STARTED);
  recorder.record(POD, STARTED);
  await recorder.flush();
  assert.equal(api.objects("events")[0].count, 26);
});

Deno.test("EventRecorder.record() tries again while the server is out of reach, and loses what it refuses", async () => {
  const { host, api, recorder } = setUp();
  api.intercept = () => {
    throw new HostError("unreachable", "Cannot reach the server");
  };
  recorder.record(POD, STARTED);
  await host.advance(35_000);
  assert.equal(api.objects("events").length, 0);
  api.intercept = () => new Response("", { status: 403 });
  await host.advance(10_000);
  await recorder.flush();
  api.intercept = () => undefined;
  recorder.record(POD, { ...STARTED, reason: "Killing" });
  await recorder.flush();
  assert.deepEqual(api.objects("events").map(({ reason }) => reason), [
    "Killing",
  ]);
});

Deno.test("EventRecorder stops without waiting for the server when disposed", async () => {
  const { host, api, recorder } = setUp();
  api.intercept = () => {
    throw new HostError("unreachable", "Cannot reach the server");
  };
  recorder.record(POD, STARTED);
  await host.settle();
  await recorder[Symbol.asyncDispose]();
  assert.equal(host.timers, 0);
});
