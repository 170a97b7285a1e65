/**
 * Reads a socket's first messages one by one, before somebody else takes it over: the handshake of a link.
 *
 * @module
 */
import { HostError, type MessageSocket } from "./host.ts";

type Receivers = Parameters<MessageSocket["listen"]>[0];
/** One message: text or bytes. */
export type SocketMessage = string | Uint8Array<ArrayBuffer>;

/** How many messages may wait unread; a peer has no business to send more before it is answered. */
const MAX_WAITING = 64;
/** How much of them may wait: nobody has said yet who they are. */
const MAX_WAITING_BYTES = 256 * 1024;

/** Stands between a socket and those who use it one after the other. Make it in the same tick in which the socket was got. */
export class SocketPrelude {
  readonly #socket: MessageSocket;
  readonly #waiting: SocketMessage[] = [];
  #end: { code: number; reason: string } | undefined;
  #reader: PromiseWithResolvers<SocketMessage> | undefined;
  #heir: Receivers | undefined;

  /** Reads from a socket. @param socket which it listens to from now on */
  constructor(socket: MessageSocket) {
    this.#socket = socket;
    socket.listen({
      onMessage: (data) => this.#receive(data),
      onClose: (end) => this.#close(end),
    });
  }

  /**
   * The next message.
   *
   * @throws {HostError} `closed` when the socket closes first; the signal's reason when it aborts first
   */
  async next(options: { signal?: AbortSignal } = {}): Promise<SocketMessage> {
    const { signal } = options;
    signal?.throwIfAborted();
    const message = this.#waiting.shift();
    if (message !== undefined) return message;
    if (this.#end !== undefined) throw closedError(this.#end);
    const reader = this.#reader = Promise.withResolvers<SocketMessage>();
    const onAbort = () => reader.reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await reader.promise;
    } finally {
      this.#reader = undefined;
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Sends a message. */
  send(data: string | Uint8Array): void {
    this.#socket.send(data);
  }

  /** Closes the socket. */
  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  /** The socket as its next user gets it, with every message that was not read here. */
  rest(): MessageSocket {
    const socket = this.#socket;
    return {
      get protocol() {
        return socket.protocol;
      },
      get bufferedBytes() {
        return socket.bufferedBytes;
      },
      send: (data) => socket.send(data),
      close: (code, reason) => socket.close(code, reason),
      listen: (receivers) => this.#inherit(receivers),
    };
  }

  #inherit(receivers: Receivers): void {
    this.#heir = receivers;
    for (const message of this.#waiting.splice(0)) receivers.onMessage(message);
    if (this.#end !== undefined) receivers.onClose(this.#end);
  }

  #receive(message: SocketMessage): void {
    if (this.#heir !== undefined) return this.#heir.onMessage(message);
    if (this.#reader !== undefined) {
      const reader = this.#reader;
      this.#reader = undefined;
      return reader.resolve(message);
    }
    const bytes = this.#waiting.reduce((sum, { length }) => sum + length, 0);
    if (
      this.#waiting.length >= MAX_WAITING ||
      bytes + message.length > MAX_WAITING_BYTES
    ) {
      this.#socket.close(4002, "too many messages before the handshake ended");
      return;
    }
    this.#waiting.push(message);
  }

  #close(end: { code: number; reason: string }): void {
    this.#end = end;
    if (this.#heir !== undefined) this.#heir.onClose(end);
    else this.#reader?.reject(closedError(end));
  }
}

function closedError(end: { code: number; reason: string }): HostError {
  return new HostError(
    "closed",
    `Cannot read from the socket: closed with code ${end.code}${
      end.reason && `, ${end.reason}`
    }`,
  );
}
