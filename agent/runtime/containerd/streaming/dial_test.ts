import assert from "node:assert/strict";
import type { ByteStream } from "../../../../src/base/host.ts";
import { makeRealHost } from "../../../../src/base/real_host.ts";
import { createSpdySession } from "../../../../src/base/spdy.ts";
import { dialStreaming } from "./dial.ts";

/** A streaming server that answers one connection. */
async function withServer(
  serve: (stream: ByteStream, head: string) => Promise<void>,
  work: (
    dial: (signal?: AbortSignal) => ReturnType<typeof dialStreaming>,
  ) => Promise<void>,
): Promise<void> {
  using host = makeRealHost();
  using listener = await host.net.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.address as { port: number };
  const serving = (async () => {
    const { stream } = await listener.accept();
    const buffer = new Uint8Array(4096);
    const count = await stream.read(buffer);
    await serve(
      stream,
      new TextDecoder().decode(buffer.subarray(0, count ?? 0)),
    );
  })();
  await work((signal = new AbortController().signal) =>
    dialStreaming(host, {
      url: `http://127.0.0.1:${port}/exec/token?a=b`,
      protocol: "v4.channel.k8s.io",
      signal,
    })
  );
  await serving;
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("dialStreaming() asks for SPDY and takes what comes right after the answer", () =>
  withServer(async (stream, head) => {
    assert.match(head, /^POST \/exec\/token\?a=b HTTP\/1\.1\r\n/);
    assert.match(head, /\r\nUpgrade: SPDY\/3\.1\r\n/);
    assert.match(
      head,
      /\r\nX-Stream-Protocol-Version: v4\.channel\.k8s\.io\r\n/,
    );
    await stream.write(bytes("HTTP/1.1 101 Switching"));
    await stream.write(bytes(" Protocols\r\nUpgrade: SPDY/3.1\r\n\r\n"));
    const session = createSpdySession(stream, {
      role: "server",
      async onStream(opened) {
        opened.reply();
        const text = await new Response(opened.readable).text();
        const writer = opened.writable.getWriter();
        await writer.write(bytes(text.toUpperCase()));
        await writer.close();
      },
    });
    await session.closed;
  }, async (dial) => {
    const session = await dial();
    const stream = await session.open({ streamtype: "data" });
    const writer = stream.writable.getWriter();
    await writer.write(bytes("hello"));
    await writer.close();
    assert.equal(await new Response(stream.readable).text(), "HELLO");
    session.close("done");
  }));

Deno.test("dialStreaming() throws with the server's words when it refuses, or speaks something else", async () => {
  for (
    const [answer, message] of [
      [
        "HTTP/1.1 404 Not Found\r\ncontent-length: 10\r\n\r\n404 gone\r\n",
        /refused: 404: 404 gone$/,
      ],
      ["SSH-2.0-x\r\n\r\n", /refused: no HTTP$/],
      ["HTTP/1.1 101 but no end", /Cannot read the answer/],
      ["x".repeat(40_000), /Cannot read the answer/],
    ] as const
  ) {
    await withServer(async (stream) => {
      await stream.write(bytes(answer)).catch(() => {});
      await stream.closeWrite().catch(() => {});
      const rest = new Uint8Array(1024);
      while (await stream.read(rest).catch(() => null) !== null);
      stream.close();
    }, (dial) => assert.rejects(dial(), message));
  }
});

Deno.test("dialStreaming() ends with the signal, before the answer and after it", async () => {
  const silent = async (stream: ByteStream) => {
    const rest = new Uint8Array(1024);
    while (await stream.read(rest).catch(() => null) !== null);
    stream.close();
  };
  const reason = new Error("The client left");
  await withServer(silent, async (dial) => {
    const stop = new AbortController();
    const dialled = dial(stop.signal);
    setTimeout(() => stop.abort(reason), 50);
    await assert.rejects(dialled, (error) => error === reason);
  });
  await withServer(async (stream) => {
    await stream.write(bytes("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
    await silent(stream);
  }, async (dial) => {
    const stop = new AbortController();
    const session = await dial(stop.signal);
    stop.abort(reason);
    await session.closed;
  });
});
