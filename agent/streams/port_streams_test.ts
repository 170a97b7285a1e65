import assert from "node:assert/strict";
import { decodeText, encodeText } from "../../src/base/bytes.ts";
import { type ByteStream, HostError } from "../../src/base/host.ts";
import type { PortConnection } from "../runtime/sessions.ts";
import { StreamBench } from "../testing/stream_bench.ts";

/** A connection whose far end sends what it got, in capitals, and goodbye at the end. */
function echo() {
  const state = { closed: false };
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      controller.enqueue(encodeText(decodeText(chunk).toUpperCase()));
    },
    flush: (controller) => controller.enqueue(encodeText("bye")),
  });
  const connection: PortConnection = {
    readable,
    writable,
    close: () => void (state.closed = true),
  };
  return { connection, state };
}

/** The same as the network of the machine gives it. */
function echoStream(): ByteStream {
  const { readable, writable, close } = echo().connection;
  const reader = readable.getReader();
  const writer = writable.getWriter();
  return {
    async read(buffer) {
      const { done, value } = await reader.read();
      if (done) return null;
      buffer.set(value);
      return value.length;
    },
    write: (data) => writer.write(data.slice()).then(() => data.length),
    closeWrite: () => writer.close(),
    close,
    [Symbol.dispose]: close,
    readable: new ReadableStream(),
    writable: new WritableStream(),
  };
}

const HEADER = { type: "portforward", namespace: "default", pod: "web" };

async function talk(bench: StreamBench, header: Record<string, unknown>) {
  const stream = bench.server.open(header);
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});
  const said = (async () => {
    await writer.write(encodeText("hello "));
    await writer.close();
  })().catch(() => {});
  try {
    return await new Response(stream.readable).text();
  } catch (error) {
    return (error as Error).message;
  } finally {
    await said;
  }
}

Deno.test("port-forward carries bytes both ways, each direction with its own end", async () => {
  const { connection, state } = echo();
  const bench = await StreamBench.open({
    port: (port) => port === 80 ? connection : undefined,
  });
  assert.equal(await talk(bench, { ...HEADER, port: 80 }), "HELLO bye");
  await bench.allEnded();
  assert.ok(state.closed);
});

Deno.test("port-forward says why nothing came of it", async () => {
  const broken: PortConnection = {
    readable: new ReadableStream({
      pull() {
        throw new Error("error forwarding port 82: connection refused");
      },
    }),
    writable: new WritableStream(),
    close: () => {},
  };
  const bench = await StreamBench.open({
    port: (port) => port === 82 ? broken : undefined,
  });
  const peer = "Stream reset by peer: ";
  assert.equal(
    await talk(bench, { ...HEADER, port: 81 }),
    `${peer}Could not connect to port 81: connection refused`,
  );
  assert.equal(
    await talk(bench, { ...HEADER, port: 82 }),
    `${peer}error forwarding port 82: connection refused`,
  );
  assert.equal(
    await talk(bench, { ...HEADER, port: 0 }),
    `${peer}400 invalid port "0"`,
  );
  assert.equal(
    await talk(bench, { ...HEADER, pod: "x", port: 80 }),
    `${peer}404 pod does not exist`,
  );
  await bench.allEnded();
});

Deno.test("port-forward hands over the whole answer of a pod that takes no more", async () => {
  const refused = Promise.withResolvers<void>();
  const bench = await StreamBench.open({
    port: () => ({
      readable: new ReadableStream({
        async pull(controller) {
          await refused.promise;
          await bench.host.settle();
          controller.enqueue(encodeText("answer"));
          controller.close();
        },
      }),
      writable: new WritableStream({
        write: () => {
          refused.resolve();
          throw new Error("the connection is over");
        },
      }),
      close: () => {},
    }),
  });
  assert.equal(await talk(bench, { ...HEADER, port: 80 }), "answer");
  await bench.allEnded();
});

Deno.test("port-forward ends the connection when the client is gone", async () => {
  const closed = Promise.withResolvers<void>();
  const bench = await StreamBench.open({
    port: () => ({
      readable: new ReadableStream(),
      writable: new WritableStream(),
      close: () => closed.resolve(),
    }),
  });
  const stream = bench.server.open({ ...HEADER, port: 80 });
  await bench.host.settle();
  stream.reset("client left");
  await closed.promise;
  await bench.allEnded();
});

Deno.test("connect reaches own pods, services and, for the node, its own loopback address, and nothing else", async () => {
  const dialled: string[] = [];
  const bench = await StreamBench.open({}, {
    dial: (to) => {
      const { hostname, port } = to as { hostname: string; port: number };
      dialled.push(`${hostname}:${port}`);
      return Promise.resolve(echoStream());
    },
  });
  const connect = (host: string, more = {}) =>
    talk(bench, { type: "connect", host, port: 80, ...more });
  for (const host of ["10.42.0.7", "10.43.0.1", "10.43.255.255"]) {
    assert.equal(await connect(host), "HELLO bye");
  }
  assert.equal(await connect("127.0.0.1", { node: true }), "HELLO bye");
  assert.equal(dialled.length, 4);
  for (
    const host of [
      "10.42.0.8",
      "10.44.0.1",
      "127.0.0.1",
      "::1",
      "localhost",
      "example.org",
      "169.254.169.254",
      "0.0.0.0",
      "::ffff:127.0.0.1",
      "",
    ]
  ) {
    assert.equal(
      await connect(host),
      `Stream reset by peer: 403 address "${host}" is not this node's to reach`,
    );
  }
  assert.match(await connect("10.42.0.8", { node: true }), /403/);
  assert.match(await connect("10.42.0.7", { port: 65536 }), /400 invalid port/);
  assert.equal(dialled.length, 4);
  await bench.allEnded();
});

Deno.test("connect tells a failure in the words of the API server's proxy", async () => {
  const bench = await StreamBench.open(
    {},
    {
      dial: () =>
        Promise.reject(new HostError("refused", "Connection refused")),
    },
  );
  assert.equal(
    await talk(bench, { type: "connect", host: "10.42.0.7", port: 81 }),
    "Stream reset by peer: 503 dial tcp 10.42.0.7:81: connect: connection refused",
  );
});
