/**
 * The buffer of a read loop, small while little comes: thousands of idle connections must cost little.
 *
 * @module
 */

/** What one read takes while a connection is quiet. */
const QUIET_BYTES = 4 * 1024;
/** What one read takes while a connection is busy. */
const BUSY_BYTES = 64 * 1024;

/** Where reads go. */
export class ReadBuffer {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(QUIET_BYTES);

  /** Reads once; a copy of what came, or null at the end. */
  async readFrom(source: Pick<Deno.Conn, "read">): Promise<Uint8Array | null> {
    const count = await source.read(this.#bytes);
    if (count === null) return null;
    const chunk = this.#bytes.slice(0, count);
    const size = count === this.#bytes.length ? BUSY_BYTES : QUIET_BYTES;
    if (size !== this.#bytes.length) this.#bytes = new Uint8Array(size);
    return chunk;
  }
}
