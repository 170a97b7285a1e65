import assert from "node:assert/strict";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { NodeProbes } from "./node_probes.ts";

Deno.test("jitterMs() spreads what ran before over a period while the agent is young, and not later", async () => {
  const host = new VirtualHost();
  const node = new NodeProbes(host);
  const waits = Array.from({ length: 100 }, () => node.jitterMs(10_000));
  assert.ok(waits.every((ms) => ms >= 0 && ms < 10_000));
  assert.ok(Math.max(...waits) - Math.min(...waits) > 8_000);
  await host.advance(10_000);
  assert.equal(node.jitterMs(10_000), 0);
  assert.notEqual(node.jitterMs(20_000), 0);
});

Deno.test("turn() bounds commands more than connections", async () => {
  const node = new NodeProbes(new VirtualHost());
  const never = Promise.withResolvers<void>();
  const runs = Array.from({ length: 200 }, (_, i) =>
    node.turn(
      i % 2 ? { exec: { command: ["x"] } } : { tcpSocket: { port: 1 } },
      () => never.promise,
      () => true,
    ));
  await Promise.resolve();
  assert.deepEqual(node.state(), {
    connections: { running: 100, waiting: 0 },
    commands: { running: 10, waiting: 90 },
  });
  never.resolve();
  await Promise.all(runs);
});
