import assert from "node:assert/strict";
import { makePki } from "../../testing/pki.ts";
import type { Host, MessageSocket } from "../host.ts";
import { makeRealHost } from "../real_host.ts";

const PKI = makePki();
const CA = PKI.authority.certificate;

/** Two ends of a WebSocket through TLS. */
async function connected(
  use: (ends: {
    host: Host;
    near: MessageSocket;
    far: MessageSocket;
    url: string;
  }) => Promise<void>,
): Promise<void> {
  using host = makeRealHost();
  const accepted = Promise.withResolvers<MessageSocket>();
  await using server = await host.net.serve((request) => {
    if (request.headers.get("upgrade") !== "websocket") {
      return new Response("no", { status: 403 });
    }
    const { socket, response } = host.net.upgrade(request);
    accepted.resolve(socket);
    return response;
  }, { at: { hostname: "127.0.0.1", port: 0 }, tls: PKI.tls });
  const { port } = server.address as { port: number };
  const url = `wss://127.0.0.1:${port}/`;
  const near = await host.net.openSocket(url, { ca: CA });
  await use({ host, near, far: await accepted.promise, url });
}

/** What a socket gets, in order. */
function record(socket: MessageSocket) {
  const messages: unknown[] = [];
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.listen({
    onMessage: (data) => messages.push(data),
    onClose: closed.resolve,
  });
  return { messages, closed: closed.promise };
}

Deno.test("openSocket() keeps what comes until somebody listens", () =>
  connected(async ({ near, far, host }) => {
    const farSide = record(far);
    near.send("one");
    far.send("two");
    far.send(new Uint8Array([3]));
    while (farSide.messages.length === 0) await host.clock.sleep(1);
    await host.clock.sleep(20);
    const nearSide = record(near);
    assert.deepEqual(nearSide.messages, ["two", new Uint8Array([3])]);
    near.close(1000, "bye");
    assert.deepEqual(await farSide.closed, { code: 1000, reason: "bye" });
    assert.deepEqual(await nearSide.closed, { code: 1000, reason: "bye" });
    near.send("dropped");
    near.close();
  }));

Deno.test("listen() throws when it is called twice", () =>
  connected(async ({ near, far }) => {
    const end = record(near);
    assert.throws(() => record(near), /it has receivers already/);
    record(far);
    far.close(4001, "x".repeat(200));
    const { code, reason } = await end.closed;
    assert.equal(code, 4001);
    assert.equal(reason, "x".repeat(123)); // all that a close frame has room for
  }));

Deno.test("bufferedBytes tells what has not left while the peer does not read, on both ends", () =>
  connected(async ({ near, far, host }) => {
    for (const socket of [near, far]) {
      // both ends of this process share an event loop: while it is kept busy, nobody reads
      for (let i = 0; i < 40; i++) socket.send(new Uint8Array(500_000));
      assert.ok(socket.bufferedBytes > 5_000_000, `${socket.bufferedBytes}`);
    }
    const ends = [record(near), record(far)];
    while (near.bufferedBytes + far.bufferedBytes > 0) {
      await host.clock.sleep(5);
    }
    while (ends.some(({ messages }) => messages.length < 40)) {
      await host.clock.sleep(5);
    }
    near.close();
    await Promise.all(ends.map(({ closed }) => closed));
  }));

Deno.test("onClose() tells of a connection that broke on the other end", () =>
  connected(async ({ near, far, host }) => {
    const [nearSide, farSide] = [record(near), record(far)];
    // a message beyond what a peer takes breaks the connection off
    near.send(new Uint8Array(17 * 1024 * 1024));
    assert.equal((await farSide.closed).code, 1009);
    const { code } = await nearSide.closed;
    assert.ok([1006, 1009].includes(code), `${code}`);
    assert.equal(near.bufferedBytes, 0);
    assert.ok(host);
  }));

Deno.test("close() breaks a connection off whose peer does not answer", async () => {
  using host = makeRealHost();
  // a peer that accepts the upgrade and then never says anything
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const mute = (async () => {
    const conn = await listener.accept();
    const buffer = new Uint8Array(4096);
    const count = await conn.read(buffer) ?? 0;
    const request = new TextDecoder().decode(buffer.subarray(0, count));
    const key = /sec-websocket-key: (\S+)/i.exec(request)?.[1];
    const digest = await crypto.subtle.digest(
      "SHA-1",
      new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`),
    );
    await conn.write(new TextEncoder().encode(
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n" +
        `connection: upgrade\r\nsec-websocket-accept: ${
          new Uint8Array(digest).toBase64()
        }\r\n\r\n`,
    ));
    return conn;
  })();
  const socket = await host.net.openSocket(
    `ws://127.0.0.1:${listener.addr.port}/`,
  );
  const { closed } = record(socket);
  socket.close(1000, "bye");
  const keepAlive = setInterval(() => {}, 1000);
  assert.equal((await closed).code, 1006);
  clearInterval(keepAlive);
  const conn = await mute;
  const buffer = new Uint8Array(1024);
  while (await conn.read(buffer).catch(() => null) !== null);
  conn.close();
});

Deno.test("openSocket() throws when the server is of another authority, refuses, or is not there", () =>
  connected(async ({ host, near, far, url }) => {
    const other = makePki().authority.certificate;
    await assert.rejects(host.net.openSocket(url, { ca: other }), {
      name: "HostError",
      code: "invalid",
    });
    const plain = await host.net.openSocket(url, { insecureSkipVerify: true });
    const plainEnd = record(plain);
    plain.close();
    await plainEnd.closed;
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    taken.close();
    await assert.rejects(host.net.openSocket(`ws://127.0.0.1:${port}/`), {
      code: "refused",
    });
    const reason = new Error("stop");
    await assert.rejects(
      host.net.openSocket(url, { ca: CA, signal: AbortSignal.abort(reason) }),
      reason,
    );
    const end = record(near);
    record(far);
    near.close();
    await end.closed;
  }));
