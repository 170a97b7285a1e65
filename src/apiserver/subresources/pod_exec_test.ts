import assert from "node:assert/strict";
import { concat, decodeText, encodeText } from "../../base/bytes.ts";
import {
  CHANNEL,
  type ChannelFrame,
  encodeChannelFrame,
  readChannelFrames,
} from "../../base/channel_frames.ts";
import type { MuxStream } from "../../base/mux.ts";
import { createSpdySession, type SpdyStream } from "../../base/spdy.ts";
import type { ApiServerOptions } from "../api_server.ts";
import { ChannelClient as Client } from "../testing/channel_client.ts";
import { startStreamRig, type StreamRig } from "../testing/stream_rig.ts";

const EXEC = "/api/v1/namespaces/default/pods/a/exec?command=cat&command=-";

/** A session as the agent sees it. */
class AgentSession {
  readonly header: Readonly<Record<string, unknown>>;
  readonly frames: AsyncGenerator<ChannelFrame>;
  /** Resolves once the server has ended the session. */
  readonly gone: Promise<unknown>;
  readonly #stream: MuxStream;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(stream: MuxStream) {
    this.#stream = stream;
    this.header = stream.header;
    this.frames = readChannelFrames(stream.readable);
    this.#writer = stream.writable.getWriter();
    this.gone = this.#writer.closed.catch(() => {});
  }

  /** The next frame as channel and text. */
  async next(): Promise<[number, string]> {
    const { value, done } = await this.frames.next();
    if (done) throw new Error("The server ended the session");
    return [value.channel, decodeText(value.payload)];
  }

  async send(channel: number, text: string): Promise<void> {
    await this.#writer.write(encodeChannelFrame(channel, encodeText(text)));
  }

  async end(status: object): Promise<void> {
    await this.send(CHANNEL.error, JSON.stringify(status));
    await this.#writer.close();
  }

  reset(reason: string): void {
    this.#stream.reset(reason);
  }
}

/** A rig with one pod, and the sessions that reach its agent. */
async function start(options: Partial<ApiServerOptions> = {}): Promise<
  { rig: StreamRig; session(): Promise<AgentSession> } & AsyncDisposable
