import assert from "node:assert/strict";
import { concat, decodeText, encodeText } from "./bytes.ts";
import { HostError } from "./host.ts";
import {
  type DuplexStream,
  type Http1Answer,
  type Http1Request,
  requestOver,
} from "./http1.ts";

/** A backend that says what it is told to, in pieces of a size. */
class Backend implements DuplexStream {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array>;
  readonly resets: string[] = [];
  sent = "";

  constructor(answer: string, size = 7) {
    const bytes = encodeText(answer);
    let at = 0;
    this.readable = new ReadableStream({
      pull(controller) {
        if (at >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, at + size));
        at += size;
      },
    }, { highWaterMark: 0 });
    this.writable = new WritableStream({
      write: (chunk) => {
        this.sent += decodeText(chunk);
      },
    });
  }

  reset(reason: string): void {
    this.resets.push(reason);
  }
}

const GET: Http1Request = {
  method: "GET",
  path: "/a?b=c",
  headers: new Headers({ host: "x" }),
  body: null,
};

async function bodyOf({ body }: Http1Answer): Promise<string> {
  return decodeText(concat(await Array.fromAsync(body!)));
}

for (const size of [1, 7, 10_000]) {
  Deno.test(`requestOver() reads every way to end a body, in pieces of ${size}`, async () => {
    for (
      const rest of [
        "content-length: 11\r\n\r\nhello world and more",
        "transfer-encoding: chunked\r\n\r\n6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\na: b\r\n\r\n",
        "\r\nhello world",
      ]
    ) {
      const backend = new Backend(`HTTP/1.1 200 OK\r\nx-a: b\r\n${rest}`, size);
      const answer = await requestOver(backend, GET);
      assert.equal(answer.status, 200);
      assert.equal(answer.statusText, "OK");
      assert.equal(answer.headers.get("x-a"), "b");
      assert.equal(await bodyOf(answer), "hello world");
      assert.equal(backend.sent, "GET /a?b=c HTTP/1.1\r\nhost: x\r\n\r\n");
      assert.equal(backend.resets.length, 1);
    }
  });
}

Deno.test("requestOver() sends bodies of known and of unknown length", async () => {
  const body = () => ReadableStream.from([encodeText("hel"), encodeText("lo")]);
  const known = new Backend("HTTP/1.1 204 No Content\r\n\r\n");
  const post = { ...GET, method: "POST", path: "/" };
  const answer = await requestOver(known, {
    ...post,
    body: body(),
    bodyBytes: 5,
  });
  assert.equal(answer.body, null);
  // this backend answers before it has read
  while (!known.sent.endsWith("o")) await Promise.resolve();
  assert.match(known.sent, /^POST \/ .*content-length: 5\r\n.*\r\n\r\nhello$/s);
  const unknown = new Backend(
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\n\r\n",
  );
  await bodyOf(await requestOver(unknown, { ...post, body: body() }));
  while (!unknown.sent.endsWith("0\r\n\r\n")) await Promise.resolve();
  assert.match(
    unknown.sent,
    /transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n$/,
  );
});

Deno.test("requestOver() has no body to read after HEAD", async () => {
  const backend = new Backend("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
  const answer = await requestOver(backend, { ...GET, method: "HEAD" });
  assert.equal(answer.body, null);
  assert.equal(answer.headers.get("content-length"), "5");
});

Deno.test("requestOver() gives the stream back when protocols are switched", async () => {
  const backend = new Backend(
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\nhello",
  );
  const { switched } = await requestOver(backend, GET);
  const read = concat(await Array.fromAsync(switched!.readable));
  assert.equal(decodeText(read), "hello");
  await switched!.writable.getWriter().write(encodeText("bye"));
  assert.ok(backend.sent.endsWith("\r\n\r\nbye"));
});

for (
  const [what, answer] of Object.entries({
    "no HTTP": "SSH-2.0-x\r\n\r\n",
    "a bad header": "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "a header of another name": "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
    "nothing": "",
    "half a head": "HTTP/1.1 200 OK\r\na: b\r\n",
    "a giant head": `HTTP/1.1 200 OK\r\na: ${"b".repeat(100_000)}\r\n\r\n`,
    "many headers": `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(100_000)}\r\n`,
  })
) {
  Deno.test(`requestOver() fails when the backend says ${what}`, async () => {
    const backend = new Backend(answer, 1000);
    await assert.rejects(requestOver(backend, GET), HostError);
    assert.equal(backend.resets.length, 1);
  });
}

for (
  const rest of [
    "content-length: 11\r\n\r\nhello",
    "content-length: -1\r\n\r\nhello",
    "transfer-encoding: chunked\r\n\r\nzz\r\n",
    "transfer-encoding: chunked\r\n\r\n5\r\nhello world",
  ]
) {
  Deno.test(`requestOver() fails for a body that is not what it should be: ${JSON.stringify(rest)}`, async () => {
    const backend = new Backend(`HTTP/1.1 200 OK\r\n${rest}`);
    await assert.rejects(
      async () => await bodyOf(await requestOver(backend, GET)),
      HostError,
    );
  });
}

Deno.test("requestOver() ends the stream when the answer is not wanted", async () => {
  const backend = new Backend("HTTP/1.1 200 OK\r\n\r\nhello world", 20);
  const answer = await requestOver(backend, GET);
  await answer.body!.cancel();
  assert.equal(backend.resets.length, 1);
});
