/**
 * A kindness to Go's clients that ask for SPDY.
 *
 * @module
 */

const POST = [0x50, 0x4f, 0x53, 0x54, 0x20];

/**
 * The first bytes of a connection without the `Content-Length: 0` that Go adds to the POST by which it asks for SPDY/3.1: `Deno.serve` answers
 * 400 to a request that has a length and asks for an upgrade, and never shows it to a handler. All else is left as it is; nobody can gain
 * anything by it that leaving the line out himself would not give him.
 */
export function withoutEmptyLength(chunk: Uint8Array): Uint8Array {
  if (!POST.every((byte, i) => chunk[i] === byte)) return chunk;
  // Latin-1 keeps one character for each byte
  const text = String.fromCharCode(...chunk.subarray(0, MAX_HEAD_BYTES));
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return chunk;
  const head = text.slice(0, end + 2);
  if (!/\r\nupgrade:[ \t]*spdy\/3\.1\r\n/i.test(head)) return chunk;
  const line = /\r\ncontent-length:[ \t]*0\r\n/i.exec(head);
  if (line === null) return chunk;
  const from = line.index + 2;
  const to = line.index + line[0].length;
  const kept = new Uint8Array(chunk.length - (to - from));
  kept.set(chunk.subarray(0, from));
  kept.set(chunk.subarray(to), from);
  return kept;
}

/** A head is looked at no further than this. */
const MAX_HEAD_BYTES = 16 * 1024;
