/**
 * The client's side of an exec or attach session, whichever protocol it speaks.
 *
 * @module
 */
import { CHANNEL, type ChannelFrame } from "../../base/channel_frames.ts";
import { encodeText } from "../../base/bytes.ts";
import type { ServerWebSocket } from "../../base/web_socket.ts";
import type { Status } from "../../api/status_object.ts";
import { ChannelMessages } from "./channel_messages.ts";

/** One client. */
export interface ClientChannels {
  /** Resolves when the client is gone, also while nobody takes what it sent. */
  readonly gone: Promise<unknown>;
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

/** What the error channel says of a status; "" for nothing. Before version 4 a failure was told as its text alone. */
export function statusText(status: Status, protocol: string): string {
  if (/^v[45]\./.test(protocol)) return JSON.stringify(status);
  return status.status === "Success" ? "" : status.message ?? "";
}

/** A client on a WebSocket. */
export class WebSocketChannels implements ClientChannels {
  readonly gone: Promise<unknown>;
  readonly #messages: ChannelMessages;
  readonly #protocol: string;

  /** Speaks one of {@linkcode CHANNEL_PROTOCOLS}. */
  constructor(socket: ServerWebSocket, protocol: string) {
    this.gone = socket.over;
    this.#protocol = protocol;
    const flows = (channel: number) => channel <= CHANNEL.stderr;
    this.#messages = new ChannelMessages(socket, { protocol, flows });
  }

  frames(): AsyncGenerator<ChannelFrame> {
    return this.#messages.frames();
  }

  send(channel: number, data: Uint8Array): Promise<void> {
    return this.#messages.send(channel, data);
  }

  async finish(status: Status): Promise<void> {
    const text = statusText(status, this.#protocol);
    try {
      if (text !== "") await this.send(CHANNEL.error, encodeText(text));
    } catch {
      // gone: nobody wants to know any more
    }
    await this.#messages.close();
  }
}
