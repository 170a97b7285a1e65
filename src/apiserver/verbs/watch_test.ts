import assert from "node:assert/strict";
import { ExpiredError } from "../../store/store.ts";
import {
  configMap,
  type Harness,
  pod,
  startHarness,
  WatchLines,
} from "../testing/harness.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

async function watch(
  server: Harness,
  query: string,
  headers: Record<string, string> = {},
): Promise<WatchLines> {
  const path = query.startsWith("/") ? query : `${MAPS}?watch=true&${query}`;
  const answer = await server.ask("GET", path, { headers });
  assert.equal(answer.status, 200);
  return new WatchLines(answer);
}

Deno.test("watch() begins with the present state when no revision is named", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  for (const query of ["", "resourceVersion=0"]) {
    await using lines = await watch(server, query);
    const event = await lines.next();
    assert.equal(event.type, "ADDED");
    assert.equal(event.object.metadata.name, "a");
  }
});

Deno.test("watch() tells all that happens after a revision, in order", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("before") });
  const from = server.api.store.revision;
  await using lines = await watch(server, `resourceVersion=${from}`);
  await server.json("POST", MAPS, { body: configMap("a") });
  await server.json("PATCH", `${MAPS}/a`, { body: { data: { k: "v" } } });
  await server.json("DELETE", `${MAPS}/a`);
  const events = [await lines.next(), await lines.next(), await lines.next()];
  assert.deepEqual(events.map(({ type }) => type), [
    "ADDED",
    "MODIFIED",
    "DELETED",
  ]);
  assert.deepEqual(
    events.map(({ object }) => Number(object.metadata.resourceVersion)),
    [from + 1, from + 2, from + 3],
  );
  assert.deepEqual(events[2].object.data, { k: "v" });
});

Deno.test("watch() shows objects that enter and leave a selection as added and deleted", async () => {
  await using server = await startHarness();
  const from = server.api.store.revision;
  await using lines = await watch(
    server,
    `resourceVersion=${from}&labelSelector=on`,
  );
  await server.json("POST", MAPS, { body: configMap("a") });
  const label = (on: string | null) =>
    server.json("PATCH", `${MAPS}/a`, {
      body: { metadata: { labels: { on } } },
    });
  await label("yes");
  const left = await label(null);
  await label(null);
  await label("again");
  const events = [await lines.next(), await lines.next(), await lines.next()];
  assert.deepEqual(events.map(({ type }) => type), [
    "ADDED",
    "DELETED",
    "ADDED",
  ]);
  // Deleted as it last matched, at the revision at which it left.
  assert.deepEqual(events[1].object.metadata.labels, { on: "yes" });
  assert.equal(
    events[1].object.metadata.resourceVersion,
    left.metadata.resourceVersion,
  );
});

Deno.test("watch() of one node's pods sees them come when they are bound", async () => {
  await using server = await startHarness();
  const from = server.api.store.revision;
  await using lines = await watch(
    server,
    `/api/v1/pods?watch=1&resourceVersion=${from}&fieldSelector=spec.nodeName%3Dn1`,
  );
  const pods = "/api/v1/namespaces/default/pods";
  for (const name of ["a", "b"]) {
    await server.json("POST", pods, { body: pod(name) });
  }
  for (const [name, node] of [["a", "n2"], ["b", "n1"]]) {
    await server.json("POST", `${pods}/${name}/binding`, {
      body: { metadata: { name }, target: { kind: "Node", name: node } },
    });
  }
  const event = await lines.next();
  assert.equal(event.type, "ADDED");
  assert.equal(event.object.metadata.name, "b");
});

Deno.test("watch() ends the initial state with a bookmark when sendInitialEvents is set", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  await using lines = await watch(
    server,
    "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
  );
  assert.equal((await lines.next()).object.metadata.name, "a");
  const bookmark = await lines.next();
  assert.equal(bookmark.type, "BOOKMARK");
  assert.equal(
    bookmark.object.metadata.annotations["k8s.io/initial-events-end"],
    "true",
  );
  await server.json("GET", `${MAPS}?watch=1&sendInitialEvents=true`, {
    status: 422,
  });
});

Deno.test("watch() sends bookmarks in the form that was asked for", async () => {
  await using server = await startHarness();
  const query =
    "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1";
  const last = async (as: string) => {
    const answer = await server.ask("GET", `${MAPS}?${query}`, {
      headers: { accept: `application/json;as=${as};v=v1;g=meta.k8s.io` },
    });
    const [text] = await Promise.all([
      answer.text(),
      server.host.advance(1000),
    ]);
    return JSON.parse(text.trim().split("\n").at(-1)!);
  };
  const partial = {
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
    metadata: {
      resourceVersion: String(server.api.store.revision),
      annotations: { "k8s.io/initial-events-end": "true" },
    },
  };
  assert.deepEqual(await last("PartialObjectMetadata"), {
    type: "BOOKMARK",
    object: partial,
  });
  const { object: table } = await last("Table");
  assert.equal(table.kind, "Table");
  assert.deepEqual(table.rows.map((row: { object: unknown }) => row.object), [
    partial,
  ]);
});

