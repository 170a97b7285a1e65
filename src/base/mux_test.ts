import assert from "node:assert/strict";
import fc from "fast-check";
import { socketPair } from "../testing/socket_pair.ts";
import { VirtualHost } from "../testing/virtual_host.ts";
import { concat, decodeText, encodeText } from "./bytes.ts";
import { createMux, type Mux, type MuxStream } from "./mux.ts";
import { encodeFrame, FRAME } from "./mux/frame.ts";

const PERIOD_MS = 25_000;

/** Advances virtual time until a piece of work is done, and answers its result. */
async function run<T>(host: VirtualHost, work: Promise<T>): Promise<T> {
  let done = false;
  const end = () => done = true;
  work.then(end, end);
  for (let i = 0; i < 10_000 && !done; i++) await host.advance(1);
  return await work;
}

/** Two ends of a link, and what the server's end was asked to take. */
function linked(onStream: (stream: MuxStream) => void = () => {}) {
  const host = new VirtualHost();
  const [near, far] = socketPair();
  const opened: MuxStream[] = [];
  const client = createMux(host, near, {
    role: "client",
    keepAliveMs: PERIOD_MS,
    onStream: (stream) => opened.push(stream),
  });
  const accepted: MuxStream[] = [];
  const server = createMux(host, far, {
    role: "server",
    keepAliveMs: PERIOD_MS,
    onStream(stream) {
      accepted.push(stream);
      onStream(stream);
    },
  });
  return { host, near, far, client, server, accepted, opened };
}

async function readAll(stream: MuxStream): Promise<Uint8Array> {
  return concat(await Array.fromAsync(stream.readable));
}

/** Sends everything back. */
function echo(stream: MuxStream): void {
  stream.readable.pipeTo(stream.writable).catch(() => {});
}

async function writeAll(stream: MuxStream, data: Uint8Array): Promise<void> {
  const writer = stream.writable.getWriter();
  await writer.write(data);
  await writer.close();
}

/** Checks that a promise rejects with a text. */
async function rejects(work: Promise<unknown>, text: RegExp): Promise<void> {
  await assert.rejects(work, (error: Error) => text.test(error.message));
}

Deno.test("createMux() carries any bytes both ways on any number of streams when all are open at once", async () => {
  const bytes = fc.uint8Array({ maxLength: 400_000, size: "max" });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(bytes, { maxLength: 3 }), { maxLength: 6 }),
      fc.boolean(),
      async (streams, fromServer) => {
        const { host, client, server, accepted, opened } = linked();
        const opener = fromServer ? server : client;
        const taken = fromServer ? opened : accepted;
        const sent = streams.map((_, i) => opener.open({ i }));
        await host.settle();
        assert.deepEqual(taken.map(({ header }) => header["i"]), [
          ...streams.keys(),
        ]);
        taken.forEach(echo);
        const work = Promise.all(streams.map(async (chunks, i) => {
          const writer = sent[i]!.writable.getWriter();
          const reading = readAll(sent[i]!);
          for (const chunk of chunks) await writer.write(chunk);
          await writer.close();
          assert.deepEqual(await reading, concat(chunks));
        }));
        await run(host, work);
        client.close("done");
        assert.equal(await server.closed, "done");
      },
    ),
    { numRuns: 15 },
  );
});

Deno.test("open() puts header, first bytes and end into one message when they come at once", async () => {
  const { host, near, client, accepted } = linked();
  await writeAll(client.open({ to: "x" }), encodeText("hello"));
  await host.settle();
  assert.equal(near.sent.length, 1);
  assert.equal(decodeText(await readAll(accepted[0]!)), "hello");
});

Deno.test("open() sends header and end as one frame when told that nothing follows", async () => {
  const { host, near, client, accepted } = linked();
  client.open({}, { end: true });
  await host.settle();
  assert.deepEqual(near.sent, [
    encodeFrame(FRAME.openEnd, 1, encodeText("{}")),
  ]);
  assert.equal((await readAll(accepted[0]!)).length, 0);
});

