import assert from "node:assert/strict";
import { isApiError } from "../../api/status.ts";
import { VirtualHost } from "../../testing/virtual_host.ts";
import {
  LONGEST_WAIT_MS,
  PriorityLevel,
  type Release,
  STARTS_PER_TURN,
} from "./priority_level.ts";

const queuing = { queues: 64, handSize: 6, lengthLimit: 50 };

/** A level, and what became of the requests that were sent to it. */
function bench(seats: number) {
  const host = new VirtualHost();
  const level = new PriorityLevel(host.clock, { seats, queuing });
  const started: string[] = [];
  const releases = new Map<string, Release>();
  const refused: unknown[] = [];
  return {
    host,
    level,
    started,
    refused,
    release: (flow: string) => releases.get(flow)!(),
    send(flow: string, count = 1) {
      for (let i = 0; i < count; i++) {
        (async () => {
          try {
            releases.set(flow, await level.enter(flow));
            started.push(flow);
          } catch (error) {
            refused.push(error);
          }
        })();
      }
    },
  };
}

Deno.test("PriorityLevel.enter() lets in at once while there are seats", () => {
  const { level } = bench(2);
  assert.ok(!(level.enter("a") instanceof Promise));
  assert.ok(!(level.enter("b") instanceof Promise));
  assert.ok(level.enter("c") instanceof Promise);
});

Deno.test("PriorityLevel.enter() does not let one flow wait for another's many requests", async () => {
  const at = bench(1);
  at.send("busy", 100);
  at.send("honest");
  await at.host.settle();
  assert.deepEqual(at.started, ["busy"]);
  for (let i = 0; i < 12; i++) {
    at.release(at.started.at(-1)!);
    await at.host.settle();
  }
  // The busy flow has six queues, the honest one is behind one round of them at most.
  assert.ok(at.started.indexOf("honest") > 0);
  assert.ok(at.started.indexOf("honest") <= 7);
});

Deno.test("PriorityLevel.enter() starts only so many in one turn of the event loop, and the rest in the next ones", async () => {
  const at = bench(1_000);
  at.send("busy", 100);
  at.send("honest");
  await Promise.resolve();
  assert.equal(at.level.figures.running, STARTS_PER_TURN);
  await at.host.advance(0);
  assert.ok(at.started.includes("honest"));
  for (let i = 0; i < 10; i++) await at.host.advance(0);
  assert.equal(at.started.length, 101);
  assert.equal(at.level.figures.waiting, 0);
});

Deno.test("PriorityLevel.enter() refuses with 429 what no queue of its flow can take", async () => {
  const at = bench(1);
  at.send("busy", 1 + 6 * 50 + 3);
  await at.host.settle();
  assert.equal(at.refused.length, 3);
  assert.ok(isApiError(at.refused[0], "TooManyRequests"));
  assert.equal(at.refused[0].status.details?.retryAfterSeconds, 1);
  assert.deepEqual(at.level.figures, { running: 1, waiting: 300, refused: 3 });
});

Deno.test("PriorityLevel.enter() refuses at once in a level without queues", () => {
  const host = new VirtualHost();
  const level = new PriorityLevel(host.clock, { seats: 1 });
  const release = level.enter("a") as Release;
  assert.throws(
    () => level.enter("a"),
    (error) => isApiError(error, "TooManyRequests"),
  );
  release();
  release();
  assert.ok(!(level.enter("a") instanceof Promise));
  assert.equal(level.figures.running, 1);
});

Deno.test("PriorityLevel.enter() refuses who has waited for too long", async () => {
  const at = bench(1);
  at.send("a", 2);
  await at.host.settle();
  await at.host.advance(LONGEST_WAIT_MS + 1);
  at.release("a");
  await at.host.settle();
  assert.equal(at.refused.length, 1);
});

Deno.test("PriorityLevel.bounds lets in more when there are more seats", async () => {
  const at = bench(1);
  at.send("a", 3);
  await at.host.settle();
  assert.equal(at.started.length, 1);
  at.level.bounds = { seats: 3, queuing };
  await at.host.settle();
  assert.equal(at.started.length, 3);
});
