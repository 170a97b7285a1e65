import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Kernel, type Life } from "./kernel.ts";
import { armTraps } from "./traps.ts";

function life(machine: string): Life {
  return { machine, alive: true };
}

Deno.test("Kernel.run() runs events by time and finishes each step's microtasks first", async () => {
  const kernel = new Kernel(1);
  const seen: string[] = [];
  kernel.schedule(null, {
    afterMs: 20,
    fn: () => seen.push(`b ${kernel.nowMs}`),
  });
  kernel.schedule(null, {
    afterMs: 10,
    fn: () => {
      void (async () => {
        await null;
        await null;
        seen.push(`a ${kernel.nowMs}`);
      })();
    },
  });
  await kernel.runFromMacrotask(100);
  deepStrictEqual(seen, ["a 10", "b 20"]);
  strictEqual(kernel.nowMs, 100);
});

Deno.test("Kernel.run() throws the events of a dead life away", async () => {
  const kernel = new Kernel(1);
  const doomed = life("x");
  const seen: string[] = [];
  kernel.schedule(doomed, { afterMs: 5, fn: () => seen.push("early") });
  kernel.schedule(null, {
    afterMs: 6,
    fn: () => kernel.afterStep(() => doomed.alive = false),
  });
  kernel.schedule(doomed, { afterMs: 7, fn: () => seen.push("late") });
  await kernel.runFromMacrotask(10);
  deepStrictEqual(seen, ["early"]);
});

Deno.test("Kernel.run() orders simultaneous events by the seed", async () => {
  const order = async (seed: number) => {
    const kernel = new Kernel(seed);
    const seen: number[] = [];
    for (let i = 0; i < 10; i++) {
      kernel.schedule(null, { afterMs: 1, fn: () => seen.push(i) });
    }
    await kernel.runFromMacrotask(1);
    return seen.join();
  };
  strictEqual(await order(1), await order(1));
  strictEqual(await order(1) === await order(2), false);
});

Deno.test("armTraps() fails a run that asks the real clock or the real dice", async () => {
  for (
    const ambient of [
      () => Math.random(),
      () => setTimeout(() => {}, 1),
      () => crypto.randomUUID(),
      () => crypto.subtle.digest("SHA-256", new Uint8Array()),
    ]
  ) {
    const kernel = new Kernel(1);
    kernel.schedule(null, {
      afterMs: 1,
      fn: () => {
        try {
          void ambient();
        } catch {
          // The run must fail although the program swallowed it.
        }
      },
    });
    using _traps = armTraps(kernel, () => 0);
    await rejects(kernel.runFromMacrotask(2), /Ambient call/);
  }
  strictEqual(typeof Math.random(), "number");
});

Deno.test("armTraps() gives libraries the virtual time", async () => {
  const kernel = new Kernel(1);
  const seen: number[] = [];
  kernel.schedule(null, {
    afterMs: 5,
    fn: () =>
      seen.push(Date.now(), new Date().getTime(), new Date(7).getTime()),
  });
  using _traps = armTraps(kernel, () => 1000 + kernel.nowMs);
  await kernel.runFromMacrotask(5);
  deepStrictEqual(seen, [1005, 1005, 7]);
});
