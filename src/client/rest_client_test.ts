import assert from "node:assert/strict";
import type { KubeObject, Resource } from "../api/kind.ts";
import { FakeApi } from "../testing/fake_api.ts";
import { VirtualHost } from "../testing/virtual_host.ts";
import { hasStatusCode } from "./response_error.ts";
import { RestClient } from "./rest_client.ts";

interface Thing extends KubeObject {
  spec?: { size: number };
  status?: { seen: number };
}

const THINGS: Resource<Thing> = {
  group: "example.dev",
  version: "v1",
  kind: "Thing",
  plural: "things",
  namespaced: true,
};
const PATH = "/apis/example.dev/v1/namespaces/default/things";

function setUp() {
  const host = new VirtualHost();
  const api = new FakeApi(host);
  return { host, api, client: new RestClient(api) };
}

function thing(name: string, size = 1): Thing {
  return {
    apiVersion: "example.dev/v1",
    kind: "Thing",
    metadata: { name, namespace: "default" },
    spec: { size },
  };
}

Deno.test("RestClient.create() posts to the collection, update() and patch() write the object", async () => {
  const { api, client } = setUp();
  const made = await client.create(THINGS, thing("a"));
  assert.ok(made.metadata.uid);
  const updated = await client.update(THINGS, { ...made, spec: { size: 2 } });
  assert.equal(updated.spec?.size, 2);
  const patched = await client.patch(
    THINGS,
    { namespace: "default", name: "a" },
    { type: "merge", body: { status: { seen: 3 } }, subresource: "status" },
  );
  assert.deepEqual(patched.status, { seen: 3 });
  assert.deepEqual(api.writes, [
    `POST ${PATH}/a`,
    `PUT ${PATH}/a`,
    `PATCH ${PATH}/a/status`,
  ]);
});

Deno.test("RestClient.list() follows pages and names the type of each item", async () => {
  const { api, client } = setUp();
  for (let i = 0; i < 7; i++) {
    const { apiVersion: _, kind: __, ...bare } = thing(`t${i}`);
    api.put(PATH, structuredClone(bare) as never);
  }
  const list = await client.list(THINGS, { limit: 3 });
  assert.deepEqual(list.items.map((item) => item.metadata.name), [
    "t0",
    "t1",
    "t2",
    "t3",
    "t4",
    "t5",
    "t6",
  ]);
  assert.equal(list.items[0]?.kind, "Thing");
  assert.equal(list.items[0]?.apiVersion, "example.dev/v1");
  assert.equal(list.resourceVersion, String(api.revision));
  assert.equal(api.requests.length, 3);
});

Deno.test("RestClient.list() starts over in one piece when a page has expired", async () => {
  const { api, client } = setUp();
  for (let i = 0; i < 4; i++) api.put(PATH, thing(`t${i}`) as never);
  api.intercept = (request) =>
    request.url.includes("continue=")
      ? Response.json({ kind: "Status", code: 410, reason: "Expired" }, {
        status: 410,
      })
      : undefined;
  const list = await client.list(THINGS, { limit: 2 });
  assert.equal(list.items.length, 4);
});

Deno.test("RestClient throws the server's Status as ApiError", async () => {
  const { client } = setUp();
  await assert.rejects(
    client.get(THINGS, { namespace: "default", name: "none" }),
    (error: unknown) => {
      assert.ok(hasStatusCode(error, 404));
      assert.equal(error.message, 'things "none" not found');
      assert.equal(error.reason, "NotFound");
      return true;
    },
  );
});

Deno.test("RestClient makes an ApiError of an answer that is no Status", async () => {
  const { api, client } = setUp();
  api.intercept = () => new Response("upstream is down", { status: 503 });
  await assert.rejects(client.list(THINGS), (error: unknown) => {
    assert.ok(hasStatusCode(error, 503));
    assert.equal(error.reason, "ServiceUnavailable");
    assert.match(error.message, /upstream is down/);
    return true;
  });
});

Deno.test("RestClient.get() refuses a namespaced kind without a namespace", () => {
  const { client } = setUp();
  assert.throws(() => client.get(THINGS, { name: "a" }), TypeError);
});

Deno.test("RestClient.watch() yields events after a version and ends with the server", async () => {
  const { host, api, client } = setUp();
  api.put(PATH, thing("old") as never);
  const seen: string[] = [];
  const done = (async () => {
    for await (
      const event of client.watch(THINGS, {
        namespace: "default",
        resourceVersion: String(api.revision),
      })
    ) seen.push(`${event.type} ${event.object.metadata.name}`);
  })();
  await host.settle();
  api.put(PATH, thing("new") as never);
  api.remove(`${PATH}/old`);
  await host.settle();
  api.endWatches();
  await done;
  assert.deepEqual(seen, ["ADDED new", "DELETED old"]);
});

Deno.test("RestClient.watch() throws the reason of its signal and closes the stream", async () => {
  const { host, api, client } = setUp();
  const stop = new AbortController();
  const reason = new DOMException("Enough", "AbortError");
  const watching = Array.fromAsync(
    client.watch(THINGS, { resourceVersion: "1", signal: stop.signal }),
  );
  const ended = assert.rejects(watching, (error) => error === reason);
  await host.settle();
  assert.equal(api.watchers, 1);
  stop.abort(reason);
  await ended;
  assert.equal(api.watchers, 0);
});
