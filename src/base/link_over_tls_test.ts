import assert from "node:assert/strict";
import { makePki } from "../testing/pki.ts";
import type { Host } from "./host.ts";
import { createMux, type Mux } from "./mux.ts";
import { fetchOverMux, type LinkHandler, serveOverMux } from "./mux_http.ts";
import { makeRealHost } from "./real_host.ts";

const PKI = makePki();
const KEEP_ALIVE_MS = 25_000;

const echo: LinkHandler = (request) => new Response(request.body);

/** A link as the programs have it: a WebSocket through TLS, requests both ways. */
async function linked(
  use: (ends: { host: Host; agent: Mux; server: Mux }) => Promise<void>,
): Promise<void> {
  using host = makeRealHost();
  const accepted = Promise.withResolvers<Mux>();
  await using listening = await host.net.serve((request) => {
    const { socket, response } = host.net.upgrade(request);
    accepted.resolve(createMux(host, socket, {
      role: "server",
      keepAliveMs: KEEP_ALIVE_MS,
      onStream: (stream) => void serveOverMux(stream, echo),
    }));
    return response;
  }, { at: { hostname: "127.0.0.1", port: 0 }, tls: PKI.tls });
  const { port } = listening.address as { port: number };
  const socket = await host.net.openSocket(`wss://127.0.0.1:${port}/`, {
    ca: PKI.authority.certificate,
  });
  const agent = createMux(host, socket, {
    role: "client",
    keepAliveMs: KEEP_ALIVE_MS,
    onStream: (stream) => void serveOverMux(stream, echo),
  });
  const server = await accepted.promise;
  await use({ host, agent, server });
  agent.close("done");
  assert.equal(await server.closed, "done");
}

/** Sends bytes there and back. */
async function roundTrip(mux: Mux, body: Uint8Array<ArrayBuffer>) {
  const request = new Request("http://x/", { method: "POST", body });
  return await (await fetchOverMux(mux, request)).bytes();
}

Deno.test("a link through TLS carries bulk and small requests both ways at once", () =>
  linked(async ({ host, agent, server }) => {
    const bulk = host.random.bytes(5_000_000);
    await Promise.all([
      ...[agent, server].map(async (mux) =>
        assert.deepEqual(await roundTrip(mux, bulk), bulk)
      ),
      ...Array.from({ length: 100 }, async (_, i) => {
        const small = host.random.bytes(i);
        const mux = i % 2 === 0 ? agent : server;
        assert.deepEqual(await roundTrip(mux, small), small);
      }),
    ]);
  }));

Deno.test("a small request is answered while bulk fills a link through TLS", () =>
  linked(async ({ host, agent }) => {
    const order: string[] = [];
    const bulk = roundTrip(agent, host.random.bytes(20_000_000))
      .then(() => order.push("bulk"));
    await host.clock.sleep(20);
    await roundTrip(agent, new Uint8Array(10));
    order.push("small");
    await bulk;
    assert.deepEqual(order, ["small", "bulk"]);
  }));