Deno.test("open() throws when the header is too large", () => {
  const { client } = linked();
  assert.throws(
    () => client.open({ text: "x".repeat(16 * 1024) }),
    /Cannot open a stream: header of 16395 bytes/,
  );
});

Deno.test("open() throws when the link is closed", () => {
  const { client } = linked();
  client.close("over");
  assert.throws(() => client.open({}), /link closed/);
});

Deno.test("writable stops its writer when the peer does not read", async () => {
  const { host, client, accepted } = linked();
  const stream = client.open({});
  const writer = stream.writable.getWriter();
  let written = 0;
  const writing = (async () => {
    for (let i = 0; i < 100; i++) {
      await writer.write(new Uint8Array(16 * 1024));
      written += 16 * 1024;
    }
    await writer.close();
  })();
  await host.settle();
  const stopped = written;
  assert.ok(stopped >= 128 * 1024 && stopped <= 320 * 1024, `${stopped}`);
  await host.settle();
  assert.equal(written, stopped);
  const all = await run(host, readAll(accepted[0]!));
  await writing;
  assert.equal(all.length, 1_638_400);
  client.close("done");
});

Deno.test("a small stream is answered at once when a bulk stream fills the link", async () => {
  const { host, near, far, client, accepted } = linked((stream) => {
    if (stream.header["small"]) echo(stream);
  });
  far.hold(); // a slow network: what the client sends stays in its socket
  const bulk = client.open({});
  const writing = writeAll(bulk, new Uint8Array(10_000_000));
  writing.catch(() => {});
  await host.settle();
  const lying = near.bufferedBytes;
  assert.ok(lying > 0 && lying <= 64 * 1024, `${lying} bytes buffered`);
  const before = near.sent.length;
  const small = client.open({ small: true });
  const answered = readAll(small);
  const asked = writeAll(small, encodeText("ping"));
  await host.settle();
  // its opening went out behind what lay in the socket already, before any more of the bulk
  assert.equal((near.sent[before] as Uint8Array)[0], FRAME.open);
  const order: string[] = [];
  answered.then(() => order.push("answered"));
  for (let i = 0; i < 20 && order.length === 0; i++) {
    far.release(1); // one message a millisecond
    await host.advance(1);
  }
  await asked;
  assert.equal(decodeText(await answered), "ping");
  assert.equal(accepted.length, 2);
  bulk.reset("enough");
  await rejects(writing, /Stream reset: enough/);
  client.close("done");
});

Deno.test("streams take turns when several have much to send", async () => {
  const { host, client, accepted } = linked();
  const order: unknown[] = [];
  for (const name of ["a", "b", "c"]) {
    writeAll(client.open({ name }), new Uint8Array(100_000)).catch(() => {});
  }
  await host.settle();
  const reading = Promise.all(accepted.map(async (stream) => {
    for await (const chunk of stream.readable) {
      order.push(stream.header["name"]);
      assert.ok(chunk.length <= 16 * 1024);
    }
  }));
  await run(host, reading);
  client.close("done");
  assert.deepEqual(order.slice(0, 6), ["a", "b", "c", "a", "b", "c"]);
});

Deno.test("writable lets the other direction go on when it is closed", async () => {
  const { host, client, accepted } = linked();
  const stream = client.open({});
  await writeAll(stream, encodeText("question"));
  await host.settle();
  assert.equal(decodeText(await readAll(accepted[0]!)), "question");
  await writeAll(accepted[0]!, encodeText("answer"));
  assert.equal(decodeText(await readAll(stream)), "answer");
});

Deno.test("reset() fails reads and writes on both sides with its reason", async () => {
  const { host, client, accepted } = linked();
  const stream = client.open({});
  const writer = stream.writable.getWriter();
  await writer.write(encodeText("x"));
  await host.settle();
  const [peer] = accepted;
  const reading = peer!.readable.getReader();
  await reading.read();
  const pending = reading.read();
  const peerWriter = peer!.writable.getWriter();
  stream.reset("changed my mind");
  await rejects(pending, /Stream reset by peer: changed my mind/);
  await rejects(peerWriter.closed, /changed my mind/);
  await rejects(writer.closed, /Stream reset: changed my mind/);
  await rejects(stream.readable.getReader().read(), /changed my mind/);
});

