/**
 * Two ends of a {@linkcode MessageSocket} in memory.
 *
 * @module
 */
import type { MessageSocket } from "../base/host.ts";

type Receivers = Parameters<MessageSocket["listen"]>[0];

/** One end. */
export class PairedSocket implements MessageSocket {
  readonly protocol = "";
  peer!: PairedSocket;
  /** Everything that was sent from this end, oldest first. */
  readonly sent: (string | Uint8Array)[] = [];
  #receivers: Receivers | undefined;
  /** What the peer sent and was not delivered. */
  #inbox: (string | Uint8Array)[] = [];
  #end: { code: number; reason: string } | undefined;
  #closed = false;
  #held = false;
  #delivering = false;

  /** Bytes on their way to the peer. */
  get bufferedBytes(): number {
    return this.peer.#inbox.reduce((sum, data) => sum + data.length, 0);
  }

  send(data: string | Uint8Array): void {
    if (this.#closed) return;
    const copy = typeof data === "string" ? data : data.slice();
    this.sent.push(copy);
    this.peer.#inbox.push(copy);
    this.peer.#deliverSoon();
  }

  listen(receivers: Receivers): void {
    this.#receivers = receivers;
    this.#deliverSoon();
  }

  close(code = 1000, reason = ""): void {
    if (this.#closed) return;
    this.#endWith({ code, reason });
    this.peer.#endWith({ code, reason });
  }

  /** The connection breaks: what was on its way is lost. */
  break(): void {
    this.#inbox = [];
    this.peer.#inbox = [];
    this.close(1006, "");
  }

  /** Stops what comes to this end, as a slow network would, until {@linkcode PairedSocket.release}. */
  hold(): void {
    this.#held = true;
  }

  /** Lets at most so many messages through, and all that follow when no count is given. */
  release(count?: number): void {
    if (count === undefined) {
      this.#held = false;
      this.#deliverSoon();
      return;
    }
    for (let i = 0; i < count && this.#inbox.length > 0; i++) this.#deliver();
    this.#deliverSoon(); // an end that waited behind them
  }

  #endWith(end: { code: number; reason: string }): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#end = end;
    this.#deliverSoon();
  }

  #deliverSoon(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    queueMicrotask(() => {
      this.#delivering = false;
      if (this.#receivers === undefined) return;
      while (this.#inbox.length > 0 && !this.#held) this.#deliver();
      const end = this.#end;
      if (end === undefined || this.#inbox.length > 0) return;
      this.#end = undefined;
      this.#receivers.onClose(end);
    });
  }

  #deliver(): void {
    const data = this.#inbox.shift()!;
    this.#receivers?.onMessage(
      typeof data === "string" ? data : new Uint8Array(data),
    );
  }
}

/** Two ends that are joined; messages arrive a microtask later. */
export function socketPair(): [PairedSocket, PairedSocket] {
  const a = new PairedSocket();
  const b = new PairedSocket();
  a.peer = b;
  b.peer = a;
  return [a, b];
}
