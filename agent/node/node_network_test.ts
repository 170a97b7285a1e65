import assert from "node:assert/strict";
import type { Node } from "../../src/api/core/node.ts";
import type { Change, Informer } from "../../src/client/client.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { NodeNetwork } from "./node_network.ts";

/** A node's watch that tells what the test says. */
function nodeWatch() {
  let tell: (change: Change<Node>) => void = () => {};
  const informer = {
    onChange: (handler: (change: Change<Node>) => void) => {
      tell = handler;
      return { [Symbol.dispose]: () => {} };
    },
  } as unknown as Informer<Node>;
  const range = (podCIDR: string) =>
    tell({
      key: "n1",
      object: { metadata: { name: "n1" }, spec: { podCIDR } } as Node,
    });
  return { informer, range };
}

Deno.test("ready() sets the network up again, with back-off, when it failed", async () => {
  const host = new VirtualHost();
  let attempts = 0;
  const network = new NodeNetwork(host, {
    configure: () =>
      ++attempts < 3
        ? Promise.reject(new Error("nft is busy"))
        : Promise.resolve(),
    known: { podCIDR: "10.42.3.0/24" },
    checkpoint: { saveNode: () => Promise.resolve() },
    onReady: () => {},
  });
  const { informer } = nodeWatch();
  const ready = network.ready(informer, new AbortController().signal);
  await host.advance(10_000);
  assert.equal(attempts, 3);
  assert.ok(network.isReady);
  await ready;
  assert.deepEqual(host.failures, []);
});

Deno.test("ready() sets up one range at a time, the newest last", async () => {
  const host = new VirtualHost();
  const begun: string[] = [];
  const steps: PromiseWithResolvers<void>[] = [];
  const saved: (string | undefined)[] = [];
  const network = new NodeNetwork(host, {
    configure: ({ podCidr }) => {
      begun.push(podCidr);
      const step = Promise.withResolvers<void>();
      steps.push(step);
      return step.promise;
    },
    known: { podCIDR: "10.42.3.0/24" },
    checkpoint: {
      saveNode: ({ podCIDR }) => {
        saved.push(podCIDR);
        return Promise.resolve();
      },
    },
    onReady: () => {},
  });
  const { informer, range } = nodeWatch();
  const ready = network.ready(informer, new AbortController().signal);
  range("10.42.3.0/24");
  range("10.42.5.0/24");
  await host.settle();
  assert.deepEqual(begun, ["10.42.3.0/24"]);
  steps[0]!.resolve();
  await host.settle();
  assert.deepEqual(begun, ["10.42.3.0/24", "10.42.5.0/24"]);
  steps[1]!.resolve();
  await ready;
  await host.settle();
  range("10.42.5.0/24");
  await host.settle();
  assert.equal(begun.length, 2);
  assert.equal(network.podCidr, "10.42.5.0/24");
  assert.deepEqual(saved, ["10.42.3.0/24", "10.42.5.0/24"]);
});
