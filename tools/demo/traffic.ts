/**
 * Requests through a service, each on a connection of its own, so that each is balanced.
 *
 * @module
 */

/** What one request came to. */
export interface Answer {
  /** The name of the pod that answered; absent when none did. */
  readonly pod?: string;
  /** Why there is no answer. */
  readonly error?: string;
}

/** Where a service is. */
export interface ServiceAddress {
  readonly hostname: string;
  readonly port: number;
}

/** How long one request may take. */
const TIMEOUT_MS = 5_000;

/** One `GET /` on a new connection. Never throws: a failure is an answer too. */
export async function ask(to: ServiceAddress): Promise<Answer> {
  let connection: Deno.Conn | undefined;
  const timer = setTimeout(() => connection?.close(), TIMEOUT_MS);
  try {
    connection = await Deno.connect(to);
    const request =
      `GET / HTTP/1.1\r\nHost: ${to.hostname}\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    const text = await readAll(connection);
    const [head = "", body = ""] = text.split("\r\n\r\n", 2);
    if (!/^HTTP\/1\.[01] 200 /.test(head)) {
      return { error: head.split("\r\n")[0] || "empty answer" };
    }
    const pod = /hello from (\S+)/.exec(body)?.[1];
    return pod ? { pod } : { error: `unexpected body: ${body.slice(0, 80)}` };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
    try {
      connection?.close();
    } catch {
      // Closed by the timeout.
    }
  }
}

/** Many requests, one after the other: answers by pod, and the failures. */
export async function askMany(
  to: ServiceAddress,
  count: number,
): Promise<{ pods: Map<string, number>; errors: string[] }> {
  const pods = new Map<string, number>();
  const errors: string[] = [];
  for (let i = 0; i < count; i++) {
    const { pod, error } = await ask(to);
    if (pod !== undefined) pods.set(pod, (pods.get(pod) ?? 0) + 1);
    else errors.push(error ?? "no answer");
  }
  return { pods, errors };
}

async function readAll(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16_384);
  let text = "";
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return text;
    text += decoder.decode(buffer.subarray(0, length), { stream: true });
  }
}
