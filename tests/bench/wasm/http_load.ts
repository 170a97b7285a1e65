/**
 * A lean generator of HTTP load, as a program of its own so that it can be put on another core: `http_load.ts HOST PORT CONNECTIONS SECONDS` prints
 * how many answers came in a second.
 *
 * Connections are kept, each with one request at a time. All answers of a server are as long as its first one, which is looked at; of the others only
 * bytes are counted.
 *
 * @module
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** One connection; counts answers until the end. */
async function drive(
  address: { hostname: string; port: number },
  until: number,
): Promise<number> {
  using connection = await Deno.connect(address);
  connection.setNoDelay(true);
  const request = encoder.encode(
    `GET / HTTP/1.1\r\nhost: ${address.hostname}\r\n\r\n`,
  );
  const buffer = new Uint8Array(16 * 1024);
  const length = await firstLength(connection, { request, buffer });
  let answers = 0;
  while (performance.now() < until) {
    await connection.write(request);
    let left = length;
    while (left > 0) {
      const count = await connection.read(buffer);
      if (count === null) throw new Error("The server closed the connection");
      left -= count;
    }
    if (left < 0) throw new Error("The answers' lengths differ");
    answers++;
  }
  return answers;
}

/** How long an answer is, head and body. */
async function firstLength(
  connection: Deno.TcpConn,
  { request, buffer }: { request: Uint8Array; buffer: Uint8Array },
): Promise<number> {
  await connection.write(request);
  let text = "";
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error(`No whole answer: ${text}`);
    text += decoder.decode(buffer.subarray(0, count));
    const head = text.indexOf("\r\n\r\n");
    if (head < 0) continue;
    if (!text.startsWith("HTTP/1.1 200")) throw new Error(text);
    const declared = /^content-length: (\d+)/im.exec(text)?.[1];
    if (declared === undefined) {
      if (text.endsWith("0\r\n\r\n")) return text.length;
    } else if (text.length === head + 4 + Number(declared)) return text.length;
  }
}

if (import.meta.main) {
  const [hostname = "", port, connections, seconds] = Deno.args;
  const address = { hostname, port: Number(port) };
  const began = performance.now();
  const until = began + Number(seconds) * 1000;
  const counts = await Promise.all(
    Array.from({ length: Number(connections) }, () => drive(address, until)),
  );
  const sum = counts.reduce((a, b) => a + b, 0);
  console.log(sum / (performance.now() - began) * 1000);
}