> {
  const sessions: AgentSession[] = [];
  const waiting: ((session: AgentSession) => void)[] = [];
  const rig = await startStreamRig((stream) => {
    const session = new AgentSession(stream);
    const taker = waiting.shift();
    if (taker === undefined) sessions.push(session);
    else taker(session);
  }, options);
  await rig.makePod("a");
  return {
    rig,
    session() {
      const session = sessions.shift();
      if (session !== undefined) return Promise.resolve(session);
      return new Promise((resolve) => waiting.push(resolve));
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

const SUCCESS = { metadata: {}, status: "Success" };
const EXIT_7 = {
  metadata: {},
  status: "Failure",
  message: "command terminated with non-zero exit code: exit status 7",
  reason: "NonZeroExitCode",
  details: { causes: [{ reason: "ExitCode", message: "7" }] },
};

Deno.test("podExec() joins client and process: input, its end, resize, both outputs and the exit status", async () => {
  await using test = await start();
  await using client = await Client.open(
    test.rig,
    `${EXEC}&stdin=true&stdout=true&stderr=true&tty=false`,
  );
  assert.equal(client.socket.protocol, "v5.channel.k8s.io");
  const session = await test.session();
  const { uid, ...header } = session.header;
  assert.ok(uid);
  assert.deepEqual(header, {
    type: "exec",
    namespace: "default",
    pod: "a",
    container: "main",
    command: ["cat", "-"],
    stdin: true,
    stdout: true,
    stderr: true,
    tty: false,
  });
  client.send(CHANNEL.stdin, "hello");
  client.send(CHANNEL.resize, '{"Width":80,"Height":24}');
  client.socket.send(new Uint8Array([CHANNEL.close, CHANNEL.stdin]));
  assert.deepEqual(await session.next(), [0, "hello"]);
  assert.deepEqual(await session.next(), [4, '{"Width":80,"Height":24}']);
  assert.deepEqual(await session.next(), [255, "\0"]);
  await session.send(CHANNEL.stdout, "out");
  await session.send(CHANNEL.stderr, "err");
  await session.end(EXIT_7);
  assert.deepEqual(await client.next(), [1, "out"]);
  assert.deepEqual(await client.next(), [2, "err"]);
  const [channel, text] = (await client.next())!;
  assert.equal(channel, CHANNEL.error);
  assert.deepEqual(JSON.parse(text), EXIT_7);
  assert.equal(await client.closed, 1000);
});

Deno.test("podExec() passes no input on that was not asked for", async () => {
  await using test = await start();
  await using client = await Client.open(test.rig, `${EXEC}&stdout=true`);
  const session = await test.session();
  client.send(CHANNEL.stdin, "not wanted");
  client.send(CHANNEL.stdout, "nonsense");
  client.send(CHANNEL.resize, "{}");
  assert.deepEqual(await session.next(), [4, "{}"]);
  await session.end(SUCCESS);
});

Deno.test("podExec() speaks base64 when the client asks for it", async () => {
  await using test = await start();
  await using client = await Client.open(
    test.rig,
    `${EXEC}&stdin=1&stdout=1`,
    ["unknown", "v4.base64.channel.k8s.io"],
  );
  const session = await test.session();
  assert.equal(await client.raw(), "1");
  client.socket.send("0" + btoa("hello"));
  assert.deepEqual(await session.next(), [0, "hello"]);
  await session.send(CHANNEL.stdout, "world");
  assert.equal(await client.raw(), "1" + btoa("world"));
  await session.end(SUCCESS);
  assert.deepEqual(
    JSON.parse(atob((await client.raw() as string).slice(1))),
    SUCCESS,
  );
});

Deno.test("podExec() tells clients of old protocols no more than a failure's text", async () => {
  await using test = await start();
  await using client = await Client.open(test.rig, `${EXEC}&stdout=1`, []);
  assert.deepEqual(await client.next(), [1, ""]);
  await (await test.session()).end(EXIT_7);
  assert.deepEqual(await client.next(), [3, EXIT_7.message]);
});

Deno.test("podExec() ends the process when the client vanishes", async () => {
  await using test = await start();
  const client = await Client.open(test.rig, `${EXEC}&stdout=1&stdin=1`);
  const session = await test.session();
  await client[Symbol.asyncDispose]();
  await assert.rejects(session.next(), /client left|client broke off/);
});

Deno.test("podExec() ends the process of a client that vanishes while its input is held up", async () => {
  await using test = await start({ clientPingMs: 100 });
  const client = await Client.open(test.rig, `${EXEC}&stdout=1&stdin=1`);
  const session = await test.session();
  // more than all buffers on the way hold, and nobody reads it: neither do we, so that only writing can tell that the client is gone
  for (let i = 0; i < 64; i++) {
    client.socket.send(new Uint8Array(256 * 1024));
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  await client[Symbol.asyncDispose]();
  await session.gone;
});

Deno.test("podExec() tells why when the link breaks, or the agent refuses", async () => {
  await using test = await start();
  for (
    const [end, text] of [
      [
        '404 container not found ("main")',
        'unable to upgrade connection: container not found ("main")',
      ],
      ["link", "error in the session: Link closed: gone"],
    ] as const
  ) {
    await using client = await Client.open(test.rig, `${EXEC}&stdout=1`);
    const session = await test.session();
    if (end === "link") test.rig.agent.close("gone");
    else session.reset(end);
    const [channel, json] = (await client.next())!;
    assert.equal(channel, CHANNEL.error);
    const status = JSON.parse(json);
    assert.equal(status.message, `Internal error occurred: ${text}`);
    assert.equal(status.code, 500);
    await client.closed;
  }
});

Deno.test("podExec() sessions end with the server", async () => {
  await using test = await start();
  await using client = await Client.open(
    test.rig,
    `${EXEC}&stdout=1&stdin=1`,
  );
  await test.session();
  test.rig.stop();
  const [channel, json] = (await client.next())!;
  assert.equal(channel, CHANNEL.error);
  assert.match(JSON.parse(json).message, /The server is shutting down/);
  await client.closed;
});

Deno.test("podExec() refuses in Kubernetes' words", async () => {
  await using test = await start();
  const { rig } = test;
  await rig.makePod("two", {
    containers: [{ name: "x", image: "i" }, { name: "y", image: "i" }],
    initContainers: [{ name: "init", image: "i" }],
  });
  await rig.makePod("nowhere", { nodeName: undefined });
  await rig.makePod("far", { nodeName: "n2" });
  const PODS = "/api/v1/namespaces/default/pods";
  const cases: [string, number, string][] = [
    ["none/exec?stdout=1", 404, 'pods "none" not found'],
    [
      "two/exec?stdout=1",
      400,
      "a container name must be specified for pod two, choose one of: [init x y]",
    ],
    [
      "two/attach?stdout=1&container=z",
      400,
      "container z is not valid for pod two",
    ],
    ["nowhere/exec?stdout=1", 400, "pod nowhere does not have a host assigned"],
    ["a/exec", 400, "you must specify at least 1 of stdin, stdout, stderr"],
    ["a/exec?stdout=1", 400, "Upgrade request required"],
  ];
  for (const [path, code, message] of cases) {
    for (const method of ["GET", "POST"]) {
      const answer = await rig.ask(method, `${PODS}/${path}`);
      const status = await answer.json();
      assert.deepEqual([answer.status, status.message], [code, message]);
    }
  }
  await assert.rejects(
    Client.open(rig, `${PODS}/far/exec?stdout=1`),
    /Unexpected server response: 500/,
  );
  await assert.rejects(
    Client.open(rig, EXEC + "&stdout=1", ["v9.channel.k8s.io"]),
    /Unexpected server response: 400/,
  );
  assert.equal((await rig.ask("PUT", `${PODS}/a/exec`)).status, 405);
});

/** Asks for SPDY as kubectl did before 1.31. */
async function dialSpdy(rig: StreamRig, path: string): Promise<Deno.TlsConn> {
  const conn = await Deno.connectTls({
    hostname: "127.0.0.1",
    port: rig.port,
    caCerts: [rig.ca],
  });
  await conn.write(encodeText(
    `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n` +
      `authorization: Bearer ${rig.token}\r\nconnection: Upgrade\r\n` +
      `upgrade: SPDY/3.1\r\nx-stream-protocol-version: v4.channel.k8s.io\r\n\r\n`,
  ));
  let head = "";
  const byte = new Uint8Array(1);
  while (!head.endsWith("\r\n\r\n")) {
    if (await conn.read(byte) === null) break;
    head += decodeText(byte);
  }
  assert.match(head, /^HTTP\/1\.1 101 /);
  assert.match(head, /x-stream-protocol-version: v4\.channel\.k8s\.io/);
  return conn;
}

async function textOf(stream: SpdyStream): Promise<string> {
  return decodeText(concat(await Array.fromAsync(stream.readable)));
}

Deno.test("podExec() speaks SPDY/3.1 with clients that ask for it", async () => {
  await using test = await start();
  const conn = await dialSpdy(test.rig, `${EXEC}&stdin=1&stdout=1&stderr=1`);
  const spdy = createSpdySession(conn, { role: "client" });
  const [error, stdin, stdout, stderr] = await Promise.all(
    ["error", "stdin", "stdout", "stderr"].map((streamtype) =>
      spdy.open({ streamtype })
    ),
  );
  const session = await test.session();
  const writer = stdin!.writable.getWriter();
  await writer.write(encodeText("hello"));
  await writer.close();
  assert.deepEqual(await session.next(), [0, "hello"]);
  assert.deepEqual(await session.next(), [255, "\0"]);
  await session.send(CHANNEL.stdout, "out");
  await session.send(CHANNEL.stderr, "err");
  await session.end(EXIT_7);
  assert.equal(await textOf(stdout!), "out");
  assert.equal(await textOf(stderr!), "err");
  assert.deepEqual(JSON.parse(await textOf(error!)), EXIT_7);
  await spdy.closed;
});

Deno.test("podExec() needs the right to create, which reading a pod's exec does not give", async () => {
  const groups: string[] = [];
  await using test = await start({
    tokens: [
      {
        token: "admin-token",
        user: "admin",
        uid: "1",
        groups: ["system:masters"],
      },
      { token: "reader-token", user: "reader", uid: "2", groups },
      { token: "runner-token", user: "runner", uid: "3", groups },
    ],
  });
  const { rig } = test;
  const RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
  for (
    const [name, verbs] of Object.entries({
      reader: ["get"],
      runner: ["get", "create"],
    })
  ) {
    const rules = [{ apiGroups: [""], resources: ["pods/exec"], verbs }];
    const role = await rig.ask("POST", `${RBAC}/roles`, {
      metadata: { name },
      rules,
    });
    assert.equal(role.status, 201, await role.text());
    const binding = await rig.ask("POST", `${RBAC}/rolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{
        apiGroup: "rbac.authorization.k8s.io",
        kind: "User",
        name,
      }],
    });
    assert.equal(binding.status, 201, await binding.text());
  }
  const path = `${EXEC}&stdout=1`;
  await assert.rejects(
    Client.open({ ...rig, token: "reader-token" }, path),
    /Unexpected server response: 403/,
  );
  await using client = await Client.open(
    { ...rig, token: "runner-token" },
    path,
  );
  await (await test.session()).end(SUCCESS);
  assert.equal((await client.next())?.[0], CHANNEL.error);
});
