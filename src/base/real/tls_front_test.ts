import assert from "node:assert/strict";
import { makePki } from "../../testing/pki.ts";
import { testWith } from "../../testing/needs.ts";
import { concat, decodeText, encodeHex, encodeText } from "../bytes.ts";
import type {
  ConnectionInfo,
  Host,
  HttpServer,
  RequestHandler,
} from "../host.ts";
import { decodePemBlock } from "../pem.ts";
import { makeRealHost } from "../real_host.ts";
import { HTTP_LIMITS, type HttpLimits, HttpServing } from "./http_server.ts";

const PKI = makePki();
const CLIENT = PKI.client("jane", ["system:masters", "ops"]);

/** Files that programs need. */
async function withFolder(
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const files = {
      "ca.crt": PKI.authority.certificate,
      "client.crt": CLIENT.certificate,
      "client.key": CLIENT.privateKey,
    };
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Served {
  readonly host: Host;
  readonly server: HttpServer;
  readonly url: string;
  readonly port: number;
  readonly logs: string[];
}

/** Serves on a free port while `use` runs. */
async function serving(
  handler: RequestHandler,
  use: (served: Served) => Promise<void>,
): Promise<void> {
  const logs: string[] = [];
  using host = makeRealHost({ writeLog: (line) => logs.push(line) });
  await using server = await host.net.serve(handler, {
    at: { hostname: "127.0.0.1", port: 0 },
    tls: PKI.tls,
  });
  const { port } = server.address as { port: number };
  await use({ host, server, url: `https://127.0.0.1:${port}`, port, logs });
}

const tell: RequestHandler = async (request, connection) =>
  Response.json({
    method: request.method,
    path: new URL(request.url).pathname,
    body: await request.text(),
    remote: connection.remote,
    certificate: connection.clientCertificate &&
      encodeHex(connection.clientCertificate),
  });

/** A connection whose bytes the test sees; it reads only when told to. */
function dialTls(port: number): Promise<Deno.TlsConn> {
  return Deno.connectTls({
    hostname: "127.0.0.1",
    port,
    caCerts: [PKI.authority.certificate],
    alpnProtocols: ["http/1.1"],
  });
}

/** Resolves when the other end is gone. */
async function gone(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1024);
  try {
    while (await conn.read(buffer) !== null);
  } catch {
    // reset
  }
  conn.close();
}

