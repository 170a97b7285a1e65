import assert from "node:assert/strict";
import { encodeText } from "../../src/base/bytes.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { connectionOf } from "./sessions.ts";

Deno.test("connectionOf() hears the answer that comes after its own direction has ended", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const { net } = makeRealHost({ logLevel: "error" });
  const [stream, peer] = await Promise.all([
    net.dial({ hostname: "127.0.0.1", port }),
    listener.accept(),
  ]);
  const { readable, writable, close } = connectionOf(stream);
  const answer = new Response(readable).text();
  const writer = writable.getWriter();
  await writer.write(encodeText("question"));
  await writer.close();
  const heard = new Uint8Array(64);
  assert.equal(await peer.read(heard), "question".length);
  assert.equal(await peer.read(heard), null);
  await peer.write(encodeText("answer"));
  peer.close();
  assert.equal(await answer, "answer");
  close();
});
