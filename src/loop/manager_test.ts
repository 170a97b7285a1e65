import assert from "node:assert/strict";
import { PODS } from "../client/resources.ts";
import { RestClient } from "../client/rest_client.ts";
import { FakeApi } from "../testing/fake_api.ts";
import { VirtualHost } from "../testing/virtual_host.ts";
import { Controller } from "./controller.ts";
import { Manager } from "./manager.ts";
import type { Reconciler, ReconcileResult } from "./reconciler.ts";

const PATH = "/api/v1/namespaces/default/pods";
const pod = (name: string) => ({
  metadata: { name },
  spec: { containers: [] },
});

function setUp(
  reconcile: (key: string) => Promise<ReconcileResult | void>,
  concurrency = 1,
) {
  const host = new VirtualHost();
  const api = new FakeApi(host);
  const manager = new Manager(host, new RestClient(api));
  const reconciler: Reconciler = { name: "test", reconcile };
  const controller = new Controller(host, reconciler, { concurrency })
    .watch(manager.informer(PODS));
  manager.add(controller);
  return { host, api, manager, controller };
}

Deno.test("Manager.start() starts controllers only when the lists are in", async () => {
  const seen: string[] = [];
  const { host, api, manager } = setUp((key) => {
    seen.push(key);
    return Promise.resolve();
  });
  api.put(PATH, pod("a"));
  api.intercept = () => new Response("", { status: 503 });
  const starting = manager.start();
  await host.advance(3_000);
  assert.deepEqual(seen, []);
  api.intercept = () => undefined;
  await host.advance(10_000);
  await starting;
  await host.settle();
  assert.deepEqual(seen, ["default/a"]);
  await manager[Symbol.asyncDispose]();
  assert.deepEqual(host.running, []);
  assert.equal(host.timers, 0);
});

Deno.test("Manager at rest holds no timer and asks nothing", async () => {
  const { host, api, manager } = setUp(() => Promise.resolve());
  api.put(PATH, pod("a"));
  await manager.start();
  await host.settle();
  const requests = api.requests.length;
  await host.advance(86_400_000);
  assert.equal(host.timers, 0);
  assert.equal(api.requests.length, requests);
  await manager[Symbol.asyncDispose]();
});

Deno.test("Controller runs keys side by side up to its concurrency, one key never twice at once", async () => {
  let running = 0, most = 0, passes = 0;
  const perKey = new Map<string, number>();
  const { host, api, manager } = setUp(async (key) => {
    const now = (perKey.get(key) ?? 0) + 1;
    assert.equal(now, 1, key);
    perKey.set(key, now);
    passes++;
    most = Math.max(most, ++running);
    await host.clock.sleep(100);
    running--;
    perKey.set(key, 0);
  }, 2);
  for (const name of ["a", "b", "c"]) api.put(PATH, pod(name));
  await manager.start();
  await host.settle();
  for (let i = 0; i < 5; i++) {
    api.put(PATH, { ...pod("a"), i });
    await host.settle();
  }
  await host.advance(1_000);
  assert.equal(most, 2);
  assert.equal(passes, 4);
  await manager[Symbol.asyncDispose]();
});

Deno.test("Controller tries a failed key again after its back-off and logs it", async () => {
  let tries = 0;
  const { host, api, manager } = setUp(() =>
    ++tries < 4 ? Promise.reject(new Error("Not yet")) : Promise.resolve()
  );
  api.put(PATH, pod("a"));
  await manager.start();
  await host.advance(34);
  assert.equal(tries, 3);
  await host.advance(1);
  assert.equal(tries, 4);
  assert.equal(
    host.logs.filter(({ level }) => level === "warn").length,
    3,
  );
  await host.advance(10_000);
  assert.equal(tries, 4);
  await manager[Symbol.asyncDispose]();
});

Deno.test("Controller looks again after requeueAfterMs", async () => {
  let passes = 0;
  const { host, api, manager } = setUp(() =>
    Promise.resolve(++passes === 1 ? { requeueAfterMs: 5_000 } : undefined)
  );
  api.put(PATH, pod("a"));
  await manager.start();
  await host.advance(4_999);
  assert.equal(passes, 1);
  await host.advance(60_000);
  assert.equal(passes, 2);
  await manager[Symbol.asyncDispose]();
});

Deno.test("Controller refuses a concurrency that is no positive integer", () => {
  assert.throws(() => setUp(() => Promise.resolve(), 0), RangeError);
});
