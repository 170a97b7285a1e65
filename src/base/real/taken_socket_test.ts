import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { createAuthority, issueCertificate } from "../certificates.ts";
import type { MessageSocket } from "../host.ts";
import { makeRealHost } from "../real_host.ts";
import { MESSAGE_LIMIT_BYTES } from "./taken_socket.ts";

/** A server whose one socket the test gets, and a client of it. */
async function open() {
  const host = makeRealHost({ writeLog: () => {} });
  const authority = createAuthority(host, { commonName: "ca" });
  const { certificate, privateKey } = issueCertificate(host, {
    authority,
    request: {
      commonName: "server",
      usage: "server",
      dnsNames: ["localhost"],
      ipAddresses: ["127.0.0.1"],
    },
  });
  const taken = Promise.withResolvers<MessageSocket>();
  const server = await host.net.serve((request) => {
    const { socket, response } = host.net.upgrade(request);
    taken.resolve(socket);
    return response;
  }, {
    at: { hostname: "127.0.0.1", port: 0 },
    tls: { certificate, privateKey },
  });
  const { port } = server.address as { port: number };
  const client = new WebSocket(`wss://127.0.0.1:${port}/`, {
    ca: authority.certificate,
  });
  client.on("error", () => {});
  const closed = new Promise<number>((resolve) =>
    client.on("close", (code: number) => resolve(code))
  );
  const received: (string | Uint8Array)[] = [];
  const ended = Promise.withResolvers<{ code: number; reason: string }>();
  const socket = await taken.promise;
  socket.listen({
    onMessage: (data) => {
      received.push(data);
      socket.send(data);
    },
    onClose: ended.resolve,
  });
  await new Promise((resolve) => client.once("open", resolve));
  return {
    client,
    socket,
    received,
    closed,
    ended: ended.promise,
    echo: () =>
      new Promise<string>((resolve) =>
        client.once("message", (data: Uint8Array) => resolve(`${data}`))
      ),
    async [Symbol.asyncDispose]() {
      client.terminate();
      await ended.promise;
      await server.close({ graceMs: 0 });
    },
  };
}

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "takenSocket() carries text and bytes both ways, and says how it ended",
  ...options,
  async fn() {
    await using at = await open();
    at.client.send("text");
    assert.equal(await at.echo(), "text");
    at.client.send(new Uint8Array([1, 2, 3]));
    await at.echo();
    const large = "x".repeat(MESSAGE_LIMIT_BYTES);
    at.client.send(large);
    assert.equal((await at.echo()).length, large.length);
    assert.equal(at.received[0], "text");
    assert.deepEqual(at.received[1], new Uint8Array([1, 2, 3]));
    assert.equal(at.socket.bufferedBytes, 0);
    at.client.close(4001, "enough");
    assert.deepEqual(await at.ended, { code: 4001, reason: "enough" });
    assert.equal(await at.closed, 4001);
  },
});

Deno.test({
  name: "takenSocket() ends when a message grows too long",
  ...options,
  async fn() {
    await using at = await open();
    at.client.send("x".repeat(MESSAGE_LIMIT_BYTES + 1));
    assert.equal((await at.ended).code, 1009);
    assert.deepEqual(at.received, []);
  },
});

Deno.test({
  name:
    "takenSocket() is told when the client breaks off, and closes when told to",
  ...options,
  async fn() {
    {
      await using at = await open();
      at.client.terminate();
      assert.equal((await at.ended).code, 1006);
    }
    await using at = await open();
    at.socket.close(4000, "over");
    assert.equal(await at.closed, 4000);
    assert.deepEqual(await at.ended, { code: 4000, reason: "over" });
  },
});
