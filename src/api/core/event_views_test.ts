import assert from "node:assert/strict";
import { eventColumns } from "../columns/event.ts";
import { type Event, events } from "./event.ts";
import { eventsV1 } from "../events/event.ts";
import { fromEventsV1, toEventsV1 } from "./event_views.ts";

const event: Event = {
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: "a", namespace: "default" },
  involvedObject: { kind: "Pod", name: "web", namespace: "default" },
  reason: "Started",
  message: " Started it \n",
  source: { component: "kubelet", host: "n1" },
  firstTimestamp: "2026-01-01T00:00:00Z",
  lastTimestamp: "2026-01-01T00:01:00Z",
  count: 3,
  type: "Normal",
};

Deno.test("toEventsV1() and fromEventsV1() undo each other", () => {
  assert.deepEqual(fromEventsV1(toEventsV1(event)), event);
  assert.equal(toEventsV1(event).note, event.message);
  assert.equal(toEventsV1(event).apiVersion, "events.k8s.io/v1");
});

Deno.test("columns show what kubectl get events shows, in both views", () => {
  const now = Date.parse("2026-01-01T00:06:00Z");
  const expected = {
    "Last Seen": "5m",
    Type: "Normal",
    Reason: "Started",
    Object: "pod/web",
    Subobject: "",
    Source: "kubelet, n1",
    Message: "Started it",
    "First Seen": "6m",
    Count: 3,
    Name: "a",
  };
  assert.deepEqual(
    Object.fromEntries(eventColumns.map((c) => [c.name, c.cell(event, now)])),
    expected,
  );
  assert.deepEqual(
    Object.fromEntries(
      eventsV1.columns.map((c) => [c.name, c.cell(toEventsV1(event), now)]),
    ),
    expected,
  );
});

Deno.test("events.validate() wants the event in the namespace of its object", () => {
  assert.deepEqual(events.validate(event), []);
  const other = {
    ...event,
    involvedObject: { ...event.involvedObject, namespace: "other" },
  };
  assert.deepEqual(events.validate(other).map((e) => e.message), [
    'Invalid value: "other": does not match event.namespace',
  ]);
});

Deno.test("eventsV1.validate() wants the fields of the new form and none of the old", () => {
  const fields = eventsV1.validate(toEventsV1(event)).map((e) => e.field);
  assert.deepEqual(fields, [
    "eventTime",
    "firstTimestamp",
    "lastTimestamp",
    "count",
    "source",
  ]);
  assert.deepEqual(
    eventsV1.validate({
      metadata: event.metadata,
      regarding: event.involvedObject!,
      eventTime: "2026-01-01T00:00:00.000000Z",
      type: "Warning",
      reason: "Failed",
      action: "Pull",
      note: "x",
      reportingController: "example.com/agent",
      reportingInstance: "n1",
    }),
    [],
  );
});
