import assert from "node:assert/strict";
import { EVENTS } from "../client/resources.ts";
import { Controller } from "../loop/controller.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { eventAge, EventTtlReconciler } from "./event_ttl.ts";

const PATH = "/api/v1/namespaces/default/events";

function wire({ host, client, manager }: Bench): void {
  const events = manager.informer(EVENTS, { transform: eventAge });
  const reconciler = new EventTtlReconciler(host, { client, events });
  manager.add(
    new Controller(host, reconciler, { concurrency: 1 })
      .watch(events, (change) => reconciler.keysOfEvent(change)),
  );
}

const put = (api: FakeApi, name: string, lastTimestamp: string) =>
  api.put(PATH, {
    metadata: { name, creationTimestamp: "2025-12-31T20:00:00Z" },
    lastTimestamp,
    count: 1,
  });
const names = (api: FakeApi) =>
  api.objects("events").map(({ metadata }) => metadata.name);

Deno.test("EventTtlReconciler deletes an Event an hour after it last happened", () =>
  withBench(wire, async ({ host, api }) => {
    put(api, "a", "2026-01-01T00:00:00Z");
    await host.advance(30 * 60_000);
    put(api, "b", "2026-01-01T00:30:00Z");
    put(api, "c", "2026-01-01T00:30:00Z");
    await host.advance(20 * 60_000);
    put(api, "c", "2026-01-01T00:50:00Z");
    await host.advance(10 * 60_000);
    assert.deepEqual(names(api), ["b", "c"]);
    await host.advance(30 * 60_000);
    assert.deepEqual(names(api), ["c"]);
    await host.advance(20 * 60_000);
    assert.deepEqual(names(api), []);
    assert.equal(host.timers, 0);
    put(api, "d", "2026-01-01T01:50:00Z");
    await host.advance(3_600_000);
    assert.deepEqual(names(api), []);
  }));

Deno.test("EventTtlReconciler deletes what expired while nobody looked, and wakes once for many", () =>
  withBench(wire, async ({ host, api }) => {
    await host.settle();
    assert.deepEqual(names(api), ["new", "newer"]);
    assert.equal(host.timers, 1);
    await host.advance(3_570_000);
    // "newer" is not due for another half minute, and goes along.
    assert.deepEqual(names(api), []);
    assert.equal(host.timers, 0);
  }, (api) => {
    put(api, "new", "2025-12-31T23:59:30Z");
    put(api, "old", "2025-12-31T22:00:00Z");
    put(api, "newer", "2026-01-01T00:00:00Z");
    api.put(PATH, {
      metadata: { name: "no-times", creationTimestamp: "2025-12-31T20:00:00Z" },
    });
  }));
