import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { concat, decodeText, encodeText } from "../../base/bytes.ts";
import type { MuxStream } from "../../base/mux.ts";
import {
  createSpdySession,
  type SpdySession,
  type SpdyStream,
} from "../../base/spdy.ts";
import { startStreamRig, type StreamRig } from "../testing/stream_rig.ts";

const PATH = "/api/v1/namespaces/default/pods/a/portforward";

/** A node on which port 80 sends everything back and the others are closed. */
async function start(): Promise<StreamRig> {
  const onStream = (stream: MuxStream) => {
    const { type, pod, port } = stream.header;
    assert.deepEqual([type, pod], ["portforward", "a"]);
    if (port === 80) {
      stream.readable.pipeTo(stream.writable).catch(() => {});
    } else {
      stream.reset(`500 nobody listens on ${port}`);
    }
  };
  const rig = await startStreamRig(onStream);
  await rig.makePod("a");
  return rig;
}

function dial(rig: StreamRig, protocol: string, query = ""): WebSocket {
  return new WebSocket(
    rig.url.replace("https", "wss") + PATH + query,
    [protocol],
    { ca: rig.ca, headers: { authorization: `Bearer ${rig.token}` } },
  );
}

async function opened(socket: WebSocket): Promise<void> {
  await new Promise((resolve, reject) => {
    socket.on("open", resolve);
    socket.on("error", reject);
  });
}

/** SPDY after an upgrade, as kubectl spoke it before it put it into a WebSocket. */
async function tunnel(
  rig: StreamRig,
): Promise<{ spdy: SpdySession; gone: Promise<unknown> }> {
  const conn = await Deno.connectTls({
    hostname: "127.0.0.1",
    port: rig.port,
    caCerts: [rig.ca],
  });
  await conn.write(encodeText(
    `POST ${PATH} HTTP/1.1\r\nhost: x\r\n` +
      `authorization: Bearer ${rig.token}\r\nconnection: Upgrade\r\n` +
      "upgrade: SPDY/3.1\r\n" +
      "x-stream-protocol-version: portforward.k8s.io\r\n\r\n",
  ));
  let head = "";
  const byte = new Uint8Array(1);
  while (!head.endsWith("\r\n\r\n")) {
    if (await conn.read(byte) === null) break;
    head += decodeText(byte);
  }
  assert.match(head, /^HTTP\/1\.1 101 /);
  const spdy = createSpdySession(conn, { role: "client" });
  return { spdy, gone: spdy.closed };
}

async function connection(
  spdy: SpdySession,
  at: { id: string; port: string; dataFirst?: boolean },
): Promise<{ data: SpdyStream; error: SpdyStream }> {
  const { id: requestid, port } = at;
  const headers = { port, requestid };
  const open = (streamtype: string, end: boolean) =>
    spdy.open({ ...headers, streamtype }, { end });
  if (at.dataFirst) {
    const data = await open("data", false);
    return { data, error: await open("error", true) };
  }
  const error = await open("error", true);
  return { data: await open("data", false), error };
}

async function textOf(stream: SpdyStream): Promise<string> {
  return decodeText(concat(await Array.fromAsync(stream.readable)));
}

async function sendAll(stream: SpdyStream, text: string): Promise<void> {
  const writer = stream.writable.getWriter();
  await writer.write(encodeText(text));
  await writer.close();
}

Deno.test("podPortForward() joins connections to the port through SPDY", async () => {
  await using rig = await start();
  const { spdy, gone } = await tunnel(rig);
  // all pairs are open before any is used, in either order
  const pairs = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      connection(spdy, {
        id: String(i),
        port: "80",
        dataFirst: i % 2 === 0,
      })),
  );
  await Promise.all(pairs.map(async ({ data, error }, i) => {
    const text = `${i}`.repeat(50_000);
    const [, back] = await Promise.all([sendAll(data, text), textOf(data)]);
    assert.equal(back, text);
    assert.equal(await textOf(error), "");
  }));
  spdy.close("done");
  await gone;
});

Deno.test("podPortForward() says on the error stream why a connection failed, and the others go on", async () => {
  await using rig = await start();
  const { spdy, gone } = await tunnel(rig);
  const bad = await connection(spdy, { id: "0", port: "81" });
  assert.match(
    await textOf(bad.error),
    /^error forwarding port 81 to pod a_default, uid [-\w]+: nobody listens on 81$/,
  );
  assert.equal(await textOf(bad.data), "");
  const good = await connection(spdy, { id: "1", port: "80" });
  const [, back] = await Promise.all([
    sendAll(good.data, "x"),
    textOf(good.data),
  ]);
  assert.equal(back, "x");
  spdy.close("done");
  await gone;
});

Deno.test("podPortForward() refuses streams that belong to no connection", async () => {
  await using rig = await start();
  const { spdy, gone } = await tunnel(rig);
  for (
    const headers of [
      { streamtype: "other", port: "80", requestid: "0" },
      { streamtype: "data", port: "0", requestid: "0" },
      { streamtype: "data", port: "65536", requestid: "0" },
      { streamtype: "data", requestid: "0" },
    ]
  ) {
    await assert.rejects(spdy.open(headers));
  }
  await spdy.open({ streamtype: "data", port: "80", requestid: "0" });
  await assert.rejects(
    spdy.open({ streamtype: "data", port: "80", requestid: "0" }),
  );
  spdy.close("done");
  await gone;
});

Deno.test("podPortForward() ends when the node's link breaks", async () => {
  await using rig = await start();
  const { spdy, gone } = await tunnel(rig);
  rig.agent.close("gone");
  await spdy.closed;
  await gone;
});

Deno.test("podPortForward() speaks channels: each port has one for bytes and one for errors", async () => {
  await using rig = await start();
  const socket = dial(rig, "v4.channel.k8s.io", "?ports=80&ports=81");
  const messages: [number, string][] = [];
  const told = Promise.withResolvers<void>();
  const gone = new Promise((resolve) => socket.on("close", resolve));
  socket.on("message", (data: Uint8Array) => {
    const bytes = new Uint8Array(data);
    messages.push([bytes[0]!, decodeText(bytes.subarray(1))]);
    if (messages.length === 6) told.resolve();
  });
  await opened(socket);
  socket.send(concat([new Uint8Array([0]), encodeText("hello")]));
  await told.promise;
  const on = (channel: number) =>
    messages.filter(([of]) => of === channel).map(([, text]) => text);
  assert.deepEqual(on(0), ["P\0", "hello"]);
  assert.deepEqual(on(1), ["P\0"]);
  assert.deepEqual(on(2), ["Q\0"]);
  assert.match(
    on(3).join("|"),
    /^Q\0\|error forwarding port 81 .*nobody listens/,
  );
  socket.close();
  await gone;
});

Deno.test("podPortForward() refuses in Kubernetes' words", async () => {
  await using rig = await start();
  await rig.makePod("nowhere", { nodeName: undefined });
  const PODS = "/api/v1/namespaces/default/pods";
  const cases: [string, number, string][] = [
    ["none", 404, 'pods "none" not found'],
    ["nowhere", 400, "pod nowhere does not have a host assigned"],
    ["a", 400, "Upgrade request required"],
  ];
  for (const [name, code, message] of cases) {
    const answer = await rig.ask("POST", `${PODS}/${name}/portforward`);
    assert.deepEqual(
      [answer.status, (await answer.json()).message],
      [code, message],
    );
  }
  for (const query of ["", "?ports=0", "?ports=x"]) {
    await assert.rejects(
      opened(dial(rig, "v4.channel.k8s.io", query)),
      /Unexpected server response: 400/,
    );
  }
});