Deno.test("reset() by the peer leaves an answer readable when it was complete", async () => {
  const { host, client, accepted } = linked();
  const stream = client.open({});
  await host.settle();
  await writeAll(accepted[0]!, encodeText("too large"));
  await accepted[0]!.readable.cancel("not wanted");
  await host.settle();
  await rejects(
    stream.writable.getWriter().write(new Uint8Array(1)),
    /not wanted/,
  );
  assert.equal(decodeText(await readAll(stream)), "too large");
});

Deno.test("readable tells the peer only after our own direction ended when it is cancelled", async () => {
  const { host, client, accepted } = linked();
  const stream = client.open({});
  await host.settle();
  await accepted[0]!.readable.cancel("enough");
  const writer = stream.writable.getWriter();
  await writer.write(encodeText("more"));
  await writeAll(accepted[0]!, encodeText("answer"));
  assert.equal(decodeText(await readAll(stream)), "answer");
  await rejects(writer.closed, /enough/);
});

Deno.test("close() fails all streams on both sides when the link goes", async () => {
  const { host, client, server, accepted } = linked();
  const stream = client.open({});
  await host.settle();
  const reading = accepted[0]!.readable.getReader().read();
  const writing = stream.writable.getWriter();
  client.close("shutting down");
  await rejects(reading, /Link closed: shutting down/);
  await rejects(writing.closed, /Link closed: shutting down/);
  assert.equal(await client.closed, "shutting down");
  assert.equal(await server.closed, "shutting down");
});

Deno.test("closed tells the code when the connection breaks", async () => {
  const { near, client, server } = linked();
  near.break();
  assert.equal(await client.closed, "connection closed with code 1006");
  assert.equal(await server.closed, "connection closed with code 1006");
});

Deno.test("createMux() sends one ping each way a period when the link is idle", async () => {
  const { host, near, far, client, server } = linked();
  await host.advance(PERIOD_MS * 4);
  assert.deepEqual(near.sent, new Array(4).fill(encodeFrame(FRAME.ping, 0)));
  assert.deepEqual(far.sent, new Array(4).fill(encodeFrame(FRAME.pong, 0)));
  assert.equal(server.lastHeardMs, host.clock.monotonicMs());
  client.close("done");
  await host.settle();
  assert.equal(host.timers, 0);
});

Deno.test("createMux() sends no ping when both directions are in use anyway", async () => {
  const { host, near, client, accepted } = linked();
  const stream = client.open({});
  const writer = stream.writable.getWriter();
  await host.settle();
  const answer = accepted[0]!.writable.getWriter();
  for (let i = 0; i < 10; i++) {
    await host.advance(PERIOD_MS / 2);
    await writer.write(encodeText("x"));
    await answer.write(encodeText("y"));
    await host.settle();
  }
  assert.ok(near.sent.every((sent) => sent[0] !== FRAME.ping));
  client.close("done");
});

Deno.test("createMux() pings when it sends but hears nothing for a period", async () => {
  const { host, near, client } = linked();
  const writer = client.open({}).writable.getWriter();
  for (let i = 0; i < 4; i++) {
    await host.advance(PERIOD_MS / 2);
    await writer.write(encodeText("x"));
    await host.settle();
  }
  const pings = near.sent.filter((sent) =>
    (sent as Uint8Array).includes(FRAME.ping) && sent.length === 3
  );
  assert.equal(pings.length, 2);
  client.close("done");
});

Deno.test("createMux() closes both ends when the peer is silent for two periods and a grace", async () => {
  const { host, near, far, client, server } = linked();
  near.hold();
  far.hold();
  const ends: string[] = [];
  client.closed.then((reason) => ends.push(reason));
  server.closed.then((reason) => ends.push(reason));
  await host.advance(2 * PERIOD_MS + 9_999);
  assert.deepEqual(ends, []);
  await host.advance(1);
  await host.settle();
  assert.deepEqual(ends, ["peer is silent", "peer is silent"]);
});

