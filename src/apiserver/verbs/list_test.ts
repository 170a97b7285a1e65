import assert from "node:assert/strict";
import {
  configMap,
  type Harness,
  pod,
  startHarness,
} from "../testing/harness.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

async function makeMaps(server: Harness, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const name = `m${String(i).padStart(2, "0")}`;
    const labels = { parity: i % 2 === 0 ? "even" : "odd" };
    await server.json("POST", MAPS, {
      body: configMap(name, { metadata: { name, labels } }),
    });
  }
}

// deno-lint-ignore no-explicit-any
const names = (list: any): string[] =>
  list.items.map((item: { metadata: { name: string } }) => item.metadata.name);

Deno.test("list() answers objects in order with the store's revision", async () => {
  await using server = await startHarness();
  await makeMaps(server, 3);
  const list = await server.json("GET", MAPS);
  assert.equal(list.kind, "ConfigMapList");
  assert.equal(list.apiVersion, "v1");
  assert.deepEqual(names(list), ["m00", "m01", "m02"]);
  assert.equal(
    list.metadata.resourceVersion,
    String(server.api.store.revision),
  );
});

Deno.test("list() selects by labels and fields", async () => {
  await using server = await startHarness();
  await makeMaps(server, 5);
  const select = async (query: string) =>
    names(await server.json("GET", `${MAPS}?${query}`));
  assert.deepEqual(await select("labelSelector=parity%3Deven"), [
    "m00",
    "m02",
    "m04",
  ]);
  assert.deepEqual(await select("labelSelector=parity!%3Deven"), [
    "m01",
    "m03",
  ]);
  assert.deepEqual(await select("fieldSelector=metadata.name%3Dm03"), ["m03"]);
  assert.deepEqual(
    await select(
      "fieldSelector=metadata.name!%3Dm03&labelSelector=parity%3Dodd",
    ),
    ["m01"],
  );
  const wrong = await server.json("GET", `${MAPS}?fieldSelector=data.x%3D1`, {
    status: 400,
  });
  assert.equal(wrong.reason, "BadRequest");
  await server.json("GET", `${MAPS}?labelSelector=%3D%3D`, { status: 400 });
});

Deno.test("list() selects pods by node", async () => {
  await using server = await startHarness();
  const pods = "/api/v1/namespaces/default/pods";
  await server.json("POST", pods, {
    body: pod("a", { spec: { nodeName: "n1" } }),
  });
  await server.json("POST", pods, { body: pod("b") });
  const list = await server.json(
    "GET",
    "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1",
  );
  assert.deepEqual(names(list), ["a"]);
});

Deno.test("list() pages over one state while objects come and go", async () => {
  await using server = await startHarness();
  await makeMaps(server, 5);
  const first = await server.json("GET", `${MAPS}?limit=2`);
  assert.deepEqual(names(first), ["m00", "m01"]);
  assert.equal(first.metadata.remainingItemCount, 3);
  await server.json("DELETE", `${MAPS}/m02`);
  await server.json("POST", MAPS, { body: configMap("m015") });
  const token = encodeURIComponent(first.metadata.continue);
  const second = await server.json("GET", `${MAPS}?limit=2&continue=${token}`);
  assert.deepEqual(names(second), ["m02", "m03"]);
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  const last = await server.json(
    "GET",
    `${MAPS}?limit=2&continue=${encodeURIComponent(second.metadata.continue)}`,
  );
  assert.deepEqual(names(last), ["m04"]);
  assert.equal(last.metadata.continue, undefined);
});

Deno.test("list() fills pages of a selection", async () => {
  await using server = await startHarness();
  await makeMaps(server, 6);
  const query = `${MAPS}?limit=2&labelSelector=parity%3Dodd`;
  const first = await server.json("GET", query);
  assert.deepEqual(names(first), ["m01", "m03"]);
  assert.equal(first.metadata.remainingItemCount, undefined);
  const token = encodeURIComponent(first.metadata.continue);
  const second = await server.json("GET", `${query}&continue=${token}`);
  assert.deepEqual(names(second), ["m05"]);
});

Deno.test("list() answers 410 with a token to go on when the page's state is gone", async () => {
  await using server = await startHarness({
    storeOptions: { ringBoundEvents: 1 },
  });
  await makeMaps(server, 4);
  const first = await server.json("GET", `${MAPS}?limit=2`);
  await server.json("DELETE", `${MAPS}/m03`);
  await server.host.advance(6 * 60_000);
  // An old state can be made again from events as long as these are kept; here none are.
  await server.json("POST", MAPS, { body: configMap("new") });
  const token = encodeURIComponent(first.metadata.continue);
  const expired = await server.json("GET", `${MAPS}?continue=${token}`, {
    status: 410,
  });
  assert.equal(expired.reason, "Expired");
  const again = encodeURIComponent(expired.metadata.continue);
  const rest = await server.json("GET", `${MAPS}?continue=${again}`);
  assert.deepEqual(names(rest), ["m02", "new"]);
});

