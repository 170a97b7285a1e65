import assert from "node:assert/strict";
import { decodeBase64Url, encodeText } from "../../src/base/bytes.ts";
import { Stopped } from "../../src/base/errors.ts";
import type { Host, HttpServer } from "../../src/base/host.ts";
import { createMux, type Mux } from "../../src/base/mux.ts";
import { fetchOverMux, serveOverMux } from "../../src/base/mux_http.ts";
import { SocketPrelude } from "../../src/base/prelude.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { Identity } from "../node/identity.ts";
import { ServerLink } from "./dial.ts";
import { LinkRefused } from "./handshake.ts";

const NONCE = "a-fresh-nonce";

/** The server's end: real sockets, the handshake of the protocol's description, and a small API. */
interface FakeServer {
  readonly url: string;
  readonly identified: Record<string, unknown>[];
  readonly links: Mux[];
  refuse: string | undefined;
  readonly http: HttpServer;
}

async function startFakeServer(host: Host): Promise<FakeServer> {
  const state: Omit<FakeServer, "url" | "http"> = {
    identified: [],
    links: [],
    refuse: undefined,
  };
  const http = await host.net.serve((request) => {
    const { socket, response } = host.net.upgrade(request);
    const prelude = new SocketPrelude(socket);
    host.spawn("handshake", async () => {
      prelude.send(
        JSON.stringify({ type: "challenge", nonce: NONCE, time: "" }),
      );
      const said = JSON.parse(String(await prelude.next()));
      state.identified.push(said);
      if (server.refuse !== undefined) {
        prelude.send(
          JSON.stringify({ type: "refused", code: 403, reason: server.refuse }),
        );
        return prelude.close(4403, "Refused");
      }
      prelude.send(
        JSON.stringify({ type: "welcome", time: "", keepAliveSeconds: 25 }),
      );
      server.links.push(createMux(host, prelude.rest(), {
        role: "server",
        keepAliveMs: 25_000,
        onStream: (stream) =>
          host.spawn(
            "request",
            () =>
              serveOverMux(stream, (request) =>
                new Response(`you asked for ${new URL(request.url).pathname}`)),
          ),
      }));
    });
    return response;
  }, { at: { hostname: "127.0.0.1", port: 0 } });
  const { port } = http.address as { port: number };
  const server = Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    http,
  });
  return server;
}

async function withLink(
  run: (bench: {
    server: FakeServer;
    link: ServerLink;
    identity: Identity;
    start: () => Promise<void>;
    signal: AbortSignal;
  }) => Promise<void>,
  options: { joined?: boolean } = {},
): Promise<void> {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  const identity = await Identity.load(host, folder);
  if (options.joined ?? true) await identity.setJoined();
  const server = await startFakeServer(host);
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  const link = new ServerLink(host, {
    server: server.url,
    node: "n1",
    identity,
    handler: (request) =>
      new Response(`n1 heard ${new URL(request.url).pathname}`),
  });
  try {
    await run({
      server,
      link,
      identity,
      signal: stop.signal,
      start: () => running ??= link.run(stop.signal),
    });
  } finally {
    stop.abort(new Stopped("The test is over"));
    await running?.catch(() => {});
    await server.http.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("run() proves the node's key and then carries requests both ways", async () => {
  await withLink(async ({ server, link, identity, start, signal }) => {
    // A request before the link is up waits for it.
    const early = link.transport.fetch(new Request("http://api/api/v1/nodes"));
    void start();
    assert.equal(await (await early).text(), "you asked for /api/v1/nodes");
    await link.up(signal);
    const [said] = server.identified;
    assert.equal(said!.type, "identify");
    assert.equal(said!.node, "n1");
    assert.equal(said!.publicKey, identity.publicPem);
    assert.equal(said!.bootstrapToken, undefined);
    using host = makeRealHost({ writeLog: () => {} });
    assert.ok(host.crypto.verify(identity.publicPem, {
      data: encodeText(`wherry-link-v1\n${NONCE}\nn1`),
      signature: decodeBase64Url(String(said!.signature)),
    }));
    const answer = await fetchOverMux(
      server.links[0]!,
      new Request("http://node/healthz"),
    );
    assert.equal(await answer.text(), "n1 heard /healthz");
  });
});

Deno.test("run() dials again when the link breaks, and waiting requests go through", async () => {
  await withLink(async ({ server, link, start, signal }) => {
    void start();
    await link.up(signal);
    server.links[0]!.close("The server restarts");
    while (link.isUp) await new Promise((resolve) => setTimeout(resolve, 5));
    const answer = await link.transport.fetch(new Request("http://api/x"));
    assert.equal(await answer.text(), "you asked for /x");
    assert.equal(server.links.length, 2);
    assert.equal(
      (link.state() as { connections: number }).connections,
      2,
    );
  });
});

Deno.test("run() gives up when a node that never joined is refused", async () => {
  await withLink(async ({ server, start }) => {
    server.refuse = "the token is wrong";
    await assert.rejects(
      start(),
      (error) =>
        error instanceof LinkRefused &&
        error.message === "The server refused this node: the token is wrong",
    );
  }, { joined: false });
});

Deno.test("run() keeps trying when a node that has joined is refused", async () => {
  await withLink(async ({ server, link, start, signal }) => {
    server.refuse = "not today";
    void start();
    while (server.identified.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    server.refuse = undefined;
    await link.up(signal);
    assert.equal(server.identified.length, 2);
  });
});

Deno.test("run() dials again when a connection was given up by somebody else than the agent", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const folder = await Deno.makeTempDir();
  try {
    const identity = await Identity.load(host, folder);
    await identity.setJoined();
    const stop = new AbortController();
    let dials = 0;
    host.net.openSocket = () => {
      if (++dials === 2) stop.abort(new Stopped("The test is over"));
      return Promise.reject(new Stopped("The connection was given up"));
    };
    const link = new ServerLink(host, {
      server: "http://127.0.0.1:1",
      node: "n1",
      identity,
      handler: () => new Response(),
    });
    await link.run(stop.signal);
    assert.equal(dials, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
