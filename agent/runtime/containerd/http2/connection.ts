/**
 * A client's side of an HTTP/2 connection without TLS (RFC 9113), for gRPC on a unix socket: many requests at once, flow control both ways.
 * No push, no priorities, no header table. Decision record 0004 says why node:http2 is not used.
 *
 * @module
 */

import { concat, encodeText } from "../../../../src/base/bytes.ts";
import { asError } from "../../../../src/base/errors.ts";
import type { ByteStream } from "../../../../src/base/host.ts";
import {
  contentOf,
  Flag,
  type Frame,
  FrameParser,
  FrameType,
  MAX_PAYLOAD_BYTES,
  uint32,
  writeFrame,
} from "./frame.ts";
import { encodeHeaders, HeaderDecoder, type HeaderList } from "./hpack.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Settings' numbers (§6.5.2). */
const Setting = { HeaderTableSize: 1, EnablePush: 2, InitialWindowSize: 4 };

/** What a peer may send before it must wait for us: more than any answer, so that it hardly ever does. */
const OUR_WINDOW_BYTES = 16 * 1024 * 1024;
const DEFAULT_WINDOW_BYTES = 65_535;

/** Error codes (§7). */
const CANCEL = 8;

const READ_BYTES = 16 * 1024;

/** What a request reports. Exactly one `onEnd` comes, last. */
export interface Receiver {
  /** Headers, and trailers. */
  onHeaders(headers: Readonly<Record<string, string>>): void;
  onData(bytes: Uint8Array): void;
  /** Without an error the peer ended its side in order. */
  onEnd(error: Error | undefined): void;
}

interface Exchange {
  readonly id: number;
  readonly receiver: Receiver;
  /** What of the body has not been sent. */
  rest: Uint8Array;
  /** What may be sent of it. */
  window: number;
  /** Received since the peer was last given more room. */
  received: number;
}

/** An open connection. */
export class Http2Connection {
  readonly #stream: ByteStream;
  readonly #exchanges = new Map<number, Exchange>();
  readonly #parser = new FrameParser();
  readonly #decoder = new HeaderDecoder();
  readonly #done: Promise<void>;
  #nextId = 1;
  #window = DEFAULT_WINDOW_BYTES;
  #initialWindow = DEFAULT_WINDOW_BYTES;
  #received = 0;
  #outgoing: Uint8Array[] = [];
  #isWriting = false;
  /** A header block that goes on in CONTINUATION frames. */
  #block: { frame: Frame; parts: Uint8Array[] } | undefined;
  /** The peer takes no new requests. */
  #isLeaving = false;
  #failure: Error | undefined;

