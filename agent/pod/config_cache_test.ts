import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import { Stopped } from "../../src/base/errors.ts";
import { CONFIG_MAPS } from "../../src/client/resources.ts";
import { RestClient } from "../../src/client/rest_client.ts";
import { FakeApi } from "../../src/testing/fake_api.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { ConfigCache } from "./config_cache.ts";

const NAME = { namespace: "default", name: "cfg" };
const POD: Pod = {
  metadata: { name: "web", namespace: "default", uid: "uid-1" },
  spec: {
    containers: [{
      name: "app",
      envFrom: [{ configMapRef: { name: "cfg" } }],
    }],
  },
};

Deno.test("configMap() answers while a pod refers to the object, and begins no watch after that", async () => {
  const host = new VirtualHost();
  const client = new RestClient(new FakeApi(host));
  await client.create(CONFIG_MAPS, { metadata: NAME, data: { a: "1" } });
  const stop = new AbortController();
  const unused: string[] = [];
  const cache = new ConfigCache(host, {
    client,
    known: [],
    onChange: () => {},
    onUnused: ({ name }) => unused.push(name),
    isUp: () => true,
    signal: stop.signal,
  });
  cache.retain(POD);
  assert.deepEqual((await cache.configMap(NAME))?.data, { a: "1" });
  cache.release("uid-1");
  await assert.rejects(cache.configMap(NAME), /no pod refers to it/);
  assert.deepEqual(cache.state(), { watched: [] });
  assert.deepEqual(unused, ["cfg"]);
  stop.abort(new Stopped("The test is over"));
  await host.settle();
  assert.deepEqual(host.failures, []);
});

Deno.test("configMap() answers without a watch once the object says that it never changes", async () => {
  const host = new VirtualHost();
  const api = new FakeApi(host);
  const client = new RestClient(api);
  const made = await client.create(CONFIG_MAPS, {
    metadata: NAME,
    data: { a: "1" },
  });
  const stop = new AbortController();
  const seen: unknown[] = [];
  const cache = new ConfigCache(host, {
    client,
    known: [],
    onChange: (_, object) => seen.push(object),
    onUnused: () => {},
    isUp: () => true,
    signal: stop.signal,
  });
  cache.retain(POD);
  await cache.configMap(NAME);
  await host.settle();
  assert.equal(api.watchers, 1);
  await client.update(CONFIG_MAPS, { ...made, immutable: true });
  await host.settle();
  assert.equal(api.watchers, 0);
  await client.delete(CONFIG_MAPS, NAME);
  await host.advance(60_000);
  // Another pod gets what the first one has.
  cache.retain({ ...POD, metadata: { ...POD.metadata, uid: "uid-2" } });
  assert.deepEqual((await cache.configMap(NAME))?.data, { a: "1" });
  assert.equal(seen.length, 2);
  stop.abort(new Stopped("The test is over"));
  await host.settle();
  assert.deepEqual(host.failures, []);
});
