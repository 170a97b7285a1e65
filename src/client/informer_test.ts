import assert from "node:assert/strict";
import type { KubeObject, Resource } from "../api/kind.ts";
import { FakeApi } from "../testing/fake_api.ts";
import { VirtualHost } from "../testing/virtual_host.ts";
import { type InformerOptions, ResourceInformer } from "./informer.ts";
import { RestClient } from "./rest_client.ts";

interface Thing extends KubeObject {
  spec?: { color: string };
}

const THINGS: Resource<Thing> = {
  group: "",
  version: "v1",
  kind: "Thing",
  plural: "things",
  namespaced: true,
};
const PATH = "/api/v1/namespaces/default/things";

function thing(name: string, color = "red"): Thing {
  return { metadata: { name }, spec: { color } };
}

/** Runs `body` with a started informer and stops it after. */
async function withInformer(
  options: InformerOptions<Thing>,
  body: (parts: {
    host: VirtualHost;
    api: FakeApi;
    informer: ResourceInformer<Thing>;
    changes: string[];
  }) => Promise<void>,
  prepare: (api: FakeApi) => void = () => {},
): Promise<void> {
  const host = new VirtualHost();
  const api = new FakeApi(host);
  prepare(api);
  const informer = new ResourceInformer(
    host,
    new RestClient(api),
    THINGS,
    options,
  );
  const changes: string[] = [];
  informer.onChange(({ key, object, previous }) => {
    const kind = object === undefined
      ? "-"
      : previous === undefined
      ? "+"
      : "~";
    changes.push(kind + key);
  });
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  await host.settle();
  try {
    await body({ host, api, informer, changes });
  } finally {
    stop.abort();
    await running;
    assert.equal(host.timers, 0);
    assert.equal(api.watchers, 0);
  }
}

const put = (api: FakeApi, object: Thing) => api.put(PATH, object as never);

Deno.test("ResourceInformer lists, then follows", () =>
  withInformer({}, async ({ host, api, informer, changes }) => {
    await informer.synced();
    assert.deepEqual(changes, ["+default/a"]);
    put(api, thing("b"));
    put(api, thing("a", "blue"));
    api.remove(`${PATH}/b`);
    await host.settle();
    assert.deepEqual(changes.slice(1), [
      "+default/b",
      "~default/a",
      "-default/b",
    ]);
    assert.equal(informer.get("default/a")?.spec?.color, "blue");
    assert.equal(informer.resourceVersion, String(api.revision));
  }, (api) => put(api, thing("a"))));

Deno.test("ResourceInformer wakes nothing while nothing changes", () =>
  withInformer({}, async ({ host, api }) => {
    const requests = api.requests.length;
    await host.advance(3_600_000);
    assert.equal(host.timers, 0);
    assert.equal(api.requests.length, requests);
  }));

for (const how of ["close", "break"] as const) {
  Deno.test(`ResourceInformer resumes without a list when watches ${how}`, () =>
    withInformer({}, async ({ host, api, informer, changes }) => {
      await host.advance(5_000);
      api.endWatches(how);
      put(api, thing("meanwhile"));
      await host.advance(2_000);
      assert.deepEqual(changes, ["+default/meanwhile"]);
      assert.equal(informer.listCount, 1);
      assert.equal(api.watchers, 1);
    }));
}

Deno.test("ResourceInformer lists again after 410 and reports the difference", () =>
  withInformer({}, async ({ host, api, informer, changes }) => {
    await host.advance(5_000);
    changes.length = 0;
    api.endWatches();
    put(api, thing("changed", "blue"));
    api.remove(`${PATH}/gone`);
    put(api, thing("new"));
    api.oldestRevision = api.revision;
    await host.advance(5_000);
    assert.deepEqual(changes.sort(), [
      "+default/new",
      "-default/gone",
      "~default/changed",
    ]);
    assert.equal(informer.listCount, 2);
    assert.equal(informer.list().length, 3);
  }, (api) => {
    put(api, thing("changed"));
    put(api, thing("gone"));
    put(api, thing("same"));
  }));

Deno.test("ResourceInformer backs off while the server fails, and starts shortly again after a success", () =>
  withInformer({}, async ({ host, api, informer }) => {
    api.intercept = () => new Response("", { status: 500 });
    api.endWatches("break");
    const before = api.requests.length;
    await host.advance(600_000);
    const tries = api.requests.length - before;
    // Waits of 30 to 60 s once grown: between 10 and 26 tries in ten minutes.
    assert.ok(tries >= 10 && tries <= 26, `${tries} tries`);
    api.intercept = () => undefined;
    await host.advance(61_000);
    assert.equal(api.watchers, 1);
    await host.advance(5_000);
    api.endWatches("break");
    await host.advance(1_601);
    assert.equal(api.watchers, 1);
    assert.equal(informer.listCount, 1);
  }));

Deno.test("ResourceInformer does not ask in a tight loop when watches end at once", () =>
  withInformer({}, async ({ host, api }) => {
    api.intercept = (request) =>
      request.url.includes("watch=1") ? new Response("") : undefined;
    api.endWatches();
    const before = api.requests.length;
    await host.advance(60_000);
    assert.ok(api.requests.length - before < 12);
  }));

Deno.test("ResourceInformer.byIndex() follows changes of the indexed value", () =>
  withInformer(
    { indexes: { color: ({ spec }) => spec ? [spec.color] : [] } },
    async ({ host, api, informer }) => {
      const names = (color: string) =>
        informer.byIndex("color", color).map(({ metadata }) => metadata.name);
      assert.deepEqual(names("red"), ["a", "b"]);
      put(api, thing("a", "blue"));
      api.remove(`${PATH}/b`);
      await host.settle();
      assert.deepEqual(names("red"), []);
      assert.deepEqual(names("blue"), ["a"]);
      assert.throws(() => informer.byIndex("size", "1"), RangeError);
    },
    (api) => {
      put(api, thing("a"));
      put(api, thing("b"));
    },
  ));

Deno.test("ResourceInformer goes on from a checkpoint without a list", async () => {
  const known = {
    ...thing("known"),
    metadata: { name: "known", namespace: "default", resourceVersion: "1" },
  };
  await withInformer(
    { from: { items: [known], resourceVersion: "1" } },
    async ({ informer, changes }) => {
      await informer.synced();
      assert.deepEqual(changes, ["+default/known", "+default/later"]);
      assert.equal(informer.listCount, 0);
    },
    (api) => put(api, thing("later")),
  );
});

Deno.test("ResourceInformer.onChange() reports what is held, and stops when disposed", () =>
  withInformer({}, async ({ host, api, informer }) => {
    const keys: string[] = [];
    const registration = informer.onChange(({ key }) => keys.push(key));
    assert.deepEqual(keys, ["default/a"]);
    registration[Symbol.dispose]();
    put(api, thing("b"));
    await host.settle();
    assert.deepEqual(keys, ["default/a"]);
  }, (api) => put(api, thing("a"))));

Deno.test("ResourceInformer.synced() throws the reason of its signal", () =>
  withInformer({}, async ({ host, api }) => {
    api.intercept = () => new Response("", { status: 500 });
    const stuck = new ResourceInformer(host, new RestClient(api), THINGS);
    const stop = new AbortController();
    const waiting = assert.rejects(stuck.synced(stop.signal), {
      name: "AbortError",
    });
    stop.abort();
    await waiting;
  }));
