import assert from "node:assert/strict";
import { makePki } from "../../testing/pki.ts";
import { decodeText, encodeText } from "../bytes.ts";
import { HostError, type RequestHandler } from "../host.ts";
import { requestOver } from "../http1.ts";
import { makeRealHost } from "../real_host.ts";

const PKI = makePki();

/** A TLS server, and a connection to it that says nothing yet. */
async function connected(
  handler: RequestHandler,
  use: (rig: {
    host: ReturnType<typeof makeRealHost>;
    conn: Deno.TcpConn;
  }) => Promise<void>,
): Promise<void> {
  using host = makeRealHost({ writeLog() {} });
  await using server = await host.net.serve(handler, {
    at: { hostname: "127.0.0.1", port: 0 },
    tls: PKI.tls,
  });
  const { port } = server.address as { port: number };
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await use({ host, conn });
}

const GET = {
  method: "GET",
  path: "/",
  headers: new Headers({ host: "localhost", connection: "close" }),
  body: null,
};

Deno.test("startTls() speaks TLS on a stream that is there", async () => {
  const text = "x".repeat(1_000_000);
  await connected(() => new Response(text), async ({ host, conn }) => {
    const secured = await host.net.startTls(conn, {
      serverName: "localhost",
      ca: PKI.authority.certificate,
    });
    const answer = await requestOver({
      readable: secured.readable,
      writable: secured.writable,
      reset: () => secured.close(),
    }, GET);
    const body = await new Response(answer.body).text();
    assert.equal(body, text);
  });
});

Deno.test("startTls() fails for a certificate of another authority, or of another name", async () => {
  const other = makePki().authority.certificate;
  for (
    const options of [
      { serverName: "localhost", ca: other },
      { serverName: "else.example", ca: PKI.authority.certificate },
    ]
  ) {
    await connected(() => new Response(), async ({ host, conn }) => {
      await assert.rejects(
        host.net.startTls(conn, options),
        (error) => error instanceof HostError && error.code === "invalid",
      );
    });
  }
});

Deno.test("startTls() believes anybody when told to", async () => {
  await connected(() => new Response("yes"), async ({ host, conn }) => {
    const secured = await host.net.startTls(conn, {
      serverName: "127.0.0.1",
      insecureSkipVerify: true,
    });
    await secured.write(encodeText("GET / HTTP/1.0\r\n\r\n"));
    const buffer = new Uint8Array(10_000);
    const count = await secured.read(buffer);
    assert.match(decodeText(buffer.subarray(0, count ?? 0)), /^HTTP\/1.. 200/);
    secured.close();
  });
});

Deno.test("startTls() fails when the other end speaks no TLS, or leaves", async () => {
  using host = makeRealHost({ writeLog() {} });
  for (const says of ["SSH-2.0\r\n", ""]) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const conn = await Deno.connect({
      hostname: "127.0.0.1",
      port: listener.addr.port,
    });
    const theirs = await listener.accept();
    await theirs.write(encodeText(says));
    if (says === "") theirs.close();
    await assert.rejects(
      host.net.startTls(conn, { serverName: "x", insecureSkipVerify: true }),
      HostError,
    );
    if (says !== "") theirs.close();
    listener.close();
  }
});
