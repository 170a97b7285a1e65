import assert from "node:assert/strict";
import { concat, decodeText, encodeText } from "../../../../src/base/bytes.ts";
import type { ByteStream } from "../../../../src/base/host.ts";
import { Http2Connection, type Receiver } from "./connection.ts";
import {
  Flag,
  type Frame,
  FrameParser,
  FrameType,
  uint32,
  writeFrame,
} from "./frame.ts";
import { encodeHeaders } from "./hpack.ts";

const PREFACE_BYTES = 24;

/** The other end, played by the test. */
class Peer {
  readonly frames: Frame[] = [];
  readonly #parser = new FrameParser();
  #toSkip = PREFACE_BYTES;
  #inbox: (Uint8Array | null)[] = [];
  #wake = () => {};

  /** What the connection is given. */
  readonly stream: ByteStream;

  constructor() {
    const unused = () => {
      throw new Error("Not used");
    };
    this.stream = {
      read: (buffer) => this.#read(buffer),
      write: (data) => {
        // Takes at most 1000 bytes at once, as a busy socket does.
        const taken = data.slice(0, 1000);
        const skip = Math.min(this.#toSkip, taken.length);
        this.#toSkip -= skip;
        this.frames.push(...this.#parser.push(taken.subarray(skip)));
        return Promise.resolve(taken.length);
      },
      close: () => this.say(null),
      closeWrite: unused,
      get readable(): never {
        return unused();
      },
      get writable(): never {
        return unused();
      },
      [Symbol.dispose]: () => this.say(null),
    };
  }

  /** Sends bytes, or ends the connection. */
  say(bytes: Uint8Array | null): void {
    this.#inbox.push(bytes);
    this.#wake();
  }

  of(type: number): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  async #read(buffer: Uint8Array): Promise<number | null> {
    while (this.#inbox.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const bytes = this.#inbox.shift()!;
    if (bytes === null) return null;
    const part = bytes.subarray(0, buffer.length);
    if (part.length < bytes.length) {
      this.#inbox.unshift(bytes.subarray(part.length));
    }
    buffer.set(part);
    return part.length;
  }
}

/** Lets everything settle that is ready. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

function recorder(): Receiver & { told: string[] } {
  const told: string[] = [];
  return {
    told,
    onHeaders: (headers) => told.push(JSON.stringify(headers)),
    onData: (bytes) => told.push(`data ${decodeText(bytes)}`),
    onEnd: (error) => told.push(error ? `error ${error.message}` : "end"),
  };
}

function headers(streamId: number, flags: number, fields: [string, string][]) {
  return writeFrame(FrameType.Headers, {
    flags,
    streamId,
    payload: encodeHeaders(fields),
  });
}

async function withPeer(
  work: (connection: Http2Connection, peer: Peer) => Promise<void>,
) {
  const peer = new Peer();
  const connection = new Http2Connection(peer.stream);
  try {
    await work(connection, peer);
  } finally {
    await connection.close();
  }
}

Deno.test("Http2Connection.request() tells answers apart and in order", () =>
  withPeer(async (connection, peer) => {
    const [a, b] = [recorder(), recorder()];
    connection.request([[":path", "/a"]], encodeText("a"), a);
    connection.request([[":path", "/b"]], encodeText("b"), b);
    await settle();
    assert.deepEqual(
      peer.of(FrameType.Headers).map((frame) => frame.streamId),
      [1, 3],
    );
    peer.say(concat([
      headers(3, Flag.EndHeaders, [[":status", "200"]]),
      headers(1, Flag.EndHeaders, [[":status", "201"]]),
      writeFrame(FrameType.Data, { streamId: 3, payload: encodeText("B") }),
      // Padded: one length byte, the content, two bytes of padding.
      writeFrame(FrameType.Data, {
        flags: Flag.EndStream | Flag.Padded,
        streamId: 1,
        payload: Uint8Array.of(2, 65, 0, 0),
      }),
    ]));
    // Trailers that go on in another frame.
    const trailers = encodeHeaders([["grpc-status", "0"]]);
    peer.say(concat([
      writeFrame(FrameType.Headers, {
        flags: Flag.EndStream,
        streamId: 3,
        payload: trailers.subarray(0, 5),
      }),
      writeFrame(FrameType.Continuation, {
        flags: Flag.EndHeaders,
        streamId: 3,
        payload: trailers.subarray(5),
      }),
    ]));
    await settle();
    assert.deepEqual(a.told, ['{":status":"201"}', "data A", "end"]);
    assert.deepEqual(b.told, [
      '{":status":"200"}',
      "data B",
      '{"grpc-status":"0"}',
      "end",
    ]);
  }));

Deno.test("Http2Connection sends no more than the peer has room for", () =>
  withPeer(async (connection, peer) => {
    const body = new Uint8Array(100_000).fill(7);
    connection.request([], body, recorder());
    await settle();
    const sent = () =>
      peer.of(FrameType.Data).reduce((sum, f) => sum + f.payload.length, 0);
    assert.equal(sent(), 65_535);
    // Room on the stream alone is not enough.
    peer.say(writeFrame(FrameType.WindowUpdate, {
      streamId: 1,
      payload: uint32(50_000),
    }));
    await settle();
    assert.equal(sent(), 65_535);
    peer.say(
      writeFrame(FrameType.WindowUpdate, { payload: uint32(10_000) }),
    );
    await settle();
    assert.equal(sent(), 75_535);
    peer.say(
      writeFrame(FrameType.WindowUpdate, { payload: uint32(100_000) }),
    );
    await settle();
    assert.equal(sent(), body.length);
    const last = peer.of(FrameType.Data).at(-1)!;
    assert.equal(last.flags, Flag.EndStream);
    assert.ok(
      peer.of(FrameType.Data).every((f) => f.payload.length <= 16_384),
    );
  }));

Deno.test("Http2Connection follows a changed initial window", () =>
  withPeer(async (connection, peer) => {
    connection.request([], new Uint8Array(40_000), recorder());
    connection.request([], new Uint8Array(40_000), recorder());
    await settle();
    peer.say(concat([
      writeFrame(FrameType.Settings, {
        payload: concat([Uint8Array.of(0, 4), uint32(20_000)]),
      }),
      writeFrame(FrameType.WindowUpdate, { payload: uint32(100_000) }),
    ]));
    await settle();
    const sent = peer.of(FrameType.Data).filter((f) => f.streamId === 3)
      .reduce((sum, frame) => sum + frame.payload.length, 0);
    // What was sent before (65 535 less the first body) is more than the new window: nothing is added.
    assert.equal(sent, 25_535);
    assert.equal(
      peer.of(FrameType.Settings).filter((f) => f.flags === Flag.Ack).length,
      1,
    );
  }));

Deno.test("Http2Connection gives the peer room again", () =>
  withPeer(async (connection, peer) => {
    connection.request([], encodeText("x"), recorder());
    const payload = new Uint8Array(16_384);
    const frame = writeFrame(FrameType.Data, { streamId: 1, payload });
    peer.say(headers(1, Flag.EndHeaders, [[":status", "200"]]));
    const count = 600; // more than half of 16 MiB
    for (let i = 0; i < count; i++) peer.say(frame);
    await settle();
    for (let i = 0; i < 50; i++) await settle();
    const updates = peer.of(FrameType.WindowUpdate).slice(1);
    assert.deepEqual(updates.map((one) => one.streamId), [0, 1]);
  }));

Deno.test("Http2Connection answers pings and tells resets, cancels and ends", () =>
  withPeer(async (connection, peer) => {
    const [reset, cancelled, cut] = [recorder(), recorder(), recorder()];
    connection.request([], encodeText("1"), reset);
    const cancel = connection.request([], encodeText("2"), cancelled);
    connection.request([], encodeText("3"), cut);
    await settle();
    cancel();
    cancel();
    peer.say(concat([
      writeFrame(FrameType.Ping, { payload: encodeText("12345678") }),
      writeFrame(FrameType.ResetStream, { streamId: 1, payload: uint32(7) }),
      // For the one that was cancelled: dropped.
      headers(3, Flag.EndHeaders | Flag.EndStream, [[":status", "200"]]),
    ]));
    await settle();
    assert.deepEqual(reset.told, ["error The stream was reset with code 7"]);
    assert.deepEqual(cancelled.told, []);
    assert.deepEqual(
      peer.of(FrameType.ResetStream).map((frame) => frame.streamId),
      [3],
    );
    const [pong] = peer.of(FrameType.Ping);
    assert.equal(pong!.flags, Flag.Ack);
    assert.equal(decodeText(pong!.payload), "12345678");
    assert.equal(connection.isUsable, true);
    peer.say(null);
    await settle();
    assert.deepEqual(cut.told, ["error The connection was closed"]);
    assert.equal(connection.isUsable, false);
    const late = recorder();
    connection.request([], encodeText("4"), late);
    assert.deepEqual(late.told, ["error The connection was closed"]);
  }));

Deno.test("Http2Connection takes no new requests after GOAWAY and finishes the begun ones", () =>
  withPeer(async (connection, peer) => {
    const [begun, unseen] = [recorder(), recorder()];
    connection.request([], encodeText("1"), begun);
    connection.request([], encodeText("2"), unseen);
    await settle();
    peer.say(writeFrame(FrameType.GoAway, {
      payload: concat([uint32(1), uint32(0)]),
    }));
    peer.say(headers(1, Flag.EndHeaders | Flag.EndStream, [["a", "b"]]));
    await settle();
    assert.deepEqual(begun.told, ['{"a":"b"}', "end"]);
    assert.deepEqual(unseen.told, ["error The server is going away"]);
    assert.equal(connection.isUsable, false);
  }));
