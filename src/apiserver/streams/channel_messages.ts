/**
 * Kubernetes' channels on a WebSocket: each message is a channel's number and bytes, as they are or in base64.
 *
 * @module
 */
import type { ChannelFrame } from "../../base/channel_frames.ts";
import {
  concat,
  decodeBase64,
  decodeText,
  encodeBase64,
} from "../../base/bytes.ts";
import { CLOSE, type ServerWebSocket } from "../../base/web_socket.ts";

/** Messages that are needed whole: those in base64, and of channels that do not flow. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** A socket that speaks one of the channel protocols. */
export class ChannelMessages {
  readonly #socket: ServerWebSocket;
  readonly #base64: boolean;
  readonly #flows: (channel: number) => boolean;

  /**
   * Takes a socket over.
   *
   * @param options.protocol the negotiated one
   * @param options.flows whether a channel's messages may be handed on in pieces
   */
  constructor(
    socket: ServerWebSocket,
    options: { protocol: string; flows: (channel: number) => boolean },
  ) {
    this.#socket = socket;
    this.#base64 = options.protocol.includes("base64");
    this.#flows = options.flows;
  }

  /** What the client sends, no faster than it is taken, until it leaves. */
  async *frames(): AsyncGenerator<ChannelFrame> {
    let channel = 0;
    let parts: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    for (let piece; (piece = await this.#socket.next()) !== undefined;) {
      let { data } = piece;
      if (piece.first && !this.#base64) {
        if (data.length === 0) continue; // nothing, or not even its channel
        channel = data[0]!;
        data = data.subarray(1);
      }
      if (!this.#base64 && this.#flows(channel)) {
        if (data.length > 0) yield { channel, payload: data };
        continue;
      }
      parts.push(data);
      size += data.length;
      if (size > MAX_MESSAGE_BYTES) {
        return await this.close(CLOSE.protocolError, "Message too long");
      }
      if (!piece.last) continue;
      const payload = concat(parts);
      parts = [];
      size = 0;
      if (!this.#base64) yield { channel, payload };
      else if (payload.length > 0) yield unpacked(payload);
    }
  }

  /** Sends bytes on a channel; resolves when the next may follow. @throws when the client is gone */
  async send(channel: number, data: Uint8Array): Promise<void> {
    if (this.#base64) {
      await this.#socket.sendText(`${channel}${encodeBase64(data)}`);
    } else {
      await this.#socket.send(new Uint8Array([channel]), data);
    }
  }

  /** Closes the socket. The client may already be gone. */
  async close(code?: number, reason?: string): Promise<void> {
    await this.#socket.close(code, reason);
  }
}

/** A message in base64: the channel as a digit before it. What is not that ends no session: it is no bytes. */
function unpacked(message: Uint8Array): ChannelFrame {
  const channel = message[0]! - "0".charCodeAt(0);
  try {
    return { channel, payload: decodeBase64(decodeText(message.subarray(1))) };
  } catch {
    return { channel, payload: new Uint8Array() };
  }
}
