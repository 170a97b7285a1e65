import assert from "node:assert/strict";
import fc from "fast-check";
import { socketPair } from "../testing/socket_pair.ts";
import { VirtualHost } from "../testing/virtual_host.ts";
import { decodeText, encodeText } from "./bytes.ts";
import { createMux, type MuxStream } from "./mux.ts";
import {
  fetchOverMux,
  isHttpStream,
  type LinkHandler,
  serveOverMux,
} from "./mux_http.ts";

/** A link whose server's end answers requests with `handler`. */
function linked(handler: LinkHandler) {
  const host = new VirtualHost();
  const [near, far] = socketPair();
  const options = { keepAliveMs: 25_000, onStream: () => {} };
  const client = createMux(host, near, { ...options, role: "client" });
  const serving: Promise<void>[] = [];
  const streams: MuxStream[] = [];
  createMux(host, far, {
    ...options,
    role: "server",
    onStream(stream) {
      streams.push(stream);
      serving.push(serveOverMux(stream, handler));
    },
  });
  return { host, near, far, client, serving, streams };
}

function get(path: string, init: RequestInit = {}): Request {
  return new Request(`https://ignored${path}`, init);
}

Deno.test("fetchOverMux() carries method, path, headers and bodies when they are ordinary", async () => {
  const { client } = linked(async (request) =>
    new Response(
      JSON.stringify({
        method: request.method,
        url: request.url,
        accept: request.headers.get("accept"),
        body: await request.text(),
      }),
      { status: 201, headers: { "content-type": "application/json" } },
    )
  );
  const response = await fetchOverMux(
    client,
    get("/api/v1/pods?watch=1&q=a%2Fb", {
      method: "POST",
      headers: { accept: "text/plain" },
      body: "hello",
    }),
  );
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.deepEqual(await response.json(), {
    method: "POST",
    url: "http://link/api/v1/pods?watch=1&q=a%2Fb",
    accept: "text/plain",
    body: "hello",
  });
});

Deno.test("fetchOverMux() carries any body both ways when it is streamed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200_000, size: "max" }),
      async (body) => {
        const { host, client } = linked((request) =>
          new Response(request.body)
        );
        const work = fetchOverMux(
          client,
          get("/", { method: "PUT", body: new Blob([new Uint8Array(body)]) }),
        ).then((response) => response.bytes());
        let result: Uint8Array | undefined;
        work.then((bytes) => result = bytes);
        for (let i = 0; i < 1000 && result === undefined; i++) {
          await host.advance(1);
        }
        assert.deepEqual(result, new Uint8Array(body));
        client.close("done");
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("fetchOverMux() needs one message each way when request and answer are small", async () => {
  const { client, near, far } = linked(() => new Response("ok"));
  const response = await fetchOverMux(client, get("/"));
  assert.equal(await response.text(), "ok");
  assert.equal(near.sent.length, 1);
  assert.equal(far.sent.length, 1);
});

Deno.test("fetchOverMux() gives each event of a watch when it happens", async () => {
  const events = new TransformStream<Uint8Array, Uint8Array>();
  const { host, client } = linked(() => new Response(events.readable));
  const response = await fetchOverMux(client, get("/?watch=1"));
  const reader = response.body!.getReader();
  const writer = events.writable.getWriter();
  for (const text of ["a", "b", "c"]) {
    let seen = "";
    reader.read().then(({ value }) => seen = decodeText(value!));
    await host.settle();
    assert.equal(seen, "");
    await writer.write(encodeText(text));
    await host.settle();
    assert.equal(seen, text);
  }
  await reader.cancel();
});

Deno.test("fetchOverMux() ends the handler's work when the answer's body is cancelled", async () => {
  let cancelled: unknown;
  let signal: AbortSignal | undefined;
  const { client, serving } = linked((request) => {
    signal = request.signal;
    return new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(encodeText("first")),
        cancel: (reason) => {
          cancelled = reason;
        },
      }),
    );
  });
  const response = await fetchOverMux(client, get("/?follow=true"));
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel("seen enough");
  await Promise.all(serving);
  assert.ok(signal!.aborted);
  assert.match(String(cancelled), /seen enough/);
});

Deno.test("fetchOverMux() rejects with the signal's reason when it aborts before the answer", async () => {
  const abort = new AbortController();
  let seen: AbortSignal | undefined;
  const { host, client, serving } = linked((request) => {
    seen = request.signal;
    return new Promise((_, reject) => {
      request.signal.addEventListener(
        "abort",
        () => reject(request.signal.reason),
      );
    });
  });
  const reason = new Error("changed my mind");
  const work = fetchOverMux(client, get("/", { signal: abort.signal }));
  work.catch(() => {});
  await host.settle();
  abort.abort(reason);
  await assert.rejects(work, reason);
  await Promise.all(serving);
  assert.match(String(seen!.reason), /changed my mind/);
});

