import assert from "node:assert/strict";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import type { NetworkRanges, PodNetwork, PodPlace } from "./pod_network.ts";
import { ReadyNetwork } from "./ready_network.ts";

const RANGES = { podCidr: "10.42.1.0/24", clusterCidr: "10.42.0.0/16" };
/** More than enough for the next place to be made. */
const LATER_MS = 5_000;

/** A network that only counts. */
class FakeNetwork implements PodNetwork {
  readonly kind = "bridge";
  ranges: NetworkRanges | undefined;
  /** Who has which address. */
  readonly places = new Map<string, string>();
  /** Adds so far. */
  made = 0;
  fails = false;
  /** What making a place waits for. */
  slow: Promise<void> = Promise.resolve();

  configure(ranges: NetworkRanges): Promise<void> {
    this.ranges = ranges;
    return Promise.resolve();
  }

  async add(id: string): Promise<PodPlace> {
    if (this.fails) throw new Error("No address is free");
    this.made++;
    if (!this.places.has(id)) this.places.set(id, `10.42.1.${this.made + 1}`);
    await this.slow;
    return { ips: [this.places.get(id)!] };
  }

  release(id: string): Promise<void> {
    this.places.delete(id);
    return Promise.resolve();
  }

  isAlive(id: string): Promise<boolean> {
    return Promise.resolve(this.places.has(id));
  }

  cleanup(keep: ReadonlySet<string>): Promise<void> {
    for (const id of this.places.keys()) {
      if (!keep.has(id)) this.places.delete(id);
    }
    return Promise.resolve();
  }

  remove(): Promise<void> {
    return this.cleanup(new Set());
  }
}

async function rig() {
  const host = new VirtualHost();
  const inner = new FakeNetwork();
  const network = new ReadyNetwork(host, inner);
  await network.configure(RANGES);
  return { host, inner, network };
}

Deno.test("ReadyNetwork makes nothing before the first pod comes", async () => {
  const { host, inner, network } = await rig();
  await host.advance(LATER_MS);
  assert.equal(inner.made, 0);
  assert.equal(network.takeId(), undefined);
  assert.equal(host.timers, 0);
});

Deno.test("ReadyNetwork.add() has the place at once for an id that it gave, and the next one is made once it is quiet", async () => {
  const { host, inner, network } = await rig();
  await network.add("pod-a");
  assert.equal(network.takeId(), undefined);
  await host.advance(LATER_MS);
  assert.equal(inner.made, 2);
  const id = network.takeId()!;
  const address = inner.places.get(id)!;
  assert.deepEqual(await network.add(id), { ips: [address] });
  assert.equal(inner.made, 2);
  assert.equal(network.takeId(), undefined);
  await host.advance(LATER_MS);
  assert.equal(inner.made, 3);
  assert.notEqual(network.takeId(), id);
  assert.equal(host.timers, 0);
});

Deno.test("ReadyNetwork.add() makes a place anew that was lost while it waited", async () => {
  const { host, inner, network } = await rig();
  await network.add("pod-a");
  await host.advance(LATER_MS);
  const id = network.takeId()!;
  inner.places.delete(id);
  const { ips } = await network.add(id);
  assert.deepEqual(ips, [inner.places.get(id)]);
});

Deno.test("ReadyNetwork.cleanup() leaves the place that is ready, remove() takes it away", async () => {
  const { host, inner, network } = await rig();
  await network.add("pod-a");
  await host.advance(LATER_MS);
  await network.cleanup(new Set());
  assert.equal(inner.places.size, 1);
  await network.remove();
  assert.equal(inner.places.size, 0);
  await network.add("pod-b");
  await host.advance(LATER_MS);
  assert.deepEqual([...inner.places.keys()], ["pod-b"]);
});

Deno.test("ReadyNetwork.configure() with another range drops the place of the old one", async () => {
  const { host, inner, network } = await rig();
  await network.add("pod-a");
  await host.advance(LATER_MS);
  await network.configure({ ...RANGES, podCidr: "10.42.2.0/24" });
  assert.equal(network.takeId(), undefined);
  assert.deepEqual([...inner.places.keys()], ["pod-a"]);
});

Deno.test("ReadyNetwork makes one place at a time: none is forgotten when the machine is slower than pods come", async () => {
  const { host, inner, network } = await rig();
  await network.add("pod-a");
  const slow = Promise.withResolvers<void>();
  inner.slow = slow.promise;
  await host.advance(LATER_MS); // the next place is being made
  const added = network.add("pod-b");
  await host.advance(LATER_MS);
  slow.resolve();
  await added;
  await host.advance(LATER_MS);
  const ready = network.takeId()!;
  assert.deepEqual(
    [...inner.places.keys()].sort(),
    [ready, "pod-a", "pod-b"].sort(),
  );
});

Deno.test("ReadyNetwork goes on without a place when none can be made", async () => {
  const { host, inner, network } = await rig();
  await network.add("pod-a");
  inner.fails = true;
  await host.advance(LATER_MS);
  assert.equal(network.takeId(), undefined);
  await assert.rejects(network.add("pod-b"), /No address is free/);
  inner.fails = false;
  await host.advance(LATER_MS);
  assert.ok(network.takeId());
});
