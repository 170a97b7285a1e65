import assert from "node:assert/strict";
import type { Host, MessageSocket } from "../base/host.ts";
import { makeRealHost } from "../base/real_host.ts";
import { makePki } from "../testing/pki.ts";
import { ChannelSocket } from "./channel_socket.ts";
import { HttpTransport } from "./http_transport.ts";

const PKI = makePki();
const MESSAGE_BYTES = 64 * 1024;
const ALL_BYTES = 64 * 1024 * 1024;

/** Both ends, through TLS as of every cluster. */
async function connected(
  use: (ends: {
    host: Host;
    near: ChannelSocket;
    far: MessageSocket;
    farEnd: Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  using host = makeRealHost({ writeLog: () => {} });
  const accepted = Promise.withResolvers<MessageSocket>();
  const farEnd = Promise.withResolvers<void>();
  await using server = await host.net.serve((request) => {
    const { socket, response } = host.net.upgrade(request);
    socket.listen({ onMessage: () => {}, onClose: () => farEnd.resolve() });
    accepted.resolve(socket);
    return response;
  }, { at: { hostname: "127.0.0.1", port: 0 }, tls: PKI.tls });
  const { port } = server.address as { port: number };
  const transport = new HttpTransport(host, {
    server: `https://127.0.0.1:${port}`,
    ca: PKI.authority.certificate,
  });
  const near = await ChannelSocket.open(host, transport, {
    path: "/",
    protocols: [],
  });
  const far = await accepted.promise;
  await use({ host, near, far, farEnd: farEnd.promise });
}

Deno.test("ChannelSocket makes a server wait whose messages nobody takes, and loses none of them", () =>
  connected(async ({ host, near, far, farEnd }) => {
    const count = ALL_BYTES / MESSAGE_BYTES;
    for (let n = 0; n < count; n++) {
      const message = new Uint8Array(MESSAGE_BYTES).fill(n);
      message[0] = 1;
      far.send(message);
    }
    const frames = near.frames();
    const first = await frames.next();
    assert.equal(first.value!.payload.length, MESSAGE_BYTES - 1);
    // What has not left the server stays as it is.
    let left = far.bufferedBytes;
    for (let still = 0; still < 20;) {
      await host.clock.sleep(20);
      still = far.bufferedBytes === left ? still + 1 : 0;
      left = far.bufferedBytes;
    }
    assert.ok(left > ALL_BYTES / 2, `${left} bytes wait in the server`);
    let n = 1;
    for await (const { channel, payload } of frames) {
      assert.equal(channel, 1);
      assert.equal(payload[0], n++ % 256);
      if (n === count) break;
    }
    near.close();
    await farEnd;
  }));

Deno.test("ChannelSocket closes while the server waits", () =>
  connected(async ({ host, near, far, farEnd }) => {
    for (let n = 0; n < 256; n++) far.send(new Uint8Array(MESSAGE_BYTES));
    await near.frames().next();
    await host.clock.sleep(100);
    near.close();
    await farEnd;
  }));
