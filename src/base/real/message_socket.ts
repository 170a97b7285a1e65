/**
 * WebSockets behind one face, whoever made them.
 *
 * @module
 */
import type { MessageSocket, SocketReceivers } from "../host.ts";

/** How long a peer has for its half of the closing handshake. */
const CLOSE_GRACE_MS = 5_000;
/** The code for a connection that broke without a closing handshake (RFC 6455 §7.4.1). */
const ABNORMAL = 1006;

/** What {@linkcode AdaptedSocket} needs of a WebSocket implementation. */
export interface SocketDriver {
  /** The negotiated subprotocol, or "". */
  readonly protocol: string;
  /** Bytes that have not left yet. */
  bufferedBytes(): number;
  /** Queues one message. */
  send(data: string | Uint8Array): void;
  /** See {@linkcode MessageSocket.setReading}. @default it cannot wait */
  setReading?(isReading: boolean): void;
  /** Starts the closing handshake. */
  close(code: number, reason: string): void;
  /** Breaks the connection. */
  terminate(): void;
}

/** A {@linkcode MessageSocket} over any implementation, which reports what happens by {@linkcode AdaptedSocket.received} and {@linkcode AdaptedSocket.ended}. */
export class AdaptedSocket implements MessageSocket {
  readonly #driver: SocketDriver;
  #receivers: SocketReceivers | undefined;
  /** What came before `listen`; at most the messages of one turn. */
  #early: (string | Uint8Array<ArrayBuffer>)[] = [];
  #end: { code: number; reason: string } | undefined;
  #closing = false;
  #grace: ReturnType<typeof setTimeout> | undefined;

  /** Adapts one. @param driver the implementation below */
  constructor(driver: SocketDriver) {
    this.#driver = driver;
  }

  get protocol(): string {
    return this.#driver.protocol;
  }

  get bufferedBytes(): number {
    return this.#end === undefined ? this.#driver.bufferedBytes() : 0;
  }

  send(data: string | Uint8Array): void {
    if (this.#end === undefined && !this.#closing) this.#driver.send(data);
  }

  listen(receivers: SocketReceivers): void {
    if (this.#receivers !== undefined) {
      throw new Error("Cannot listen to a socket: it has receivers already");
    }
    this.#receivers = receivers;
    for (const data of this.#early.splice(0)) receivers.onMessage(data);
    if (this.#end !== undefined) receivers.onClose(this.#end);
  }

  setReading(isReading: boolean): void {
    if (this.#end === undefined && !this.#closing) {
      this.#driver.setReading?.(isReading);
    }
  }

  close(code = 1000, reason = ""): void {
    if (this.#end !== undefined || this.#closing) return;
    // The other end's goodbye comes behind what was not taken.
    this.#driver.setReading?.(true);
    this.#closing = true;
    this.#driver.close(code, shortened(reason));
    this.#grace = setTimeout(() => {
      this.#driver.terminate();
      this.ended({ code: ABNORMAL, reason: "no answer to close" });
    }, CLOSE_GRACE_MS);
    this.#grace.unref();
  }

  /** A message came. */
  received(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#end !== undefined) return;
    if (this.#receivers === undefined) this.#early.push(data);
    else this.#receivers.onMessage(data);
  }

  /** The connection is gone; only the first call counts. */
  ended(end: { code: number; reason: string }): void {
    if (this.#end !== undefined) return;
    clearTimeout(this.#grace);
    this.#end = end;
    this.#receivers?.onClose(end);
  }
}

/** The reason of a close frame has room for 123 bytes (RFC 6455 §5.5). */
function shortened(reason: string): string {
  const buffer = new Uint8Array(123);
  const { read } = new TextEncoder().encodeInto(reason, buffer);
  return reason.slice(0, read);
}

/** Wraps the server's end of an upgraded request. @param terminate breaks the connection below it */
export function adaptWebSocket(
  socket: WebSocket,
  terminate: () => void,
): MessageSocket {
  socket.binaryType = "arraybuffer";
  /** What was sent before the handshake was over. */
  let waiting: (string | Uint8Array)[] | undefined = [];
  const put = (data: string | Uint8Array) =>
    socket.send(data as Uint8Array<ArrayBuffer>);
  const adapted = new AdaptedSocket({
    get protocol() {
      return socket.protocol;
    },
    bufferedBytes: () =>
      socket.bufferedAmount +
      (waiting ?? []).reduce((sum, data) => sum + data.length, 0),
    send(data) {
      if (waiting !== undefined) waiting.push(data);
      else if (socket.readyState === WebSocket.OPEN) put(data);
    },
    close(code, reason) {
      // 1001-1015 are the implementation's to send; the API lets applications say 1000 and 3000-4999
      const allowed = code === 1000 || (code >= 3000 && code <= 4999);
      socket.close(allowed ? code : 1000, reason);
    },
    terminate,
  });
  socket.onopen = () => {
    const early = waiting ?? [];
    waiting = undefined;
    for (const data of early) put(data);
  };
  socket.onmessage = ({ data }) =>
    adapted.received(typeof data === "string" ? data : new Uint8Array(data));
  socket.onclose = ({ code, reason }) => adapted.ended({ code, reason });
  // Deno reports a broken connection as an error and may leave out the close event
  socket.onerror = (event) =>
    adapted.ended({
      code: ABNORMAL,
      reason: event instanceof ErrorEvent ? event.message : "",
    });
  return adapted;
}
