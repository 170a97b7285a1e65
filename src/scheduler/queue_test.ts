import assert from "node:assert/strict";
import type { PodInfo } from "./pod_requests.ts";
import { podInfo } from "./pod_requests.ts";
import { SchedulingQueue } from "./queue.ts";
import { VirtualHost } from "../testing/virtual_host.ts";

const info = (name: string, priority = 0): PodInfo =>
  podInfo({
    metadata: { name, uid: name },
    spec: { priority, containers: [] },
  });

const AGAIN = { dependsOnPods: false, retry: true };
const WAIT = { dependsOnPods: false, retry: false };

Deno.test("SchedulingQueue.take() gives the most important first, then the oldest", async () => {
  using queue = new SchedulingQueue(new VirtualHost());
  for (
    const [name, priority] of [["a", 0], ["b", 5], ["c", 0], ["d", 9], [
      "e",
      5,
    ]] as const
  ) {
    queue.add(name, info(name, priority));
  }
  const order: string[] = [];
  for (let i = 0; i < 5; i++) order.push((await queue.take())!.uid);
  assert.deepEqual(order, ["d", "b", "e", "a", "c"]);
});

Deno.test("SchedulingQueue.putBack() waits 1 s, 2 s, 4 s, 8 s, then 10 s", async () => {
  const host = new VirtualHost();
  using queue = new SchedulingQueue(host);
  queue.add("a", info("a"));
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) {
    queue.putBack((await queue.take())!, AGAIN);
    const start = host.clock.monotonicMs();
    while (queue.stats().active === 0) await host.advance(500);
    waits.push(host.clock.monotonicMs() - start);
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  assert.equal(host.timers, 0);
});

Deno.test("SchedulingQueue keeps an unschedulable pod without a timer until it is woken", async () => {
  const host = new VirtualHost();
  using queue = new SchedulingQueue(host);
  queue.add("a", info("a"));
  const pod = (await queue.take())!;
  queue.putBack(pod, WAIT);
  assert.equal(host.timers, 0);
  await host.advance(3_600_000);
  assert.deepEqual(queue.stats(), { active: 0, backoff: 0, unschedulable: 1 });
  queue.wake(pod);
  assert.equal((await queue.take())?.uid, "a");
});

Deno.test("SchedulingQueue.delete() forgets a pod wherever it waits", async () => {
  const host = new VirtualHost();
  using queue = new SchedulingQueue(host);
  for (const name of ["a", "b", "c"]) queue.add(name, info(name));
  queue.putBack((await queue.take())!, WAIT);
  queue.putBack((await queue.take())!, AGAIN);
  for (const name of ["a", "b", "c"]) queue.delete(name);
  await host.advance(60_000);
  assert.deepEqual(queue.stats(), { active: 0, backoff: 0, unschedulable: 0 });
  assert.equal(host.timers, 0);
  queue.add("d", info("d"));
  assert.equal((await queue.take())?.uid, "d");
});

Deno.test("SchedulingQueue ends its taker when disposed", async () => {
  const queue = new SchedulingQueue(new VirtualHost());
  const taking = queue.take();
  queue[Symbol.dispose]();
  assert.equal(await taking, undefined);
});