  /** Takes the stream over and says hello. */
  constructor(stream: ByteStream) {
    this.#stream = stream;
    this.#send(
      encodeText(PREFACE),
      writeFrame(FrameType.Settings, {
        payload: concat([
          setting(Setting.HeaderTableSize, 0),
          setting(Setting.EnablePush, 0),
          setting(Setting.InitialWindowSize, OUR_WINDOW_BYTES),
        ]),
      }),
      windowUpdate(0, OUR_WINDOW_BYTES - DEFAULT_WINDOW_BYTES),
    );
    this.#done = this.#receive();
  }

  /** Whether it takes another request. */
  get isUsable(): boolean {
    return !this.#failure && !this.#isLeaving && this.#nextId < 2 ** 31;
  }

  /** Sends a request; the function it answers cancels it (the receiver is then not called any more). */
  request(
    headers: HeaderList,
    body: Uint8Array,
    receiver: Receiver,
  ): () => void {
    if (this.#failure) {
      receiver.onEnd(this.#failure);
      return () => {};
    }
    const exchange: Exchange = {
      id: this.#nextId,
      receiver,
      rest: body,
      window: this.#initialWindow,
      received: 0,
    };
    this.#nextId += 2;
    this.#exchanges.set(exchange.id, exchange);
    this.#send(writeFrame(FrameType.Headers, {
      flags: Flag.EndHeaders,
      streamId: exchange.id,
      payload: encodeHeaders(headers),
    }));
    this.#sendBody(exchange);
    return () => {
      if (!this.#exchanges.delete(exchange.id)) return;
      this.#send(resetStream(exchange.id));
    };
  }

  /** Breaks all requests and closes the connection. */
  async close(): Promise<void> {
    this.#fail(new Error("The connection was closed by us"));
    await this.#done;
  }

  #sendBody(exchange: Exchange): void {
    while (exchange.rest.length > 0) {
      const room = Math.min(this.#window, exchange.window, MAX_PAYLOAD_BYTES);
      if (room <= 0) return;
      const payload = exchange.rest.subarray(0, room);
      exchange.rest = exchange.rest.subarray(payload.length);
      exchange.window -= payload.length;
      this.#window -= payload.length;
      this.#send(writeFrame(FrameType.Data, {
        flags: exchange.rest.length === 0 ? Flag.EndStream : 0,
        streamId: exchange.id,
        payload,
      }));
    }
  }

  #send(...frames: Uint8Array[]): void {
    this.#outgoing.push(...frames);
    if (!this.#isWriting) void this.#write();
  }

  /** One write at a time; what gathers meanwhile goes out together. */
  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      // What is sent in the same tick (headers and body) becomes one write.
      await Promise.resolve();
      while (this.#outgoing.length > 0 && !this.#failure) {
        const bytes = concat(this.#outgoing);
        this.#outgoing = [];
        for (let at = 0; at < bytes.length;) {
          at += await this.#stream.write(bytes.subarray(at));
        }
      }
    } catch (error) {
      this.#fail(asError(error));
    } finally {
      this.#isWriting = false;
    }
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      while (!this.#failure) {
        const count = await this.#stream.read(buffer);
        if (count === null) throw new Error("The connection was closed");
        for (const frame of this.#parser.push(buffer.subarray(0, count))) {
          this.#handle(frame);
        }
      }
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  #handle(frame: Frame): void {
    switch (frame.type) {
      case FrameType.Data:
        return this.#onData(frame);
      case FrameType.Headers:
      case FrameType.Continuation:
        return this.#onHeaders(frame);
      case FrameType.ResetStream:
        return this.#onReset(frame);
      case FrameType.Settings:
        return this.#onSettings(frame);
      case FrameType.WindowUpdate:
        return this.#onWindowUpdate(frame);
      case FrameType.GoAway:
        return this.#onGoAway(frame);
      case FrameType.Ping:
        if (frame.flags & Flag.Ack) return;
        return this.#send(
          writeFrame(FrameType.Ping, {
            flags: Flag.Ack,
            payload: frame.payload,
          }),
        );
    }
  }

  #onData(frame: Frame): void {
    const { length } = frame.payload;
    this.#received += length;
    if (this.#received > OUR_WINDOW_BYTES / 2) {
      this.#send(windowUpdate(0, this.#received));
      this.#received = 0;
    }
    const exchange = this.#exchanges.get(frame.streamId);
    if (!exchange) return;
    exchange.received += length;
    if (exchange.received > OUR_WINDOW_BYTES / 2) {
      this.#send(windowUpdate(exchange.id, exchange.received));
      exchange.received = 0;
    }
    if (length > 0) exchange.receiver.onData(contentOf(frame));
    if (frame.flags & Flag.EndStream) this.#end(exchange, undefined);
  }

  #onHeaders(frame: Frame): void {
    const block = frame.type === FrameType.Headers
      ? { frame, parts: [contentOf(frame)] }
      : this.#block;
    if (!block) throw new RangeError("A header block goes on without a start");
    if (frame !== block.frame) block.parts.push(frame.payload);
    this.#block = block;
    if (!(frame.flags & Flag.EndHeaders)) return;
    this.#block = undefined;
    // Decoded also when nobody waits: it must be well-formed.
    const headers = this.#decoder.decode(concat(block.parts));
    const exchange = this.#exchanges.get(block.frame.streamId);
    if (!exchange) return;
    exchange.receiver.onHeaders(headers);
    if (block.frame.flags & Flag.EndStream) this.#end(exchange, undefined);
  }

  #onReset(frame: Frame): void {
    const exchange = this.#exchanges.get(frame.streamId);
    if (!exchange) return;
    const code = viewOf(frame).getUint32(0);
    this.#end(exchange, new Error(`The stream was reset with code ${code}`));
  }

  #onSettings(frame: Frame): void {
    if (frame.flags & Flag.Ack) return;
    const view = viewOf(frame);
    for (let at = 0; at + 6 <= frame.payload.length; at += 6) {
      if (view.getUint16(at) !== Setting.InitialWindowSize) continue;
      const size = view.getUint32(at + 2);
      for (const exchange of this.#exchanges.values()) {
        exchange.window += size - this.#initialWindow;
      }
      this.#initialWindow = size;
    }
    this.#send(writeFrame(FrameType.Settings, { flags: Flag.Ack }));
    this.#sendBodies();
  }

  #onWindowUpdate(frame: Frame): void {
    const more = viewOf(frame).getUint32(0) & 0x7fffffff;
    const exchange = this.#exchanges.get(frame.streamId);
    if (frame.streamId === 0) this.#window += more;
    else if (exchange) exchange.window += more;
    this.#sendBodies();
  }

  #sendBodies(): void {
    for (const exchange of this.#exchanges.values()) this.#sendBody(exchange);
  }

  /** Requests that the peer has not begun will never be answered; the others go on. */
  #onGoAway(frame: Frame): void {
    this.#isLeaving = true;
    const last = viewOf(frame).getUint32(0) & 0x7fffffff;
    for (const exchange of [...this.#exchanges.values()]) {
      if (exchange.id > last) {
        this.#end(exchange, new Error("The server is going away"));
      }
    }
  }

  #end(exchange: Exchange, error: Error | undefined): void {
    this.#exchanges.delete(exchange.id);
    // Answered before it was sent whole: the rest is not wanted.
    if (exchange.rest.length > 0) this.#send(resetStream(exchange.id));
    exchange.receiver.onEnd(error);
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#stream.close();
    const open = [...this.#exchanges.values()];
    this.#exchanges.clear();
    for (const { receiver } of open) receiver.onEnd(error);
  }
}

function setting(number: number, value: number): Uint8Array {
  return concat([Uint8Array.of(0, number), uint32(value)]);
}

function windowUpdate(streamId: number, bytes: number): Uint8Array {
  return writeFrame(FrameType.WindowUpdate, {
    streamId,
    payload: uint32(bytes),
  });
}

function resetStream(streamId: number): Uint8Array {
  return writeFrame(FrameType.ResetStream, {
    streamId,
    payload: uint32(CANCEL),
  });
}

function viewOf(frame: Frame): DataView {
  return new DataView(frame.payload.buffer, frame.payload.byteOffset);
}
