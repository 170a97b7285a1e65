/** The agent and its service proxy, against the real server. */
import assert from "node:assert/strict";
import { PODS } from "../src/client/resources.ts";
import { NodeBench } from "./testing/node_bench.ts";

Deno.test("close() closes a service proxy that is just being started, and waits for it", async () => {
  await using bench = await NodeBench.open();
  const starting = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  let disposed = false;
  const { parts } = bench.agentOptions();
  await bench.startAgent({
    parts: async (host, options, uplink) => ({
      ...await parts(host, options, uplink),
      startProxy: async () => {
        starting.resolve();
        await started.promise;
        return {
          state: () => ({}),
          [Symbol.asyncDispose]: () => {
            disposed = true;
            return Promise.resolve();
          },
        };
      },
    }),
  });
  await starting.promise;
  const closed = bench.stopAgent();
  await Promise.race([
    closed,
    new Promise((resolve) => setTimeout(resolve, 500)),
  ]);
  started.resolve();
  await closed;
  assert.ok(disposed);
});

Deno.test("startAgent() runs pods and removes orphans when the service proxy cannot be started", async () => {
  await using bench = await NodeBench.open();
  await bench.startAgent();
  const pod = await bench.createPod("web");
  await bench.until("it runs", () => bench.running().length === 1);
  await bench.stopAgent();
  await Deno.remove(
    `${bench.folder}/agent/checkpoint/pods/${pod.metadata.uid}.json`,
  );
  await bench.client.delete(PODS, { name: "web", namespace: "default" }, {
    gracePeriodSeconds: 0,
  });
  const { parts } = bench.agentOptions();
  await bench.startAgent({
    parts: async (host, options, uplink) => ({
      ...await parts(host, options, uplink),
      startProxy: () => Promise.reject(new Error("No ip program")),
    }),
  });
  await bench.until("the orphan is gone", () => bench.running().length === 0);
});
