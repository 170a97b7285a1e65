/**
 * Moves the bytes of one connection between client and endpoint.
 *
 * @module
 */
import type { ByteStream } from "../../src/base/host.ts";

/** First size of a direction's buffer: most connections carry small requests. */
const SMALL_BUFFER_BYTES = 8 * 1024;
/** Size once a read has filled the small one: bulk transfers. */
const LARGE_BUFFER_BYTES = 128 * 1024;

/**
 * Copies both directions until both have ended. The end of one direction is passed on (half-close); an error in either closes both.
 *
 * @returns how many bytes went to the endpoint and came from it
 */
export async function relay(
  client: ByteStream,
  endpoint: ByteStream,
): Promise<{ sentBytes: number; receivedBytes: number }> {
  try {
    const [sentBytes, receivedBytes] = await Promise.all([
      pump(client, endpoint),
      pump(endpoint, client),
    ]);
    return { sentBytes, receivedBytes };
  } finally {
    close(client);
    close(endpoint);
  }
}

/** Copies one direction to its end. An error closes both streams, so that the other direction ends too. */
async function pump(from: ByteStream, to: ByteStream): Promise<number> {
  let buffer = new Uint8Array(SMALL_BUFFER_BYTES);
  let total = 0;
  try {
    for (;;) {
      const length = await from.read(buffer);
      if (length === null) break;
      let offset = 0;
      while (offset < length) {
        offset += await to.write(buffer.subarray(offset, length));
      }
      total += length;
      if (length === SMALL_BUFFER_BYTES && buffer.length === length) {
        buffer = new Uint8Array(LARGE_BUFFER_BYTES);
      }
    }
    await to.closeWrite();
  } catch {
    // A reset by either side is an ordinary end of a connection; who reset it knows why.
    close(from);
    close(to);
  }
  return total;
}

/** Closing twice is no error. */
export function close(stream: ByteStream): void {
  try {
    stream.close();
  } catch {
    // Closed before.
  }
}
