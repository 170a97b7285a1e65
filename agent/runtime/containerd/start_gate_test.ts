import assert from "node:assert/strict";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import { StartGate } from "./start_gate.ts";

Deno.test("StartGate.run() lets the next start when one has ended or must be running", async () => {
  const host = new VirtualHost();
  const gate = new StartGate(host.clock);
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const all = Array.from({ length: 14 }, (_, i) =>
    gate.run(() => {
      started.push(i);
      return new Promise<void>((resolve) => ends[i] = resolve);
    }));
  await host.settle();
  assert.equal(started.length, 6);
  ends[2]!();
  await host.settle();
  assert.equal(started.length, 7);
  await host.advance(250);
  assert.equal(started.length, 13);
  await host.advance(250);
  assert.deepEqual(started, Array.from({ length: 14 }, (_, i) => i));
  for (const end of ends) end();
  await Promise.all(all);
  assert.equal(host.timers, 0);
});

Deno.test("StartGate.run() gives the place back when the command fails", async () => {
  const gate = new StartGate(new VirtualHost().clock);
  const failing = Array.from(
    { length: 20 },
    () => gate.run(() => Promise.reject(new Error("no"))),
  );
  const results = await Promise.allSettled(failing);
  assert.ok(results.every(({ status }) => status === "rejected"));
});
