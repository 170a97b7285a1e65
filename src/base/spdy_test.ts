import assert from "node:assert/strict";
import { concat, decodeText, encodeText } from "./bytes.ts";
import { HostError } from "./host.ts";
import {
  createSpdySession,
  RST,
  type SpdySession,
  type SpdyStream,
} from "./spdy.ts";
import { CONTROL, controlFrame, words } from "./spdy/frame.ts";

type Chunks = TransformStream<Uint8Array, Uint8Array>;

/** Two sessions with nothing but memory between them. */
function pair(onStream?: (stream: SpdyStream) => void): {
  client: SpdySession;
  server: SpdySession;
  /** Bytes for the server, past the client. */
  inject(bytes: Uint8Array): Promise<void>;
  [Symbol.dispose](): void;
} {
  const up: Chunks = new TransformStream();
  const down: Chunks = new TransformStream();
  const out = up.writable.getWriter();
  const client = createSpdySession({
    readable: down.readable,
    writable: new WritableStream({
      write: (chunk) => out.write(chunk),
      close: () => out.close(),
    }),
  }, { role: "client" });
  const server = createSpdySession({
    readable: up.readable,
    writable: down.writable,
  }, { role: "server", ...(onStream === undefined ? {} : { onStream }) });
  return {
    client,
    server,
    inject: (bytes) => out.write(bytes),
    [Symbol.dispose]() {
      client.close("test over");
      server.close("test over");
    },
  };
}

async function readAll(
  readable: ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  return concat(await Array.fromAsync(readable));
}

/** Sends everything back, and the end after it. */
function echo(stream: SpdyStream): void {
  stream.reply();
  stream.readable.pipeTo(stream.writable).catch(() => {});
}

async function writeAll(stream: SpdyStream, bytes: Uint8Array): Promise<void> {
  const writer = stream.writable.getWriter();
  await writer.write(bytes);
  await writer.close();
}

Deno.test("open() makes a stream with headers, data both ways and half-close", async () => {
  const headers: unknown[] = [];
  using sessions = pair((stream) => {
    headers.push({ ...stream.headers });
    echo(stream);
  });
  const stream = await sessions.client.open({ streamtype: "data", port: "80" });
  const [, answer] = await Promise.all([
    writeAll(stream, encodeText("hello")),
    readAll(stream.readable),
  ]);
  assert.equal(decodeText(answer), "hello");
  assert.deepEqual(headers, [{ streamtype: "data", port: "80" }]);
});

Deno.test("open() with end: the peer reads nothing and may still answer", async () => {
  using sessions = pair(async (stream) => {
    stream.reply();
    assert.equal((await readAll(stream.readable)).length, 0);
    await writeAll(stream, encodeText("no stdin"));
  });
  const stream = await sessions.client.open({ a: "b" }, { end: true });
  assert.equal(decodeText(await readAll(stream.readable)), "no stdin");
});

Deno.test("many streams carry megabytes at once, byte for byte", async () => {
  using sessions = pair(echo);
  await Promise.all(Array.from({ length: 20 }, async (_, i) => {
    const bytes = new Uint8Array(1_000_003).fill(i);
    const stream = await sessions.client.open({ requestid: String(i) });
    const [, answer] = await Promise.all([
      writeAll(stream, bytes),
      readAll(stream.readable),
    ]);
    assert.equal(answer.length, bytes.length);
    assert.ok(answer.every((byte) => byte === i));
  }));
});

Deno.test("open() fails when the peer refuses, or takes no streams", async () => {
  using refusing = pair((stream) => stream.reset(RST.refusedStream));
  await assert.rejects(refusing.client.open({}), HostError);
  using silent = pair();
  await assert.rejects(silent.client.open({}), HostError);
});

Deno.test("reset by the peer: what came before can be read, then the end; writing fails", async () => {
  const opened = Promise.withResolvers<SpdyStream>();
  using sessions = pair((stream) => {
    stream.reply();
    opened.resolve(stream);
  });
  const ours = await sessions.client.open({});
  const theirs = await opened.promise;
  const writer = theirs.writable.getWriter();
  writer.closed.catch(() => {});
  await writer.write(encodeText("last words"));
  theirs.reset();
  assert.equal(decodeText(await readAll(ours.readable)), "last words");
  assert.ok(ours.wasReset);
  await assert.rejects(ours.writable.getWriter().write(new Uint8Array(1)));
  // the session goes on
  const next = await sessions.client.open({});
  assert.ok(next.id > ours.id);
});

Deno.test("a stream that nobody reads stops its writer", async () => {
  const opened = Promise.withResolvers<SpdyStream>();
  using sessions = pair((stream) => {
    stream.reply();
    opened.resolve(stream);
  });
  const ours = await sessions.client.open({});
  const theirs = await opened.promise;
  let sent = 0;
  const writing = (async () => {
    const writer = ours.writable.getWriter();
    const chunk = new Uint8Array(64 * 1024);
    for (; sent < 100; sent++) await writer.write(chunk);
    await writer.close();
  })();
  let before = -1;
  while (before < sent) { // until it stands still
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(sent < 20, `${sent} chunks went into memory`);
  assert.equal((await readAll(theirs.readable)).length, 100 * 64 * 1024);
  await writing;
});

Deno.test("close() ends the streams of both sides", async () => {
  const opened = Promise.withResolvers<SpdyStream>();
  using sessions = pair((stream) => {
    stream.reply();
    opened.resolve(stream);
  });
  const ours = await sessions.client.open({});
  const theirs = await opened.promise;
  sessions.client.close("done");
  await assert.rejects(readAll(ours.readable), HostError);
  await assert.rejects(readAll(theirs.readable), HostError);
  assert.equal(await sessions.client.closed, "done");
  await sessions.server.closed;
  await assert.rejects(sessions.client.open({}), HostError);
});

Deno.test("cancelling the readable after our end resets the stream", async () => {
  const opened = Promise.withResolvers<SpdyStream>();
  using sessions = pair((stream) => {
    stream.reply();
    opened.resolve(stream);
  });
  const ours = await sessions.client.open({}, { end: true });
  const theirs = await opened.promise;
  await ours.readable.cancel();
  await assert.rejects(theirs.writable.getWriter().closed, HostError);
  assert.ok(theirs.wasReset);
});

for (
  const [what, bytes] of Object.entries({
    "another version": new Uint8Array([0x80, 2, 0, 1, 0, 0, 0, 0]),
    "a truncated frame": controlFrame(CONTROL.rstStream, { parts: [words(1)] }),
    "a giant control frame": new Uint8Array([0x80, 3, 0, 1, 0, 255, 0, 0]),
    "a stream id of our side": controlFrame(CONTROL.synStream, {
      parts: [words(2, 0), new Uint8Array(2)],
    }),
  })
) {
  Deno.test(`a peer that sends ${what} ends the session and nothing else`, async () => {
    using sessions = pair(echo);
    await sessions.inject(bytes);
    await sessions.server.closed;
    await sessions.client.closed;
  });
}

Deno.test("frames that nobody needs are passed over, pings are answered", async () => {
  using sessions = pair(echo);
  await sessions.inject(controlFrame(CONTROL.settings, { parts: [words(0)] }));
  await sessions.inject(
    controlFrame(CONTROL.windowUpdate, { parts: [words(1, 65536)] }),
  );
  await sessions.inject(controlFrame(CONTROL.ping, { parts: [words(1)] }));
  await sessions.inject(controlFrame(99, { parts: [] }));
  const stream = await sessions.client.open({}, { end: true });
  assert.equal((await readAll(stream.readable)).length, 0);
});
