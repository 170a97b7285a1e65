import assert from "node:assert/strict";
import { VirtualHost } from "../testing/virtual_host.ts";
import { ItemBackoff } from "./item_backoff.ts";
import { WorkQueue } from "./work_queue.ts";

Deno.test("ItemBackoff.next() doubles from 5 ms to 1,000 s, per key, until forgotten", () => {
  const backoff = new ItemBackoff();
  const waits = Array.from({ length: 20 }, () => backoff.next("a"));
  assert.deepEqual(waits.slice(0, 5), [5, 10, 20, 40, 80]);
  assert.deepEqual(waits.slice(17), [655_360, 1_000_000, 1_000_000]);
  assert.equal(backoff.next("b"), 5);
  backoff.forget("a");
  assert.equal(backoff.next("a"), 5);
});

Deno.test("WorkQueue.add() keeps a key once, in order of arrival", async () => {
  using queue = new WorkQueue(new VirtualHost());
  for (const key of ["a", "b", "a", "c", "b"]) queue.add(key);
  assert.equal(await queue.take(), "a");
  assert.equal(await queue.take(), "b");
  assert.equal(await queue.take(), "c");
  assert.equal(queue.stats().ready, 0);
});

Deno.test("WorkQueue never gives out a key that is in work", async () => {
  using queue = new WorkQueue(new VirtualHost());
  queue.add("a");
  assert.equal(await queue.take(), "a");
  queue.add("a");
  queue.add("a");
  let taken: string | undefined;
  const taking = queue.take().then((key) => taken = key);
  await Promise.resolve();
  assert.equal(taken, undefined);
  queue.done("a");
  await taking;
  assert.equal(taken, "a");
  queue.done("a");
  assert.equal(queue.idle, true);
});

Deno.test("WorkQueue.addAfter() adds at the earlier of two times and leaves no timer", async () => {
  const host = new VirtualHost();
  using queue = new WorkQueue(host);
  queue.addAfter("a", 1_000);
  queue.addAfter("a", 300);
  queue.addAfter("a", 2_000);
  assert.equal(host.timers, 1);
  await host.advance(299);
  assert.equal(queue.stats().ready, 0);
  await host.advance(1);
  assert.equal(queue.stats().ready, 1);
  assert.equal(host.timers, 0);
});

Deno.test("WorkQueue.retry() waits longer after each failure, forget() starts anew", async () => {
  const host = new VirtualHost();
  using queue = new WorkQueue(host);
  queue.retry("a");
  await host.advance(5);
  assert.equal(await queue.take(), "a");
  queue.retry("a");
  queue.done("a");
  await host.advance(9);
  assert.equal(queue.stats().ready, 0);
  await host.advance(1);
  assert.equal(queue.stats().ready, 1);
  queue.forget("a");
  assert.equal(queue.failures("a"), 0);
});

Deno.test("WorkQueue ends takers and timers when disposed", async () => {
  const host = new VirtualHost();
  const queue = new WorkQueue(host);
  const taking = queue.take();
  queue.addAfter("a", 1_000);
  queue[Symbol.dispose]();
  assert.equal(await taking, undefined);
  assert.equal(await queue.take(), undefined);
  assert.equal(host.timers, 0);
  queue.add("b");
  assert.equal(queue.stats().ready, 0);
});
