/**
 * A link's stream and a connection, joined.
 *
 * @module
 */
import type { MuxStream } from "../../src/base/mux.ts";
import type { PortConnection } from "../runtime/sessions.ts";

/**
 * Connects and carries bytes both ways until both directions have ended; one that breaks takes the other with it. A peer that goes away meanwhile
 * aborts the signal.
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
  const toPeer = new WritableStream<Uint8Array>({
    write: (chunk) => writer.write(chunk),
    close: () => writer.close(),
  });
  try {
    await Promise.all([
      stream.readable.pipeTo(connection.writable),
      connection.readable.pipeTo(toPeer),
    ]);
  } finally {
    connection.close();
  }
}