/** Sends one request on a connection of its own; the text of the answer. */
async function ask(port: number): Promise<string> {
  const conn = await dialTls(port);
  try {
    await conn.write(
      encodeText("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
    );
    const chunks: Uint8Array[] = [];
    const buffer = new Uint8Array(64 * 1024);
    for (let n; (n = await conn.read(buffer)) !== null;) {
      chunks.push(buffer.slice(0, n));
    }
    return decodeText(concat(chunks));
  } finally {
    conn.close();
  }
}

for (const version of ["1.1", "2"]) {
  testWith(
    `serve() answers curl with its address and body when it speaks HTTP/${version}`,
    {
      needs: ["curl"],
      fn: async () => {
        await serving(tell, ({ host, url }) =>
          withFolder(async (folder) => {
            const body = "x".repeat(300_000);
            const result = await host.processes.run("curl", {
              args: [
                "--silent",
                "--show-error",
                version === "2" ? "--http2" : "--http1.1",
                "--cacert",
                `${folder}/ca.crt`,
                "--data-binary",
                "@-",
                "--write-out",
                "\n%{http_version} %{local_port}",
                `${url}/some/path`,
              ],
              stdin: body,
            });
            assert.equal(result.stderr, "");
            const [json = "", line] = result.stdout.split("\n");
            const answer = JSON.parse(json);
            assert.equal(
              line,
              `${version} ${answer.remote.port}`,
            );
            assert.deepEqual(
              { method: answer.method, path: answer.path, body: answer.body },
              { method: "POST", path: "/some/path", body },
            );
            assert.equal(answer.remote.hostname, "127.0.0.1");
            assert.equal(answer.certificate, undefined);
          }));
      },
    },
  );

  testWith(
    `serve() hands over the client's certificate when curl shows one by HTTP/${version}`,
    {
      needs: ["curl"],
      fn: async () => {
        await serving(tell, ({ host, url }) =>
          withFolder(async (folder) => {
            const result = await host.processes.run("curl", {
              args: [
                "--silent",
                version === "2" ? "--http2" : "--http1.1",
                "--cacert",
                `${folder}/ca.crt`,
                "--cert",
                `${folder}/client.crt`,
                "--key",
                `${folder}/client.key`,
                `${url}/1`,
                `${url}/2`,
              ],
            });
            const der = encodeHex(
              decodePemBlock(CLIENT.certificate, "CERTIFICATE"),
            );
            const answers = result.stdout.replace("}{", "}\n{").split("\n");
            assert.deepEqual(
              answers.map((text) => JSON.parse(text).certificate),
              [der, der],
            );
          }));
      },
    },
  );
}

testWith("serve() answers a Go client with its certificate when kubectl asks", {
  needs: ["kubectl"],
  fn: () =>
    serving(tell, ({ host, url }) =>
      withFolder(async (folder) => {
        const result = await host.processes.run("kubectl", {
          args: [
            `--server=${url}`,
            `--certificate-authority=${folder}/ca.crt`,
            `--client-certificate=${folder}/client.crt`,
            `--client-key=${folder}/client.key`,
            "get",
            "--raw",
            "/hello",
          ],
          env: { HOME: folder, KUBECONFIG: "" },
        });
        assert.equal(result.stderr, "");
        const answer = JSON.parse(result.stdout);
        assert.equal(answer.path, "/hello");
        assert.deepEqual(
          host.crypto.readCertificate(
            Uint8Array.fromHex(answer.certificate),
          ).subject,
          { commonName: "jane", organizations: ["system:masters", "ops"] },
        );
      })),
});

Deno.test("serve() answers Deno's fetch when it trusts the authority", async () => {
  await serving(tell, async ({ url }) => {
    using client = Deno.createHttpClient({
      caCerts: [PKI.authority.certificate],
    });
    const response = await fetch(`${url}/x`, { client });
    assert.equal((await response.json()).path, "/x");
  });
});

Deno.test("serve() takes a certificate of another authority for none", async () => {
  const stranger = makePki().client("root", ["system:masters"]);
  await serving(tell, async ({ host, url }) => {
    const response = await host.net.fetch(new Request(url), {
      ca: PKI.authority.certificate,
      clientCertificate: stranger,
    });
    assert.equal((await response.json()).certificate, undefined);
  });
});

Deno.test("serve() takes a server's certificate for none when a client shows it", async () => {
  await serving(tell, async ({ host, url }) => {
    const response = await host.net.fetch(new Request(url), {
      ca: PKI.authority.certificate,
      clientCertificate: PKI.tls,
    }).then((response) => response.json(), () => ({}));
    assert.equal(response.certificate, undefined);
  });
});

Deno.test("serve() keeps identities apart when 200 connections are open at once", async () => {
  const seen: ConnectionInfo[] = [];
  const all = Promise.withResolvers<void>();
  const together: RequestHandler = async (request, connection) => {
    seen.push(connection);
    if (seen.length === 200) all.resolve();
    await all.promise; // nobody is answered before all are there
    return tell(request, connection);
  };
  await serving(together, async ({ host, url }) => {
    const named = [CLIENT, PKI.client("joe"), undefined, PKI.client("ann")];
    await Promise.all(Array.from({ length: 200 }, async (_, i) => {
      const clientCertificate = named[i % named.length];
      const response = await host.net.fetch(
        new Request(`${url}/${i}`, { method: "POST", body: String(i) }),
        {
          ca: PKI.authority.certificate,
          ...(clientCertificate === undefined ? {} : { clientCertificate }),
        },
      );
      const answer = await response.json();
      assert.equal(answer.path, `/${i}`);
      assert.equal(answer.body, String(i));
      assert.equal(
        answer.certificate,
        clientCertificate && encodeHex(
          decodePemBlock(clientCertificate.certificate, "CERTIFICATE"),
        ),
      );
    }));
    const ports = new Set(
      seen.map(({ remote }) => "port" in remote && remote.port),
    );
    assert.equal(ports.size, 200);
  });
});

Deno.test("serve() cancels the answer when the client closes in the middle of it", async () => {
  const cancelled = Promise.withResolvers<void>();
  await serving(
    () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array(10)),
          cancel: () => cancelled.resolve(),
        }),
      ),
    async ({ port, logs }) => {
      const conn = await dialTls(port);
      await conn.write(encodeText("GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
      await conn.read(new Uint8Array(1));
      conn.close();
      await cancelled.promise;
      assert.deepEqual(logs, []);
    },
  );
});