Deno.test("watch() warns of a deprecated kind, as all verbs do", async () => {
  await using server = await startHarness();
  const path = "/api/v1/namespaces/default/endpoints";
  for (const query of ["", "?watch=1&timeoutSeconds=1"]) {
    const answer = await server.ask("GET", path + query);
    assert.equal(
      answer.headers.get("warning"),
      '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
    );
    await answer.body?.cancel();
  }
});

Deno.test("watch() sends bookmarks only when the revision has moved", async () => {
  await using server = await startHarness();
  const from = server.api.store.revision;
  await using lines = await watch(
    server,
    `resourceVersion=${from}&allowWatchBookmarks=true`,
  );
  const next = lines.next();
  await server.host.advance(0);
  await server.json("POST", "/api/v1/namespaces/default/secrets", {
    body: { metadata: { name: "s" } },
  });
  await server.host.advance(60_000);
  const bookmark = await next;
  assert.equal(bookmark.type, "BOOKMARK");
  assert.equal(bookmark.object.kind, "ConfigMap");
  assert.equal(bookmark.object.metadata.resourceVersion, String(from + 1));
  const silent = lines.next();
  let answered = false;
  silent.then(() => answered = true);
  await server.host.advance(600_000);
  assert.equal(answered, false);
});

Deno.test("watch() ends after timeoutSeconds with a last bookmark", async () => {
  await using server = await startHarness();
  const from = server.api.store.revision;
  await using lines = await watch(
    server,
    `resourceVersion=${from}&allowWatchBookmarks=true&timeoutSeconds=5`,
  );
  const first = lines.next();
  await server.host.advance(0);
  await server.json("POST", "/api/v1/namespaces/default/secrets", {
    body: { metadata: { name: "s" } },
  });
  await server.host.advance(5000);
  assert.equal((await first).type, "BOOKMARK");
  assert.equal(await lines.next(), undefined);
  assert.equal(server.api.watches.size, 0);
});

Deno.test("watch() answers 410 in the stream when the revision is too old", async () => {
  await using server = await startHarness();
  const { store } = server.api;
  const follow = store.watch.bind(store);
  store.watch = (prefix, options) => {
    if (prefix.startsWith("configmaps/")) throw new ExpiredError("Gone");
    return follow(prefix, options);
  };
  await using lines = await watch(server, "resourceVersion=1");
  const event = await lines.next();
  assert.equal(event.type, "ERROR");
  assert.equal(event.object.code, 410);
  assert.equal(event.object.reason, "Expired");
  assert.equal(await lines.next(), undefined);
});

Deno.test("watch() tells tables and metadata when they are asked for", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  await server.json("POST", MAPS, { body: configMap("b") });
  await using table = await watch(server, "", {
    accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
  });
  const [first, second] = [await table.next(), await table.next()];
  assert.equal(first.object.kind, "Table");
  assert.equal(first.object.columnDefinitions[0].name, "Name");
  assert.equal(first.object.rows[0].cells[0], "a");
  assert.equal(second.object.columnDefinitions, null);
  await using metadata = await watch(server, "", {
    accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
  });
  assert.equal((await metadata.next()).object.kind, "PartialObjectMetadata");
});

Deno.test("watch() holds only a cursor for a client that does not read", async () => {
  await using server = await startHarness();
  const from = server.api.store.revision;
  const stalled = await server.ask(
    "GET",
    `${MAPS}?watch=1&resourceVersion=${from}`,
  );
  await using lines = await watch(server, `resourceVersion=${from}`);
  for (let i = 0; i < 50; i++) {
    await server.json("POST", MAPS, { body: configMap(`m${i}`) });
  }
  for (let i = 0; i < 50; i++) {
    assert.equal((await lines.next()).object.metadata.name, `m${i}`);
  }
  assert.equal(server.api.watches.size, 2);
  await stalled.body?.cancel();
  assert.equal(server.api.watches.size, 1);
});

Deno.test("watch() from no version in particular ends the state with a bookmark too, for those who take bookmarks", async () => {
  await using server = await startHarness();
  await server.json("POST", MAPS, { body: configMap("a") });
  for (const version of ["", "&resourceVersion=0"]) {
    const query = `watch=1&fieldSelector=metadata.name%3Da${version}`;
    await using told = new WatchLines(
      await server.ask("GET", `${MAPS}?${query}&allowWatchBookmarks=true`),
    );
    assert.equal((await told.next()).type, "ADDED");
    const { type, object } = await told.next();
    assert.equal(type, "BOOKMARK");
    assert.deepEqual(object.metadata.annotations, {
      "k8s.io/initial-events-end": "true",
    });
  }
});
