import assert from "node:assert/strict";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { Ticks } from "./ticks.ts";

Deno.test("until() ends long waits together, and short ones exactly", async () => {
  const host = new VirtualHost();
  const ticks = new Ticks(host.clock);
  const { signal } = new AbortController();
  const ended: [number, number][] = [];
  for (const dueMs of [100, 1001, 1010, 1049, 1050, 1051]) {
    void ticks.until(dueMs, signal).then(() =>
      ended.push([dueMs, host.clock.monotonicMs()])
    );
  }
  assert.equal(ticks.size, 3);
  assert.equal(host.timers, 3);
  await host.advance(2_000);
  assert.deepEqual(ended, [
    [100, 100],
    [1001, 1050],
    [1010, 1050],
    [1049, 1050],
    [1050, 1050],
    [1051, 1100],
  ]);
  assert.equal(ticks.size, 0);
});

Deno.test("until() gives up when nobody waits any more, and leaves no timer", async () => {
  const host = new VirtualHost();
  const ticks = new Ticks(host.clock);
  const [one, other] = [new AbortController(), new AbortController()];
  const first = ticks.until(1_000, one.signal);
  const second = ticks.until(1_000, other.signal);
  const reason = new Error("over");
  one.abort(reason);
  await assert.rejects(first, reason);
  assert.equal(host.timers, 1);
  other.abort(reason);
  await assert.rejects(second, reason);
  assert.equal(host.timers, 0);
  await assert.rejects(ticks.until(5, other.signal), reason);
  assert.equal(ticks.size, 0);
});