Deno.test("serve() ends the request's body when the client closes in the middle of it", async () => {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<unknown>();
  await serving(async (request) => {
    begun.resolve();
    await request.text().then(ended.resolve, ended.resolve);
    return new Response();
  }, async ({ port, logs }) => {
    const conn = await dialTls(port);
    await conn.write(
      encodeText("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nx"),
    );
    await begun.promise;
    conn.close();
    assert.ok(await ended.promise instanceof Error);
    assert.deepEqual(logs, []);
  });
});

/** Resolves once a number has stopped to rise, or has risen beyond a bound. */
function atRest(count: () => number, bound: number): Promise<void> {
  return new Promise((resolve) => {
    let last = -1;
    const timer = setInterval(() => {
      const now = count();
      if (now > 0 && (now === last || now > bound)) {
        clearInterval(timer);
        resolve();
      }
      last = now;
    }, 100);
  });
}

/** More than any sum of socket buffers, and what no back-pressure would exceed at once. */
const STALL_BOUND_BYTES = 50_000_000;

Deno.test("serve() stops the answer's body when the client does not read", async () => {
  let made = 0;
  await serving(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          made += 64 * 1024;
          controller.enqueue(new Uint8Array(64 * 1024));
        },
      }),
    ), async ({ port }) => {
    const conn = await dialTls(port);
    await conn.write(encodeText("GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
    await atRest(() => made, STALL_BOUND_BYTES);
    assert.ok(made < STALL_BOUND_BYTES, `${made} bytes made for nobody`);
    conn.close();
  });
});

Deno.test("serve() stops the client's body when the handler does not read", async () => {
  const done = Promise.withResolvers<void>();
  await serving(async () => {
    await done.promise;
    return new Response();
  }, async ({ port }) => {
    const conn = await dialTls(port);
    await conn.write(
      encodeText(
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999999\r\n\r\n",
      ),
    );
    let sent = 0;
    const chunk = new Uint8Array(64 * 1024);
    const sending = (async () => {
      while (sent < STALL_BOUND_BYTES) sent += await conn.write(chunk);
    })().catch(() => {});
    await atRest(() => sent, STALL_BOUND_BYTES);
    assert.ok(sent < STALL_BOUND_BYTES, `${sent} bytes taken for nobody`);
    conn.close();
    done.resolve();
    await sending;
  });
});

Deno.test("serve() breaks a connection off when its handshake takes too long, or nothing follows it", async () => {
  await withLimits(
    { handshakeMs: 200, firstRequestMs: 200 },
    async ({ port }) => {
      const silent = await Deno.connect({ hostname: "127.0.0.1", port });
      assert.equal(
        await silent.read(new Uint8Array(1)).catch(() => null),
        null,
      );
      silent.close();
      await gone(await dialTls(port));
    },
  );
});

Deno.test("serve() breaks a connection off whose first request does not become whole, and no other", async () => {
  await withLimits({ firstRequestMs: 300 }, async ({ port }) => {
    const slow = await dialTls(port);
    const trickle = setInterval(() => {
      slow.write(encodeText("x: y\r\n")).catch(() => {});
    }, 50);
    const quick = await dialTls(port);
    const request = encodeText("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    const buffer = new Uint8Array(1024);
    await quick.write(request);
    assert.ok(await quick.read(buffer));
    try {
      await slow.write(encodeText("GET / HTTP/1.1\r\nhost: x\r\n"));
      await gone(slow);
    } finally {
      clearInterval(trickle);
    }
    // It has been silent for as long, but had asked before.
    await quick.write(request);
    assert.ok(await quick.read(buffer));
    quick.close();
  });
});

Deno.test("serve() refuses the connection beyond the limit, and takes one when another ended", async () => {
  await withLimits({ maxConnections: 2 }, async ({ port }) => {
    const first = await dialTls(port);
    const second = await dialTls(port);
    await Promise.all([first, second].map((conn) => conn.handshake()));
    const third = await dialTls(port);
    await assert.rejects(third.handshake());
    third.close();
    first.close();
    let answer = "";
    while (!answer.startsWith("HTTP/1.1 200")) {
      answer = await ask(port).catch(() => "");
    }
    second.close();
  });
});

async function withLimits(
  limits: Partial<HttpLimits>,
  use: (served: { port: number }) => Promise<void>,
): Promise<void> {
  const serving = new HttpServing({
    ...HTTP_LIMITS,
    onError: (error) => {
      throw error;
    },
    ...limits,
  });
  await using server = await serving.serve(() => new Response("hi"), {
    at: { hostname: "127.0.0.1", port: 0 },
    tls: PKI.tls,
  });
  await use({ port: (server.address as { port: number }).port });
}

Deno.test("serve() gives the whole answer when the server closes the connection after it", async () => {
  const body = "y".repeat(200_000);
  await serving(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return new Response(body);
  }, async ({ port }) => {
    const answer = await ask(port);
    assert.ok(answer.endsWith(body));
  });
});

