import assert from "node:assert/strict";
import { HostError } from "../host.ts";
import { getOnce } from "./http_get.ts";

/** A server that says just this, in these pieces, and what it was asked. */
async function withServer(
  pieces: readonly string[],
  use: (port: number, asked: () => string) => Promise<void>,
  options: { hang?: boolean } = {},
): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  let asked = "";
  const open: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const conn of listener) {
      open.push(conn);
      const buffer = new Uint8Array(4096);
      const count = await conn.read(buffer);
      asked += new TextDecoder().decode(buffer.subarray(0, count ?? 0));
      for (const piece of pieces) {
        await conn.write(new TextEncoder().encode(piece)).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      if (!options.hang) conn.close();
    }
  })().catch(() => {}); // closed at the end
  try {
    await use(port, () => asked);
  } finally {
    listener.close();
    for (const conn of open) {
      try {
        conn.close();
      } catch {
        // closed already
      }
    }
    await serving;
  }
}

function ask(
  port: number,
  more: { limit?: number; signal?: AbortSignal } = {},
) {
  return getOnce({
    hostname: "127.0.0.1",
    port,
    path: "/a b?q=1",
    headers: [["Host", "shop.example"], ["X-A", "b\r\nc"]],
    bodyLimitBytes: more.limit ?? 10,
    signal: more.signal ?? new AbortController().signal,
  });
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("getOnce() asks as it is told, and reads an answer that comes in pieces", async () => {
  await withServer(
    [
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 30",
      "2 Found\r\nlocation:  /x \r",
      "\ncontent-length: 5\r\n\r\nhel",
      "lo and more",
    ],
    async (port, asked) => {
      const { status, location, body } = await ask(port);
      assert.deepEqual([status, location, text(body)], [302, "/x", "hello"]);
      assert.equal(
        asked(),
        "GET /a%20b?q=1 HTTP/1.1\r\nHost: shop.example\r\nX-A: b  c\r\nConnection: close\r\n\r\n",
      );
    },
    { hang: true },
  );
});

Deno.test("getOnce() reads chunks, bodies without a length, and no more than it is to", async () => {
  const chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  await withServer([chunked], async (port) => {
    assert.equal(text((await ask(port, { limit: 100 })).body), "abcde");
  }, { hang: true });
  await withServer(["HTTP/1.0 503 Busy\n\nuntil the", " end"], async (port) => {
    const { status, body, missing } = await ask(port, { limit: 100 });
    assert.deepEqual([status, text(body)], [503, "until the end"]);
    assert.equal(missing, undefined);
  });
  const long = "HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(9000);
  await withServer([long], async (port) => {
    assert.equal((await ask(port)).body.length, 10);
  }, { hang: true });
  await withServer(["HTTP/1.1 204 No Content\r\n\r\n"], async (port) => {
    assert.equal((await ask(port)).status, 204);
  }, { hang: true });
});

Deno.test("getOnce() says what went wrong", async () => {
  const code = (expected: string) => (error: unknown) =>
    error instanceof HostError && error.code === expected;
  await withServer([], async (port) => {
    await assert.rejects(ask(port), code("closed"));
  });
  await withServer(["SSH-2.0-x\r\n\r\n"], async (port) => {
    await assert.rejects(ask(port), code("invalid"));
  });
  await withServer(["HTTP/1.1 200 OK\r\n"], async (port) => {
    const late = new AbortController();
    const reason = new Error("too late");
    setTimeout(() => late.abort(reason), 30);
    await assert.rejects(ask(port, { signal: late.signal }), reason);
  }, { hang: true });
  using gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = gone.addr as Deno.NetAddr;
  gone.close();
  await assert.rejects(ask(port), code("refused"));
});

Deno.test("getOnce() answers with what came when the rest does not", async () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbeg";
  await withServer([head], async (port) => {
    const { status, body, missing } = await ask(port);
    assert.deepEqual([status, text(body), missing], [200, "beg", "ended"]);
  });
  await withServer([head], async (port) => {
    const late = new AbortController();
    setTimeout(() => late.abort(), 50);
    const { body, missing } = await ask(port, { signal: late.signal });
    assert.deepEqual([text(body), missing], ["beg", "aborted"]);
  }, { hang: true });
});