Deno.test("list() heeds resourceVersion and resourceVersionMatch", async () => {
  await using server = await startHarness();
  await makeMaps(server, 2);
  const old = server.api.store.revision;
  await server.json("POST", MAPS, { body: configMap("later") });
  const exact = await server.json(
    "GET",
    `${MAPS}?resourceVersion=${old}&resourceVersionMatch=Exact`,
  );
  assert.deepEqual(names(exact), ["m00", "m01"]);
  const newer = await server.json(
    "GET",
    `${MAPS}?resourceVersion=${old}&resourceVersionMatch=NotOlderThan`,
  );
  assert.equal(newer.items.length, 3);
  assert.equal(
    (await server.json("GET", `${MAPS}?resourceVersion=0`)).items.length,
    3,
  );
  await server.json("GET", `${MAPS}?resourceVersionMatch=Exact`, {
    status: 422,
  });
  await server.json("GET", `${MAPS}?resourceVersion=x`, { status: 400 });
  await server.json("GET", `${MAPS}?continue=nonsense`, { status: 400 });
});

Deno.test("list() answers 504 when the revision does not come", async () => {
  await using server = await startHarness();
  const path = `${MAPS}?resourceVersion=999`;
  const asked = server.json("GET", path, { status: 504 });
  await server.host.advance(3000);
  const status = await asked;
  assert.match(status.message, /Too large resource version: 999, current: \d+/);
  assert.equal(status.details.causes[0].reason, "ResourceVersionTooLarge");
});

Deno.test("list() answers tables and metadata when they are asked for", async () => {
  await using server = await startHarness();
  await makeMaps(server, 1);
  const table = await server.json("GET", MAPS, {
    headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
  });
  assert.equal(table.kind, "Table");
  assert.deepEqual(
    table.columnDefinitions.map((c: { name: string }) => c.name),
    ["Name", "Data", "Age"],
  );
  assert.equal(table.rows[0].cells[0], "m00");
  assert.equal(table.rows[0].object.kind, "PartialObjectMetadata");
  const metadata = await server.json("GET", MAPS, {
    headers: {
      accept:
        "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    },
  });
  assert.equal(metadata.kind, "PartialObjectMetadataList");
  assert.equal(metadata.items[0].metadata.name, "m00");
});

Deno.test("list() compresses large answers for those who take gzip", async () => {
  await using server = await startHarness();
  const data = { k: "x".repeat(200 * 1024) };
  await server.json("POST", MAPS, { body: configMap("big", { data }) });
  const answer = await server.ask("GET", MAPS, {
    headers: { "accept-encoding": "gzip" },
  });
  assert.equal(answer.headers.get("content-encoding"), "gzip");
  const plain = answer.body!.pipeThrough(new DecompressionStream("gzip"));
  const list = JSON.parse(await new Response(plain).text());
  assert.equal(list.items[0].data.k.length, data.k.length);
});

Deno.test("list() answers a compressed list that is asked for again with the newest resource version and items", async () => {
  await using server = await startHarness();
  const data = { k: "x".repeat(200 * 1024) };
  const listed = async () => {
    const answer = await server.ask("GET", MAPS, {
      headers: { "accept-encoding": "gzip" },
    });
    assert.equal(answer.headers.get("content-encoding"), "gzip");
    const plain = answer.body!.pipeThrough(new DecompressionStream("gzip"));
    const { metadata, items } = await new Response(plain).json();
    const names = items.map((item: { metadata: { name: string } }) =>
      item.metadata.name
    );
    return { version: Number(metadata.resourceVersion), names };
  };
  await server.json("POST", MAPS, { body: configMap("big", { data }) });
  const first = await listed();
  assert.deepEqual(await listed(), first);
  await server.json("POST", "/api/v1/namespaces/default/secrets", {
    body: { apiVersion: "v1", kind: "Secret", metadata: { name: "other" } },
  });
  const second = await listed();
  assert.deepEqual(second.names, first.names);
  assert.ok(second.version > first.version);
  await server.json("POST", MAPS, { body: configMap("small") });
  assert.deepEqual((await listed()).names, [...first.names, "small"]);
});

Deno.test("list() of one name at a revision answers the object as it was", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", MAPS, {
    body: configMap("a", { data: { x: "old" } }),
  });
  await server.json("PATCH", `${MAPS}/a`, { body: { data: { x: "new" } } });
  const query =
    `fieldSelector=metadata.name%3Da&resourceVersion=${made.metadata.resourceVersion}`;
  const then = await server.json(
    "GET",
    `${MAPS}?${query}&resourceVersionMatch=Exact`,
  );
  assert.deepEqual(then.items.map((item: { data: unknown }) => item.data), [
    { x: "old" },
  ]);
  assert.equal(then.metadata.resourceVersion, made.metadata.resourceVersion);
  const now = await server.json(
    "GET",
    `${MAPS}?${query}&resourceVersionMatch=NotOlderThan`,
  );
  assert.equal(now.items[0].data.x, "new");
});