Deno.test("upgrade() joins two sockets through TLS when the client asks for a WebSocket", async () => {
  const serverEnd = Promise.withResolvers<unknown>();
  let host: Host | undefined;
  await serving((request) => {
    const { socket, response } = host!.net.upgrade(request, {
      protocol: "p.wherry",
    });
    socket.listen({
      onMessage: (data) => socket.send(data),
      onClose: serverEnd.resolve,
    });
    return response;
  }, async (served) => {
    host = served.host;
    const socket = await host.net.openSocket(
      `wss://127.0.0.1:${served.port}/link`,
      { ca: PKI.authority.certificate, protocols: ["p.wherry"] },
    );
    const got: unknown[] = [];
    const done = Promise.withResolvers<void>();
    const clientEnd = Promise.withResolvers<unknown>();
    socket.listen({
      onMessage(data) {
        got.push(data);
        if (got.length === 3) done.resolve();
      },
      onClose: clientEnd.resolve,
    });
    const bulk = host.random.bytes(500_000);
    socket.send("text");
    socket.send(new Uint8Array([1, 2, 3]));
    socket.send(bulk);
    await done.promise;
    assert.deepEqual(got, ["text", new Uint8Array([1, 2, 3]), bulk]);
    assert.equal(socket.protocol, "p.wherry");
    socket.close(4000, "enough");
    assert.deepEqual(await serverEnd.promise, { code: 4000, reason: "enough" });
    assert.deepEqual(await clientEnd.promise, { code: 4000, reason: "enough" });
  });
});

Deno.test("close() lets a running answer finish within the grace, and takes no new connection", async () => {
  const go = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  await serving(async () => {
    begun.resolve();
    await go.promise;
    return new Response("z".repeat(500_000));
  }, async ({ server, port, host, url }) => {
    const answer = ask(port);
    await begun.promise;
    const closing = server.close({ graceMs: 60_000 });
    await assert.rejects(
      host.net.fetch(new Request(url), { ca: PKI.authority.certificate }),
      // What had come before the listener was quite gone is broken off.
      ({ code }: { code?: string }) => code === "refused" || code === "closed",
    );
    go.resolve();
    assert.equal((await answer).split("\r\n\r\n")[1]?.length, 500_000);
    await closing;
  });
});

Deno.test("close() breaks a running answer off when the grace is over", async () => {
  const begun = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  await serving(() => {
    begun.resolve();
    return new Response(
      new ReadableStream({ cancel: () => cancelled.resolve() }),
    );
  }, async ({ server, port }) => {
    const conn = await dialTls(port);
    await conn.write(encodeText("GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
    await begun.promise;
    await server.close({ graceMs: 10 });
    await cancelled.promise;
    await gone(conn);
  });
});

Deno.test("serve() throws in-use when somebody listens there", async () => {
  await serving(tell, async ({ host, port }) => {
    await assert.rejects(
      host.net.serve(tell, {
        at: { hostname: "127.0.0.1", port },
        tls: PKI.tls,
      }),
      { name: "HostError", code: "in-use" },
    );
  });
});

Deno.test("serve() throws when the certificate is not one", async () => {
  using host = makeRealHost();
  await assert.rejects(
    host.net.serve(tell, {
      at: { hostname: "127.0.0.1", port: 0 },
      tls: { certificate: "nonsense", privateKey: "nonsense" },
    }),
    { name: "HostError" },
  );
});

Deno.test("serve() answers 500 and logs when the handler throws", async () => {
  await serving(() => {
    throw new Error("broken part");
  }, async ({ host, url, logs }) => {
    const response = await host.net.fetch(new Request(url), {
      ca: PKI.authority.certificate,
    });
    assert.equal(response.status, 500);
    await response.text();
    assert.equal(logs.length, 1);
    assert.match(logs[0]!, /ERROR Request failed error="broken part"/);
  });
});