Deno.test("fetchOverMux() breaks the body with the signal's reason when it aborts after the answer", async () => {
  const abort = new AbortController();
  const { client, serving } = linked(() =>
    new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))
  );
  const response = await fetchOverMux(
    client,
    get("/", { signal: abort.signal }),
  );
  const reason = new Error("stop");
  const reading = response.text();
  reading.catch(() => {});
  abort.abort(reason);
  await assert.rejects(reading, reason);
  await Promise.all(serving);
});

Deno.test("fetchOverMux() rejects when the link breaks", async () => {
  const { client, near, serving } = linked(() => new Promise(() => {}));
  const work = fetchOverMux(client, get("/"));
  work.catch(() => {});
  near.break();
  await assert.rejects(work, { name: "HostError", code: "closed" });
  assert.equal(serving.length, 0);
});

Deno.test("fetchOverMux() breaks the body when the link breaks in the middle of it", async () => {
  const { client, near, host } = linked(() =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(encodeText("part")),
      }),
    )
  );
  const response = await fetchOverMux(client, get("/"));
  const reader = response.body!.getReader();
  assert.equal(decodeText((await reader.read()).value!), "part");
  near.break();
  await assert.rejects(reader.read(), /Link closed/);
  await host.settle();
});

Deno.test("fetchOverMux() gives no body when the status has none", async () => {
  const { client } = linked(() => new Response(null, { status: 204 }));
  const response = await fetchOverMux(client, get("/"));
  assert.equal(response.status, 204);
  assert.equal(response.body, null);
});

Deno.test("fetchOverMux() rejects when the answer is not one", async () => {
  const { client, host } = linked(() => new Response());
  const bad = createBadServer();
  await assert.rejects(fetchOverMux(bad, get("/")), /head too large/);
  client.close("done");
  await host.settle();
});

/** A peer that answers with a length of 4 GiB. */
function createBadServer() {
  const host = new VirtualHost();
  const [near, far] = socketPair();
  const options = { keepAliveMs: 25_000 };
  createMux(host, far, {
    ...options,
    role: "server",
    onStream(stream) {
      stream.writable.getWriter().write(new Uint8Array(4).fill(255));
    },
  });
  return createMux(host, near, {
    ...options,
    role: "client",
    onStream: () => {},
  });
}

Deno.test("serveOverMux() answers 500 with the text when the handler throws", async () => {
  const { client } = linked(() => {
    throw new Error("Cannot do that");
  });
  const response = await fetchOverMux(client, get("/"));
  assert.equal(response.status, 500);
  assert.equal(await response.text(), "Cannot do that\n");
});

Deno.test("serveOverMux() gets its answer through when it does not read the request's body", async () => {
  const { host, client, serving } = linked(() =>
    new Response("too large", { status: 413 })
  );
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(16 * 1024)),
    cancel: () => {
      cancelled = true;
    },
  });
  const work = fetchOverMux(
    client,
    get("/", { method: "POST", body: endless }),
  ).then(async (response) => [response.status, await response.text()]);
  for (let i = 0; i < 100 && !cancelled; i++) await host.advance(1);
  assert.deepEqual(await work, [413, "too large"]);
  await Promise.all(serving);
  assert.ok(cancelled);
  client.close("done");
});

Deno.test("serveOverMux() stops the handler's body when the client does not read", async () => {
  let made = 0;
  const { host, client } = linked(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          made += 16 * 1024;
          controller.enqueue(new Uint8Array(16 * 1024));
        },
      }),
    )
  );
  const work = fetchOverMux(client, get("/"));
  await host.advance(500);
  const response = await work;
  assert.ok(made > 0 && made < 400 * 1024, `${made}`);
  await response.body!.cancel();
  client.close("done");
  await host.settle();
});

for (
  const header of [
    { type: "http" },
    { type: "http", method: "GET", path: "no-slash", headers: {} },
    { type: "http", method: "GET", path: "/", headers: { a: 1 } },
    { type: "http", method: "GET", path: "/", headers: { "a b": "1" } },
    { type: "http", method: "CONNECT", path: "/", headers: {} },
  ]
) {
  Deno.test(`serveOverMux() resets the stream when its header is ${JSON.stringify(header)}`, async () => {
    const { client, serving } = linked(() => new Response("never"));
    const stream = client.open(header, { end: true });
    await assert.rejects(
      stream.readable.getReader().read(),
      /Stream reset by peer/,
    );
    await Promise.all(serving);
  });
}

Deno.test("isHttpStream() is true when the header says so", () => {
  const { client } = linked(() => new Response());
  assert.ok(isHttpStream(client.open({ type: "http" })));
  assert.ok(!isHttpStream(client.open({ type: "connect" })));
  client.close("done");
});