Deno.test("onHeard() is called for every message from the peer", async () => {
  const host = new VirtualHost();
  const [near, far] = socketPair();
  let heard = 0;
  createMux(host, far, {
    role: "server",
    keepAliveMs: PERIOD_MS,
    onStream: () => {},
    onHeard: () => heard++,
  });
  const client = createMux(host, near, {
    role: "client",
    keepAliveMs: PERIOD_MS,
    onStream: () => {},
  });
  await host.advance(PERIOD_MS * 2);
  assert.equal(heard, 2);
  client.close("done");
  await host.settle();
});

Deno.test("createMux() resets a stream when its taker throws, and the link goes on", async () => {
  const { host, client } = linked((stream) => {
    if (stream.header["bad"]) throw new Error("no such service");
    echo(stream);
  });
  const bad = client.open({ bad: true });
  await rejects(readAll(bad), /no such service/);
  const good = client.open({});
  await writeAll(good, encodeText("still here"));
  assert.equal(decodeText(await readAll(good)), "still here");
  await host.settle();
});

/** A server's end whose peer is this test. */
function attacked(): {
  host: VirtualHost;
  server: Mux;
  accepted: MuxStream[];
  send: (...frames: Uint8Array[]) => Promise<void>;
  received: () => number[];
} {
  const host = new VirtualHost();
  const [near, far] = socketPair();
  near.listen({ onMessage() {}, onClose() {} });
  const accepted: MuxStream[] = [];
  const server = createMux(host, far, {
    role: "server",
    keepAliveMs: PERIOD_MS,
    onStream: (stream) => accepted.push(stream),
  });
  return {
    host,
    server,
    accepted,
    async send(...frames) {
      for (const frame of frames) near.send(frame);
      await host.settle();
    },
    received: () => far.sent.map((sent) => (sent as Uint8Array)[0]!),
  };
}

const OPEN = encodeFrame(FRAME.open, 1, encodeText("{}"));
const ATTACKS: Readonly<Record<string, readonly Uint8Array[]>> = {
  "protocol error: unknown frame 99": [new Uint8Array([99, 0, 0])],
  "protocol error: truncated frame": [new Uint8Array([1, 1, 9, 0])],
  "protocol error: truncated number": [new Uint8Array([1, 0x80])],
  "protocol error: number too large": [
    new Uint8Array([1, ...new Array(8).fill(0xff), 1]),
  ],
  "protocol error: stream 2 cannot be opened": [
    encodeFrame(FRAME.open, 2, encodeText("{}")),
  ],
  "protocol error: stream 1 cannot be opened": [OPEN, OPEN],
  "protocol error: stream 3 was never opened": [
    encodeFrame(FRAME.data, 3, encodeText("x")),
  ],
  "protocol error: stream 2 was never opened": [encodeFrame(FRAME.end, 2)],
  "protocol error: bad header: not an object": [
    encodeFrame(FRAME.open, 1, encodeText("[]")),
  ],
  "protocol error: header of 16385 bytes": [
    encodeFrame(FRAME.open, 1, new Uint8Array(16 * 1024 + 1)),
  ],
  "protocol error: empty data": [OPEN, encodeFrame(FRAME.data, 1)],
  "protocol error: data after the end": [
    OPEN,
    encodeFrame(FRAME.end, 1),
    encodeFrame(FRAME.data, 1, encodeText("x")),
  ],
  "protocol error: data beyond the window": [
    OPEN,
    ...new Array(5).fill(encodeFrame(FRAME.data, 1, new Uint8Array(60_000))),
  ],
  "protocol error: window too large": [
    OPEN,
    encodeFrame(FRAME.window, 1, new Uint8Array([255, 255, 255, 255, 7])),
  ],
  "protocol error: message of 131073 bytes": [new Uint8Array(128 * 1024 + 1)],
};

