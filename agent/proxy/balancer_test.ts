import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { makeBalancer, RandomChoice, RoundRobin } from "./balancer.ts";
import { endpointKey, type ProxyEndpoint } from "./proxied_service.ts";

const endpoints = (count: number): ProxyEndpoint[] =>
  Array.from({ length: count }, (_, i) => ({ ip: `10.0.0.${i}`, port: 80 }));
const first = (balancer: { order(): readonly ProxyEndpoint[] }) =>
  balancer.order()[0]?.ip;
let seed = 1;
const random = {
  float: () => (seed = seed * 16807 % 2147483647) / 2147483647,
  bytes: () => new Uint8Array(),
  uuid: () => "",
};

Deno.test("RoundRobin.order() gives every endpoint its turn", () => {
  const balancer = new RoundRobin();
  balancer.update(endpoints(3));
  deepStrictEqual(
    Array.from({ length: 7 }, () => first(balancer)),
    [0, 1, 2, 0, 1, 2, 0].map((i) => `10.0.0.${i}`),
  );
});

Deno.test("RoundRobin.order() names each endpoint once, the next ones first", () => {
  const balancer = new RoundRobin();
  balancer.update(endpoints(3));
  balancer.order();
  deepStrictEqual(balancer.order().map(({ ip }) => ip), [
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.0",
  ]);
});

Deno.test("RoundRobin.update() goes on behind the endpoint served last", () => {
  const balancer = new RoundRobin();
  balancer.update(endpoints(3));
  first(balancer);
  first(balancer); // 10.0.0.1 was last
  balancer.update(endpoints(4).filter(({ ip }) => ip !== "10.0.0.1"));
  strictEqual(first(balancer), "10.0.0.2");
});

Deno.test("RoundRobin.order() is empty without endpoints", () => {
  deepStrictEqual(new RoundRobin().order(), []);
});

Deno.test("RoundRobin.order() never differs by more than one between endpoints", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 200 }),
      (count, calls) => {
        const balancer = new RoundRobin();
        balancer.update(endpoints(count));
        const hits = new Map(endpoints(count).map((e) => [endpointKey(e), 0]));
        for (let i = 0; i < calls; i++) {
          const key = endpointKey(balancer.order()[0]!);
          hits.set(key, hits.get(key)! + 1);
        }
        const counts = [...hits.values()];
        return Math.max(...counts) - Math.min(...counts) <= 1;
      },
    ),
  );
});

Deno.test("RandomChoice.order() starts with any endpoint and names each once", () => {
  const balancer = new RandomChoice(random);
  balancer.update(endpoints(4));
  const seen = new Set<string | undefined>();
  for (let i = 0; i < 200; i++) {
    const order = balancer.order();
    strictEqual(new Set(order.map(endpointKey)).size, 4);
    seen.add(order[0]?.ip);
  }
  strictEqual(seen.size, 4);
});

Deno.test("makeBalancer() follows the policy", () => {
  strictEqual(makeBalancer("round-robin", random) instanceof RoundRobin, true);
  strictEqual(makeBalancer("random", random) instanceof RandomChoice, true);
});
