import assert from "node:assert/strict";
import { concat, decodeText, encodeText } from "./bytes.ts";
import { duplexOf } from "./duplex.ts";

/** Two ends of a TCP connection. */
async function pair(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  return await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port }),
    listener.accept(),
  ]);
}

Deno.test("duplexOf() ends the directions one by one, and closes the stream after both", async () => {
  const [a, b] = await pair();
  const [ours, theirs] = [duplexOf(a), duplexOf(b)];
  const writer = ours.writable.getWriter();
  await writer.write(encodeText("hello"));
  await writer.close();
  const heard = concat(await Array.fromAsync(theirs.readable));
  assert.equal(decodeText(heard), "hello");
  const answer = theirs.writable.getWriter();
  await answer.write(encodeText("bye"));
  await answer.close();
  const back = concat(await Array.fromAsync(ours.readable));
  assert.equal(decodeText(back), "bye");
  // that both are closed, the test's sanitizer tells
});

Deno.test("duplexOf() reads what came although writing fails", async () => {
  const [a, b] = await pair();
  const ours = duplexOf(a);
  await b.write(encodeText("last words"));
  b.close();
  const writer = ours.writable.getWriter();
  writer.closed.catch(() => {});
  await assert.rejects(async () => {
    while (true) await writer.write(new Uint8Array(1024));
  });
  const heard: Uint8Array[] = [];
  try {
    for await (const chunk of ours.readable) heard.push(chunk);
  } catch {
    // a reset may follow what came
  }
  assert.equal(decodeText(concat(heard)), "last words");
});

Deno.test("duplexOf() closes the stream when its writable is aborted", async () => {
  const [a, b] = await pair();
  const { readable, writable } = duplexOf(a);
  await writable.abort();
  assert.equal(await b.read(new Uint8Array(1)), null);
  b.close();
  await readable.cancel().catch(() => {});
});
