import assert from "node:assert/strict";
import { VirtualHost } from "../src/testing/virtual_host.ts";
import type { EndpointSource } from "./pod/endpoint_source.ts";
import { ServiceFeed } from "./service_feed.ts";

function benchOf(failures: number) {
  const host = new VirtualHost();
  const listeners = new Set<() => void>();
  const source: EndpointSource = {
    services: () => [],
    endpoints: () => [],
    onChange: (listener) => {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
  const calls: number[] = [];
  const proxy = {
    sync: () => {
      calls.push(host.clock.monotonicMs());
      return calls.length <= failures
        ? Promise.reject(new Error("nft is busy"))
        : Promise.resolve();
    },
  };
  const startMs = host.clock.monotonicMs();
  return {
    host,
    feed: new ServiceFeed(host, { source, proxy }),
    change: () => listeners.forEach((listener) => listener()),
    times: () => calls.map((ms) => ms - startMs),
  };
}

Deno.test("ServiceFeed tells the proxy again, with back-off, until it could do as it was told", async () => {
  const { host, feed, times } = benchOf(2);
  using _feed = feed;
  await feed.sync();
  await host.advance(60_000);
  assert.deepEqual(times(), [0, 1_000, 3_000]);
  assert.deepEqual(host.failures, []);
});

Deno.test("ServiceFeed tells of a change at once, and of nothing once it is disposed", async () => {
  const { host, feed, change, times } = benchOf(3);
  await feed.sync();
  change();
  await host.settle();
  assert.deepEqual(times(), [0, 0]);
  feed[Symbol.dispose]();
  change();
  await host.advance(60_000);
  assert.deepEqual(times(), [0, 0]);
});
