import assert from "node:assert/strict";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { TransferGate } from "./transfer_gate.ts";

const LIMITS = { total: 3, perUser: 2, waiting: 2, longestWaitMs: 1000 };

Deno.test("TransferGate lets others in when one user has all its places", async () => {
  const host = new VirtualHost();
  const gate = new TransferGate(host.clock, LIMITS);
  const leave = [await gate.enter("a"), await gate.enter("a")];
  let third = false;
  const waits = gate.enter("a").then((release) => {
    third = true;
    return release;
  });
  leave.push(await gate.enter("b"));
  await host.settle();
  assert.ok(!third);
  leave[0]!();
  leave[0]!();
  leave.push(await waits);
  assert.deepEqual(gate.figures, { running: 3, waiting: 0 });
  for (const each of leave) each();
  assert.deepEqual(gate.figures, { running: 0, waiting: 0 });
  assert.equal(host.timers, 0);
});

Deno.test("TransferGate refuses who waits too long, and whom there is no room for", async () => {
  const host = new VirtualHost();
  const gate = new TransferGate(host.clock, LIMITS);
  for (let n = 0; n < 2; n++) await gate.enter("a");
  const refusals = [0, 1].map(() =>
    assert.rejects(gate.enter("a"), { code: "TOOMANYREQUESTS", status: 429 })
  );
  await assert.rejects(gate.enter("a"), { code: "TOOMANYREQUESTS" });
  await host.advance(1000);
  await Promise.all(refusals);
  assert.deepEqual(gate.figures, { running: 2, waiting: 0 });
});
