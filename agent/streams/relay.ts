/**
 * A link's stream and a connection, joined.
 *
 * @module
 */
import type { MuxStream } from "../../src/base/mux.ts";
import type { PortConnection } from "../runtime/sessions.ts";

/**
 * Connects and carries bytes both ways until both directions have ended. A peer that goes away meanwhile aborts the signal. That the connection
 * takes no more is no failure: a server that has answered may close it before the client does. How it ended, its reading tells.
 *
 * @throws {Error} what broke
 */
export async function relay(
  stream: MuxStream,
  connect: (signal: AbortSignal) => Promise<PortConnection>,
): Promise<void> {
  const writer = stream.writable.getWriter();
  const gone = new AbortController();
  writer.closed.catch((reason) => gone.abort(reason));
  const connection = await connect(gone.signal);
  const left = new Promise<never>((_, reject) => writer.closed.catch(reject));
  const toPeer = new WritableStream<Uint8Array>({
    write: (chunk) => writer.write(chunk),
    close: () => writer.close(),
  });
  try {
    await Promise.race([
      left,
      Promise.all([
        stream.readable.pipeTo(connection.writable).catch(() => {}),
        connection.readable.pipeTo(toPeer),
      ]),
    ]);
  } finally {
    connection.close();
  }
}
