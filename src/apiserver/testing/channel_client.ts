/**
 * A client of exec and attach that speaks channels on a WebSocket.
 *
 * @module
 */
import { WebSocket } from "ws";
import { concat, decodeText, encodeText } from "../../base/bytes.ts";

/** A client of WebSocket channels. */
export class ChannelClient implements AsyncDisposable {
  /** The socket below. */
  readonly socket: WebSocket;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly #messages: (Uint8Array | string)[] = [];
  #wake: (() => void) | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Uint8Array, isBinary: boolean) => {
      const bytes = new Uint8Array(data);
      this.#messages.push(isBinary ? bytes : decodeText(bytes));
      this.#wake?.();
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", (code: number) => {
        resolve(code);
        this.#wake?.();
      });
    });
  }

  /** Connects. @throws {Error} when the server refuses the upgrade */
  static async open(
    rig: { readonly url: string; readonly ca: string; readonly token: string },
    path: string,
    protocols: string[] = ["v5.channel.k8s.io"],
  ): Promise<ChannelClient> {
    const socket = new WebSocket(
      rig.url.replace("https", "wss") + path,
      protocols,
      {
        ca: rig.ca,
        headers: { authorization: `Bearer ${rig.token}` },
      },
    );
    const client = new ChannelClient(socket);
    await new Promise((resolve, reject) => {
      socket.on("open", resolve);
      socket.on("error", reject);
    });
    return client;
  }

  /** The next message as channel and text; undefined once the server closed. */
  async next(): Promise<[number, string] | undefined> {
    const message = await this.raw();
    if (message === undefined) return undefined;
    if (typeof message === "string") return [-1, message];
    return [message[0]!, decodeText(message.subarray(1))];
  }

  /** The next message as it came; undefined once the server closed. */
  async raw(): Promise<Uint8Array | string | undefined> {
    while (this.#messages.length === 0) {
      if (this.socket.readyState >= WebSocket.CLOSING) return undefined;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#messages.shift();
  }

  /** Sends a message on a channel. */
  send(channel: number, text: string): void {
    this.socket.send(concat([new Uint8Array([channel]), encodeText(text)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}
