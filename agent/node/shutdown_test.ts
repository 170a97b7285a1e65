import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import type { PodFailure } from "../pod/pod_record.ts";
import { NodeEvents } from "./node_events.ts";
import { NodeShutdown, shutdownPeriods } from "./shutdown.ts";

/** Pods by name: their priority, and how long they take to end, in seconds. */
function makeBench(
  pods: Record<string, [priority: number, takesSeconds: number]>,
  periods = shutdownPeriods({ graceSeconds: 30, criticalSeconds: 10 }),
) {
  const host = new VirtualHost();
  /** What happened, with the second in which it did. */
  const log: string[] = [];
  const failures: PodFailure[] = [];
  const note = (text: string) =>
    void log.push(`${host.clock.monotonicMs() / 1000} ${text}`);
  const shutdown = new NodeShutdown(host, {
    periods,
    pods: () =>
      Object.entries(pods).map(([name, [priority, takesSeconds]]) => ({
        pod: {
          metadata: { name },
          spec: { priority, containers: [] },
        } satisfies Pod,
        isLeaving: false,
        evict: (failure) => {
          failures.push(failure);
          note(`end ${name} in ${failure.graceSeconds}`);
        },
        ended: async (signal) => {
          await host.clock.sleep(takesSeconds * 1000, signal);
          note(`${name} ended`);
        },
      })),
    events: () =>
      new NodeEvents({ record: (_about, { message }) => note(message) }, "n1"),
    onChange: () => note("changed"),
  });
  return { host, shutdown, log, failures };
}

Deno.test("begin() ends ordinary pods first, then critical ones, and waits for each group", async () => {
  const { host, shutdown, log, failures } = makeBench({
    critical: [2_000_000_000, 1],
    plain: [0, 2],
    odd: [-5, 1],
  });
  assert.deepEqual(shutdown.admit(), { admitted: true });
  const done = shutdown.begin();
  assert.deepEqual(shutdown.admit(), {
    admitted: false,
    reason: "NodeShutdown",
    message: "Pod was rejected as the node is shutting down.",
  });
  await host.advance(10_000);
  await done;
  assert.deepEqual(log, [
    "0 Shutdown manager detected shutdown event",
    "0 changed",
    "0 end plain in 20",
    "0 end odd in 20",
    "1 odd ended",
    "2 plain ended",
    "2 end critical in 10",
    "3 critical ended",
  ]);
  assert.ok(failures.every(({ reason }) => reason === "Terminated"));
  assert.ok(failures.every(({ isDisruption }) => isDisruption));
  assert.equal(host.timers, 0);
});

Deno.test("begin() waits for no group longer than its time", async () => {
  const { host, shutdown, log } = makeBench({
    stubborn: [0, 1000],
    critical: [2_000_001_000, 1],
  });
  const done = shutdown.begin();
  await host.advance(25_000);
  await done;
  assert.deepEqual(log.slice(2), [
    "0 end stubborn in 20",
    "20 end critical in 10",
    "21 critical ended",
  ]);
});

Deno.test("begin() takes the periods that the owner gives priorities", async () => {
  const { host, shutdown, log } = makeBench({
    low: [5, 0],
    middle: [1500, 0],
    high: [99_999, 0],
  }, [
    { priority: 2000, graceSeconds: 3 },
    { priority: 10, graceSeconds: 7 },
    { priority: 1000, graceSeconds: 5 },
  ]);
  const done = shutdown.begin();
  await host.advance(1_000);
  await done;
  assert.deepEqual(log.filter((line) => line.includes(" end ")), [
    "0 end low in 7",
    "0 end middle in 5",
    "0 end high in 3",
  ]);
  assert.equal(shutdown.totalSeconds, 15);
});

Deno.test("cancel() lets pods come again", async () => {
  const { host, shutdown, log } = makeBench({});
  await shutdown.begin();
  shutdown.cancel();
  await host.settle();
  assert.equal(shutdown.admit().admitted, true);
  assert.ok(
    log.includes("0 Shutdown manager detected shutdown cancellation"),
  );
});

Deno.test("shutdownPeriods() divides the time, and refuses more for critical pods than there is", () => {
  assert.deepEqual(
    shutdownPeriods({ graceSeconds: 0, criticalSeconds: 0 }),
    [],
  );
  assert.throws(
    () => shutdownPeriods({ graceSeconds: 5, criticalSeconds: 6 }),
    RangeError,
  );
});
