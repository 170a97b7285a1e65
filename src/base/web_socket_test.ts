import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { VirtualHost } from "../testing/virtual_host.ts";
import { makePki } from "../testing/pki.ts";
import { concat, decodeText, encodeText } from "./bytes.ts";
import type { ByteStream, Clock } from "./host.ts";
import { makeRealHost } from "./real_host.ts";
import { ServerWebSocket, WebSocketError } from "./web_socket.ts";

/** A stream of given bytes that keeps what is written. */
class FakeStream implements ByteStream {
  readonly #incoming: Uint8Array;
  readonly #size: number;
  #at = 0;
  written: Uint8Array = new Uint8Array();
  closed = false;
  readonly #open: boolean;

  /** @param options.open whether the client goes on after its bytes */
  constructor(
    incoming: Uint8Array,
    options: { size?: number; open?: boolean } = {},
  ) {
    this.#incoming = incoming;
    this.#size = options.size ?? 1000;
    this.#open = options.open ?? false;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#at >= this.#incoming.length) {
      return this.#open ? new Promise(() => {}) : Promise.resolve(null);
    }
    const end = this.#at + Math.min(this.#size, buffer.length);
    const piece = this.#incoming.subarray(this.#at, end);
    buffer.set(piece);
    this.#at += piece.length;
    return Promise.resolve(piece.length);
  }

  write(data: Uint8Array): Promise<number> {
    // a part only, as a stream may
    const part = data.subarray(0, 5);
    this.written = concat([this.written, part]);
    return Promise.resolve(part.length);
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.closed = true;
  }

  get readable(): never {
    throw new Error("Not used");
  }

  get writable(): never {
    throw new Error("Not used");
  }

  [Symbol.dispose](): void {}
}

const MASK = new Uint8Array([1, 2, 3, 4]);

/** A client's frame. */
function frame(
  opcode: number,
  data: string | Uint8Array,
  options: { fin?: boolean; masked?: boolean } = {},
): Uint8Array {
  const { fin = true, masked = true } = options;
  const body = typeof data === "string" ? encodeText(data) : data.slice();
  body.forEach((byte, i) => body[i] = byte ^ (masked ? MASK[i % 4]! : 0));
  const long = body.length > 125;
  const head = new Uint8Array(long ? 4 : 2);
  head[0] = (fin ? 0x80 : 0) | opcode;
  head[1] = (masked ? 0x80 : 0) | (long ? 126 : body.length);
  if (long) new DataView(head.buffer).setUint16(2, body.length);
  return concat([head, masked ? MASK : new Uint8Array(), body]);
}

function socketOn(stream: ByteStream, clock: Clock = new VirtualHost().clock) {
  return new ServerWebSocket(stream, { clock, pingMs: 25_000 });
}

/** All messages until the client leaves, pieces joined. */
async function messages(socket: ServerWebSocket): Promise<[boolean, string][]> {
  const all: [boolean, string][] = [];
  let parts: Uint8Array[] = [];
  for (let piece; (piece = await socket.next()) !== undefined;) {
    assert.equal(piece.first, parts.length === 0);
    parts.push(piece.data);
    if (!piece.last) continue;
    all.push([piece.text, decodeText(concat(parts))]);
    parts = [];
  }
  return all;
}

for (const size of [1, 3, 1000]) {
  Deno.test(`next() reads messages, whole and in frames, in reads of ${size} bytes`, async () => {
    const long = "x".repeat(300);
    const stream = new FakeStream(
      concat([
        frame(2, "binary"),
        frame(1, "te", { fin: false }),
        frame(9, "ping"), // between two frames of a message
        frame(0, "xt"),
        frame(2, ""),
        frame(2, long),
        frame(10, "pong"),
        frame(8, new Uint8Array([3, 232, 98, 121, 101])),
        frame(2, "too late"),
      ]),
      { size },
    );
    const socket = socketOn(stream);
    assert.deepEqual(await messages(socket), [
      [false, "binary"],
      [true, "text"],
      [false, ""],
      [false, long],
    ]);
    assert.ok(socket.closed && stream.closed);
    // the pong, and the close with the client's code and reason
    assert.deepEqual(
      [...stream.written],
      [0x8a, 4, ...encodeText("ping"), 0x88, 5, 3, 232, ...encodeText("bye")],
    );
  });
}

for (
  const [what, bytes] of Object.entries({
    "no mask": frame(2, "a", { masked: false }),
    "an unknown frame": frame(3, "a"),
    "an extension": new Uint8Array([0xc2, 0x80, 1, 2, 3, 4]),
    "a long ping": frame(9, "x".repeat(200)),
    "a ping in parts": frame(9, "x", { fin: false }),
    "an end without a beginning": frame(0, "x"),
    "a beginning without an end": concat([
      frame(2, "x", { fin: false }),
      frame(2, "y"),
    ]),
    "a giant": new Uint8Array([0x82, 0xff, ...Array(8).fill(0xff), 1, 2, 3, 4]),
  })
) {
  Deno.test(`next() fails for ${what}`, async () => {
    const socket = socketOn(new FakeStream(bytes));
    await assert.rejects(messages(socket), WebSocketError);
    socket.break();
  });
}

