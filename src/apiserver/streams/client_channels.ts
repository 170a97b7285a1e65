/**
 * The client's side of an exec or attach session, whichever protocol it speaks.
 *
 * @module
 */
import { CHANNEL, type ChannelFrame } from "../../base/channel_frames.ts";
import {
  concat,
  decodeBase64,
  decodeText,
  encodeBase64,
  encodeText,
} from "../../base/bytes.ts";
import { CLOSE, type ServerWebSocket } from "../../base/web_socket.ts";
import type { Status } from "../../api/status_object.ts";

/** One client. */
export interface ClientChannels {
  /** What the client sends, no faster than it is taken, until it leaves. */
  frames(): AsyncGenerator<ChannelFrame>;
  /** Sends a piece of stdout or stderr; resolves when the next may follow. @throws when the client is gone */
  send(channel: number, data: Uint8Array): Promise<void>;
  /** Tells how the session ended, and closes. The client may already be gone. */
  finish(status: Status): Promise<void>;
}

/** The WebSocket protocols of exec and attach that are spoken, newest first; "" is the one without a name. */
export const CHANNEL_PROTOCOLS: readonly string[] = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "channel.k8s.io",
  "base64.channel.k8s.io",
  "",
];

/** Before version 4 an error was told as its text alone. */
const WITH_STATUS = /^v[45]\./;
/** Messages that are needed whole: those of base64 protocols, and of the channels above stderr. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** A client on a WebSocket: each message is a channel's number and bytes. */
export class WebSocketChannels implements ClientChannels {
  readonly #socket: ServerWebSocket;
  readonly #protocol: string;

  /** Speaks one of {@linkcode CHANNEL_PROTOCOLS}. */
  constructor(socket: ServerWebSocket, protocol: string) {
    this.#socket = socket;
    this.#protocol = protocol;
  }

  async *frames(): AsyncGenerator<ChannelFrame> {
    /** The message that is being read. */
    let channel = 0;
    let parts: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    for (let piece; (piece = await this.#socket.next()) !== undefined;) {
      let { data } = piece;
      const whole = this.#isBase64;
      if (piece.first && !whole) {
        if (data.length === 0) continue; // nothing, or not even its channel
        channel = data[0]!;
        data = data.subarray(1);
      }
      if (!whole && channel <= CHANNEL.stderr) {
        if (data.length > 0) yield { channel, payload: data };
        continue;
      }
      parts.push(data);
      size += data.length;
      if (size > MAX_MESSAGE_BYTES) {
        return await this.#socket.close(
          CLOSE.protocolError,
          "Message too long",
        );
      }
      if (!piece.last) continue;
      const payload = concat(parts);
      parts = [];
      size = 0;
      if (!whole) yield { channel, payload };
      else if (payload.length > 0) yield unpacked(payload);
    }
  }

  async send(channel: number, data: Uint8Array): Promise<void> {
    if (this.#isBase64) {
      await this.#socket.sendText(`${channel}${encodeBase64(data)}`);
    } else {
      await this.#socket.send(new Uint8Array([channel]), data);
    }
  }

  async finish(status: Status): Promise<void> {
    const succeeded = status.status === "Success";
    const text = WITH_STATUS.test(this.#protocol)
      ? JSON.stringify(status)
      : succeeded
      ? ""
      : status.message ?? "";
    try {
      if (text !== "") await this.send(CHANNEL.error, encodeText(text));
    } catch {
      // gone: nobody wants to know any more
    }
    await this.#socket.close();
  }

  get #isBase64(): boolean {
    return this.#protocol.includes("base64");
  }
}

/** A message of a base64 protocol: the channel as a digit, then base64. What is not that ends no session: it is stdin of no bytes. */
function unpacked(message: Uint8Array): ChannelFrame {
  const channel = message[0]! - "0".charCodeAt(0);
  try {
    return { channel, payload: decodeBase64(decodeText(message.subarray(1))) };
  } catch {
    return { channel, payload: new Uint8Array() };
  }
}
