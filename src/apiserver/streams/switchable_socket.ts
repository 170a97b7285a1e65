/**
 * A socket whose receiver changes: first the handshake, then the multiplexer.
 *
 * @module
 */
import type { MessageSocket } from "../../base/host.ts";

type Message = string | Uint8Array<ArrayBuffer>;
type Receivers = Parameters<MessageSocket["listen"]>[0];

/** Wraps a socket; `listen` may be called again, and messages between two receivers are kept. */
export class SwitchableSocket implements MessageSocket {
  readonly #socket: MessageSocket;
  readonly #waiting: Message[] = [];
  #receivers: Receivers | undefined;
  #closed: { code: number; reason: string } | undefined;

  /** Call it in the same tick in which the socket was got. */
  constructor(socket: MessageSocket) {
    this.#socket = socket;
    socket.listen({
      onMessage: (data) => {
        if (this.#receivers === undefined) this.#waiting.push(data);
        else this.#receivers.onMessage(data);
      },
      onClose: (info) => {
        this.#closed = info;
        this.#receivers?.onClose(info);
      },
    });
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  send(data: string | Uint8Array): void {
    this.#socket.send(data);
  }

  /** The next message, as the handshake reads them. @throws {Error} when the socket closes before */
  next(): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const closed = () => reject(new Error("Cannot go on: connection closed"));
    const first = this.#waiting.shift();
    if (first !== undefined) resolve(first);
    else if (this.#closed !== undefined) closed();
    else {
      this.#receivers = {
        onMessage: (data) => {
          this.#receivers = undefined;
          resolve(data);
        },
        onClose: closed,
      };
    }
    return promise;
  }

  listen(receivers: Receivers): void {
    this.#receivers = receivers;
    for (const data of this.#waiting.splice(0)) receivers.onMessage(data);
    if (this.#closed !== undefined) receivers.onClose(this.#closed);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }
}