Deno.test("a ping is sent after a silence, and none while there is traffic", async () => {
  const host = new VirtualHost();
  const stream = new FakeStream(new Uint8Array(), { open: true });
  const socket = socketOn(stream, host.clock);
  await host.advance(20_000);
  await socket.send(encodeText("x"));
  await host.advance(20_000);
  assert.deepEqual([...stream.written], [0x82, 1, 0x78]);
  await host.advance(6_000);
  assert.deepEqual([...stream.written.slice(3)], [0x89, 0]);
  await host.advance(25_000);
  assert.deepEqual([...stream.written.slice(5)], [0x89, 0]);
  await socket.close();
  await host.advance(60_000);
  assert.equal(stream.written.length, 7 + 4);
  await assert.rejects(socket.send(encodeText("y")));
});

/** A WebSocket of ours on a real connection, and the `ws` client's end of it. */
async function joined(
  use: (server: ServerWebSocket, client: WebSocket) => Promise<void>,
): Promise<void> {
  const pki = makePki();
  using host = makeRealHost({ writeLog() {} });
  const made = Promise.withResolvers<ServerWebSocket>();
  await using server = await host.net.serve((request) => {
    const { stream, response } = host.net.switchProtocols(request, {
      headers: { connection: "Upgrade", upgrade: "websocket" },
    });
    made.resolve(socketOn(stream, host.clock));
    return response;
  }, { at: { hostname: "127.0.0.1", port: 0 }, tls: pki.tls });
  const { port } = server.address as { port: number };
  const client = new WebSocket(`wss://127.0.0.1:${port}`, {
    ca: pki.authority.certificate,
  });
  const gone = new Promise((resolve) => client.on("close", resolve));
  await new Promise((resolve, reject) => {
    client.on("open", resolve);
    client.on("error", reject);
  });
  const socket = await made.promise;
  try {
    await use(socket, client);
  } finally {
    client.terminate();
    socket.break();
    await gone;
  }
}

Deno.test("a `ws` client gets every byte back, in messages of all sizes", async () => {
  await joined(async (socket, client) => {
    const sizes = [0, 1, 125, 126, 65_535, 65_536, 1_000_000];
    const received: Uint8Array[] = [];
    const all = new Promise<void>((resolve) => {
      client.on("message", (data: Uint8Array) => {
        received.push(new Uint8Array(data));
        if (received.length === sizes.length) resolve();
      });
    });
    const echoing = (async () => {
      let parts: Uint8Array[] = [];
      for (let piece; (piece = await socket.next()) !== undefined;) {
        parts.push(piece.data);
        if (!piece.last) continue;
        await socket.send(...parts);
        parts = [];
      }
    })();
    const sent = sizes.map((size) => new Uint8Array(size).fill(size % 251));
    for (const message of sent) client.send(message);
    await all;
    assert.deepEqual(received, sent);
    client.close(1000);
    await echoing;
  });
});

Deno.test("a client is not read while nobody takes what it sent", async () => {
  await joined(async (socket, client) => {
    const chunk = new Uint8Array(256 * 1024);
    const total = 64 * chunk.length;
    for (let i = 0; i < 64; i++) client.send(chunk);
    // what the kernel and our bounded buffers hold has left; the rest stays with the client
    let before = -1;
    while (client.bufferedAmount !== before) {
      before = client.bufferedAmount;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(before > 0, "everything was read without a reader");
    let read = 0;
    while (read < total) read += (await socket.next())!.data.length;
  });
});

Deno.test("send() waits for a client that does not read", async () => {
  const pki = makePki();
  using host = makeRealHost({ writeLog() {} });
  const made = Promise.withResolvers<ServerWebSocket>();
  await using server = await host.net.serve((request) => {
    const { stream, response } = host.net.switchProtocols(request, {
      headers: { connection: "Upgrade", upgrade: "websocket" },
    });
    made.resolve(socketOn(stream, host.clock));
    return response;
  }, { at: { hostname: "127.0.0.1", port: 0 }, tls: pki.tls });
  const { port } = server.address as { port: number };
  using client = await Deno.connectTls({
    hostname: "127.0.0.1",
    port,
    caCerts: [pki.authority.certificate],
  });
  await client.write(encodeText(
    "GET / HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\n" +
      "upgrade: websocket\r\nsec-websocket-version: 13\r\n" +
      "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  ));
  const socket = await made.promise;
  let sent = 0;
  const sending = (async () => {
    for (; sent < 64; sent++) await socket.send(new Uint8Array(1024 * 1024));
  })();
  let before = -1;
  while (sent !== before) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(sent < 64, "64 MB went into memory");
  // now the client reads: the answer's head, and 64 messages of 1 MiB with heads of 10 bytes
  const buffer = new Uint8Array(64 * 1024);
  let read = 0;
  let head = "";
  while (read < 64 * (1024 * 1024 + 10)) {
    const count = (await client.read(buffer))!;
    const at = head.endsWith("\r\n\r\n")
      ? 0
      : decodeText(buffer.subarray(0, count)).indexOf("\r\n\r\n") + 4;
    if (at > 0) head = decodeText(buffer.subarray(0, at));
    read += count - at;
  }
  assert.match(head, /^HTTP\/1\.1 101 /);
  // the answer to the key of RFC 6455, section 1.3
  assert.match(head, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
  await sending;
  socket.break();
});
