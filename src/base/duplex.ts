/**
 * A byte stream as a pair of web streams whose directions do not harm each other.
 *
 * `Deno.Conn`'s own pair closes the connection as soon as a write fails, and with it what the other end had sent before it left: a process that
 * ends without reading all of its input would take its exit status along.
 *
 * @module
 */
import { concat } from "./bytes.ts";
import type { ByteStream } from "./host.ts";

/** What one read takes. */
const READ_BYTES = 64 * 1024;

/** Both directions of a stream. */
export interface Duplex {
  /** What comes. Cancelling it ends nothing by itself. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What goes. Closing it ends our direction, aborting it closes the stream. */
  readonly writable: WritableStream<Uint8Array>;
}

/** Wraps a stream, which is closed once both directions are over. */
export function duplexOf(
  stream: Pick<ByteStream, "read" | "write" | "closeWrite" | "close">,
): Duplex {
  let open = 2;
  const over = () => {
    if (--open === 0) stream.close();
  };
  const buffer = new Uint8Array(READ_BYTES);
  return {
    readable: new ReadableStream({
      async pull(controller) {
        try {
          const count = await stream.read(buffer);
          if (count !== null) {
            return controller.enqueue(concat([buffer.subarray(0, count)]));
          }
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        over();
      },
      cancel: over,
    }, { highWaterMark: 0 }),
    writable: new WritableStream({
      async write(chunk, controller) {
        try {
          for (let at = 0; at < chunk.length;) {
            at += await stream.write(chunk.subarray(at));
          }
        } catch (error) {
          controller.error(error);
          over();
        }
      },
      async close() {
        await stream.closeWrite().catch(() => {}); // the other end has left: nobody waits for it
        over();
      },
      abort() {
        open = 1;
        over();
      },
    }),
  };
}
