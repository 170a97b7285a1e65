/**
 * Port-forward as kubectl speaks it: a SPDY/3.1 session, alone or inside a WebSocket, with two streams for each connection, which name it by
 * `requestid` and may come in any order.
 *
 * @module
 */
import {
  createSpdySession,
  RST,
  type SpdySession,
  type SpdyStream,
} from "../../base/spdy.ts";
import { encodeText } from "../../base/bytes.ts";
import type { Timer } from "../../base/host.ts";
import type { ServerWebSocket } from "../../base/web_socket.ts";
import { forwardPort, type ForwardTarget, parsePort } from "./port_forward.ts";

/** How long the second stream of a connection may keep the first waiting. */
const PAIRING_MS = 30_000;

/** Serves connections until the client leaves or the node's link breaks. */
export function serveSpdyForward(
  target: ForwardTarget,
  transport: {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<Uint8Array>;
  },
): SpdySession {
  const pairs = new StreamPairs(target);
  const session = createSpdySession(transport, {
    role: "server",
    onStream: (stream) => pairs.add(stream),
  });
  session.closed.then(() => pairs.close());
  target.api.links.get(target.node)?.closed.then(() =>
    session.close("the node's link broke")
  );
  return session;
}

/** The bytes inside a WebSocket's messages, however they are cut. */
export function tunnelOf(socket: ServerWebSocket): {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
} {
  return {
    readable: new ReadableStream({
      async pull(controller) {
        const piece = await socket.next();
        if (piece === undefined) controller.close();
        else controller.enqueue(piece.data);
      },
      cancel: () => socket.break(),
    }, { highWaterMark: 0 }),
    writable: new WritableStream({
      write: (chunk) => socket.send(chunk),
      close: () => socket.close(),
      abort: () => socket.break(),
    }),
  };
}

/** Half of a connection. */
interface Half {
  readonly stream: SpdyStream;
  readonly type: string;
  readonly patience: Timer;
}

/** Finds the streams that belong together. */
class StreamPairs {
  readonly #target: ForwardTarget;
  readonly #halves = new Map<string, Half>();

  constructor(target: ForwardTarget) {
    this.#target = target;
  }

  /** Takes a stream of the client. */
  add(stream: SpdyStream): void {
    const { streamtype: type = "", port, requestid: id = "" } = stream.headers;
    const portNumber = parsePort(port);
    const other = this.#halves.get(id);
    const isPart = (type === "error" || type === "data") &&
      other?.type !== type;
    if (!isPart || portNumber === undefined) {
      return stream.reset(RST.refusedStream);
    }
    stream.reply();
    if (other === undefined) {
      const { clock } = this.#target.api.host;
      const patience = clock.after(PAIRING_MS, () => {
        this.#halves.delete(id);
        stream.reset();
      });
      this.#halves.set(id, { stream, type, patience });
      return;
    }
    other.patience.cancel();
    this.#halves.delete(id);
    const [data, error] = type === "data"
      ? [stream, other.stream]
      : [other.stream, stream];
    this.#target.api.host.spawn(
      "port-forward",
      () => this.#forward(data, { error, port: portNumber }),
    );
  }

  close(): void {
    for (const { patience } of this.#halves.values()) patience.cancel();
    this.#halves.clear();
  }

  async #forward(
    data: SpdyStream,
    { error, port }: { error: SpdyStream; port: number },
  ): Promise<void> {
    const failure = await forwardPort(this.#target, port, data);
    const told = error.writable.getWriter();
    try {
      if (failure !== undefined) await told.write(encodeText(failure));
      await told.close();
    } catch {
      // the client left
    }
    await error.readable.cancel().catch(() => {});
    if (failure !== undefined) data.reset();
  }
}
