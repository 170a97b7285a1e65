/**
 * The client's side of an exec or attach session when it speaks SPDY/3.1, as kubectl did before 1.31 and falls back to: a stream for each
 * channel.
 *
 * @module
 */
import { CHANNEL, type ChannelFrame } from "../../base/channel_frames.ts";
import { encodeText } from "../../base/bytes.ts";
import { createSpdySession, RST, type SpdyStream } from "../../base/spdy.ts";
import type { Status } from "../../api/status_object.ts";
import type { ApiServer } from "../call.ts";
import { type ClientChannels, statusText } from "./client_channels.ts";
import { takeConnection } from "./upgrade.ts";

/** The protocols that are spoken, newest first. */
export const SPDY_CHANNEL_PROTOCOLS: readonly string[] = [
  "v4.channel.k8s.io",
  "v3.channel.k8s.io",
  "v2.channel.k8s.io",
];

/** How long a client may take to open its streams. */
const OPENING_MS = 30_000;

/** Channels by what the client says of their streams. */
const STREAM_TYPES: Readonly<Record<string, number>> = {
  stdin: CHANNEL.stdin,
  stdout: CHANNEL.stdout,
  stderr: CHANNEL.stderr,
  error: CHANNEL.error,
  resize: CHANNEL.resize,
};

/** Answers 101; the client is there once it has opened its streams. */
export function acceptSpdyChannels(
  api: Pick<ApiServer, "host">,
  request: Request,
  options: {
    protocol: string;
    stdin: boolean;
    stdout: boolean;
    stderr: boolean;
    tty: boolean;
  },
): { client: Promise<ClientChannels>; response: Response } {
  const { protocol, stdin, stdout, stderr, tty } = options;
  const { stream, response } = takeConnection(api, request, {
    upgrade: "SPDY/3.1",
    "x-stream-protocol-version": protocol,
  });
  const wanted = new Set<number>([
    CHANNEL.error,
    ...(stdin ? [CHANNEL.stdin] : []),
    ...(stdout ? [CHANNEL.stdout] : []),
    ...(stderr ? [CHANNEL.stderr] : []),
    ...(tty && protocol !== "v2.channel.k8s.io" ? [CHANNEL.resize] : []),
  ]);
  const opened = Promise.withResolvers<ClientChannels>();
  const streams = new Map<number, SpdyStream>();
  const session = createSpdySession(stream, {
    role: "server",
    onStream(stream) {
      const channel = STREAM_TYPES[stream.headers["streamtype"] ?? ""];
      if (channel === undefined || !wanted.delete(channel)) {
        return stream.reset(RST.refusedStream);
      }
      stream.reply();
      streams.set(channel, stream);
      if (wanted.size > 0) return;
      opened.resolve(
        new SpdyChannels(streams, {
          closed: session.closed,
          close: () => session.close("session ended"),
          protocol,
        }),
      );
    },
  });
  const patience = api.host.clock.after(OPENING_MS, () => {
    session.close("timed out waiting for client to create streams");
  });
  session.closed.then((reason) => opened.reject(new Error(reason)));
  const client = opened.promise.finally(() => patience.cancel());
  return { client, response };
}

/** A client with a stream for each channel. */
class SpdyChannels implements ClientChannels {
  readonly gone: Promise<unknown>;
  readonly #streams: ReadonlyMap<number, SpdyStream>;
  readonly #writers = new Map<
    number,
    WritableStreamDefaultWriter<Uint8Array>
  >();
  readonly #session: {
    readonly closed: Promise<string>;
    close(): void;
    readonly protocol: string;
  };

  constructor(
    streams: ReadonlyMap<number, SpdyStream>,
    session: {
      readonly closed: Promise<string>;
      close(): void;
      readonly protocol: string;
    },
  ) {
    this.#streams = streams;
    this.#session = session;
    this.gone = session.closed;
    for (const channel of [CHANNEL.stdout, CHANNEL.stderr, CHANNEL.error]) {
      const writer = streams.get(channel)?.writable.getWriter();
      writer?.closed.catch(() => {}); // who writes next learns of it
      if (writer !== undefined) this.#writers.set(channel, writer);
    }
  }

  async *frames(): AsyncGenerator<ChannelFrame> {
    const left = this.#session.closed.then(() => undefined);
    const readers = new Map<
      number,
      ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>
    >();
    for (const channel of [CHANNEL.stdin, CHANNEL.resize]) {
      const stream = this.#streams.get(channel);
      if (stream !== undefined) {
        readers.set(channel, stream.readable.getReader());
      }
    }
    const read = async (channel: number) => ({
      channel,
      ...await readers.get(channel)!.read(),
    });
    const pending = new Map(
      [...readers.keys()].map((channel) => [channel, read(channel)]),
    );
    while (true) {
      const next = await Promise.race([left, ...pending.values()]);
      if (next === undefined) return;
      const { channel, done, value } = next;
      if (done) pending.delete(channel);
      else pending.set(channel, read(channel));
      if (!done) yield { channel, payload: value };
      else if (channel === CHANNEL.stdin) {
        const payload = new Uint8Array([CHANNEL.stdin]);
        yield { channel: CHANNEL.close, payload };
      }
    }
  }

  async send(channel: number, data: Uint8Array): Promise<void> {
    await this.#writers.get(channel)?.write(data);
  }

  async finish(status: Status): Promise<void> {
    const text = statusText(status, this.#session.protocol);
    try {
      if (text !== "") await this.send(CHANNEL.error, encodeText(text));
      for (const writer of this.#writers.values()) await writer.close();
    } catch {
      // gone: nobody wants to know any more
    }
    this.#session.close();
  }
}
