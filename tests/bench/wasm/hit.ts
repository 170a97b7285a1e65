/**
 * One HTTP request on a connection of its own, with as little of a client as can be: what is measured is the other end.
 *
 * @module
 */

const REQUEST = new TextEncoder().encode(
  "GET / HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n",
);

/** How often, in milliseconds, an address is tried on which nobody listens yet. */
const RETRY_MS = 1;

/** The answer as text, head and body. @throws {Error} when there is none, or no good one */
export async function hit(hostname: string, port: number): Promise<string> {
  using connection = await Deno.connect({ hostname, port });
  await connection.write(REQUEST);
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let text = "";
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) break;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  if (!text.startsWith("HTTP/1.1 200")) {
    throw new Error(`No good answer: ${JSON.stringify(text)}`);
  }
  return text;
}

/** Tries until there is a good answer. */
export async function firstHit(hostname: string, port: number): Promise<void> {
  for (;;) {
    try {
      await hit(hostname, port);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