for (const [reason, frames] of Object.entries(ATTACKS)) {
  Deno.test(`createMux() closes the link when its peer does what gives "${reason}"`, async () => {
    const { server, send } = attacked();
    let closed: string | undefined;
    server.closed.then((reason) => closed = reason);
    await send(...frames.slice(0, -1));
    assert.equal(closed, undefined);
    await send(...frames.slice(-1));
    assert.equal(closed, reason);
  });
}

Deno.test("createMux() closes the link when its peer sends text", async () => {
  const host = new VirtualHost();
  const [near, far] = socketPair();
  const server = createMux(host, far, {
    role: "server",
    keepAliveMs: PERIOD_MS,
    onStream: () => {},
  });
  near.send("{}");
  assert.equal(await server.closed, "protocol error: text message");
});

Deno.test("createMux() resets a stream when its peer has too many, and the others live", async () => {
  const { host, server, accepted, send, received } = attacked();
  for (let i = 0; i < 1024; i++) {
    await send(encodeFrame(FRAME.open, 2 * i + 1, encodeText("{}")));
  }
  assert.equal(accepted.length, 1024);
  assert.deepEqual(received(), []);
  await send(encodeFrame(FRAME.open, 2049, encodeText("{}")));
  assert.deepEqual(received(), [FRAME.reset]);
  assert.equal(accepted.length, 1024);
  server.close("done");
  await host.settle();
});

Deno.test("createMux() takes one-byte frames for what they cost when they come by the thousand", async () => {
  const { server, send } = attacked();
  await send(OPEN);
  let closed = "";
  server.closed.then((reason) => closed = reason);
  const bytes = encodeFrame(FRAME.data, 1, new Uint8Array(1));
  for (let i = 0; i < 4032; i++) await send(bytes);
  assert.equal(closed, "");
  await send(bytes);
  assert.equal(closed, "protocol error: data beyond the window");
});

Deno.test("createMux() resets streams when they hold too much unread together", async () => {
  const { server, send, received } = attacked();
  const data = new Uint8Array(60_000);
  for (let i = 0; i < 160; i++) {
    const id = 2 * i + 1;
    await send(
      encodeFrame(FRAME.open, id, encodeText("{}")),
      ...new Array(4).fill(encodeFrame(FRAME.data, id, data)),
    );
  }
  // 32 MiB hold 139 such streams
  assert.ok(received().filter((type) => type === FRAME.reset).length >= 20);
  server.close("done");
});

Deno.test("createMux() forgets what nobody read of a stream when it is over", async () => {
  const { server, send, received } = attacked();
  const data = new Uint8Array(60_000);
  for (let i = 0; i < 200; i++) {
    const id = 2 * i + 1;
    await send(
      encodeFrame(FRAME.open, id, encodeText("{}")),
      ...new Array(4).fill(encodeFrame(FRAME.data, id, data)),
      encodeFrame(FRAME.reset, id),
    );
  }
  assert.deepEqual(received(), []);
  server.close("done");
});

Deno.test("createMux() survives any bytes when its peer sends nonsense", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }),
      async (messages) => {
        const { server, send } = attacked();
        await send(...messages);
        server.close("done");
        assert.ok(typeof await server.closed === "string");
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("createMux() closes the link when its peer makes it answer and never reads", async () => {
  const host = new VirtualHost();
  const [near, far] = socketPair();
  near.hold();
  near.listen({ onMessage() {}, onClose() {} });
  const server = createMux(host, far, {
    role: "server",
    keepAliveMs: PERIOD_MS,
    onStream: () => {},
  });
  let closed = "";
  server.closed.then((reason) => closed = reason);
  // beyond the 1024th, each is answered by a reset
  for (let id = 1; id < 400_000 && closed === "";) {
    const frames: Uint8Array[] = [];
    for (; frames.length < 10_000; id += 2) {
      frames.push(encodeFrame(FRAME.open, id, encodeText("{}")));
    }
    near.send(concat(frames));
    await host.settle();
  }
  assert.equal(closed, "peer does not read");
});
