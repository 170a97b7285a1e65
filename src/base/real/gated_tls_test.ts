import assert from "node:assert/strict";
import { makePki } from "../../testing/pki.ts";
import { makeRealHost } from "../real_host.ts";

const PKI = makePki();
const CA = PKI.authority.certificate;
const PIECE_BYTES = 64 * 1024;
const ALL_BYTES = 64 * 1024 * 1024;

Deno.test("an answer that nobody reads makes its server wait, and comes whole when it is read", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  let sent = 0;
  await using server = await host.net.serve(
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            if (sent === ALL_BYTES) return controller.close();
            const piece = new Uint8Array(PIECE_BYTES);
            piece.fill(sent / PIECE_BYTES);
            controller.enqueue(piece);
            sent += PIECE_BYTES;
          },
        }, { highWaterMark: 0 }),
      ),
    { at: { hostname: "127.0.0.1", port: 0 }, tls: PKI.tls },
  );
  const { port } = server.address as { port: number };
  const response = await host.net.fetch(
    new Request(`https://127.0.0.1:${port}/`),
    { ca: CA },
  );
  let before = -1;
  for (let still = 0; still < 20;) {
    await host.clock.sleep(20);
    still = sent === before ? still + 1 : 0;
    before = sent;
  }
  assert.ok(sent < ALL_BYTES / 2, `${sent} bytes were sent`);
  let at = 0;
  for await (const chunk of response.body!) {
    for (let i = 0; i < chunk.length; i += 4096) {
      assert.equal(chunk[i], Math.floor((at + i) / PIECE_BYTES) % 256);
    }
    at += chunk.length;
  }
  assert.equal(at, ALL_BYTES);
});

Deno.test("a kept connection that its server has ended is not used again", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const serve = (port: number) =>
    host.net.serve(() => new Response("here"), {
      at: { hostname: "127.0.0.1", port },
      tls: PKI.tls,
    });
  const first = await serve(0);
  const { port } = first.address as { port: number };
  const ask = async () => {
    const request = new Request(`https://127.0.0.1:${port}/`);
    const answer = await host.net.fetch(request, {
      ca: CA,
      signal: AbortSignal.timeout(30_000),
    });
    return await answer.text();
  };
  assert.equal(await ask(), "here");
  await first.close();
  await assert.rejects(ask(), { name: "HostError" });
  await using _second = await serve(port);
  assert.equal(await ask(), "here");
});

Deno.test("a connection that is refused, or cut in the handshake, is told so", async () => {
  using host = makeRealHost({ writeLog: () => {} });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const ask = () =>
    host.net.fetch(new Request(`https://127.0.0.1:${port}/`), { ca: CA });
  const cut = listener.accept().then((conn) => conn.close());
  await assert.rejects(ask(), { name: "HostError" });
  await cut;
  listener.close();
  await assert.rejects(ask(), { name: "HostError", code: "refused" });
});
