import assert from "node:assert/strict";
import type { Host } from "../host.ts";
import { makeRealHost } from "../real_host.ts";

async function withFolder(
  use: (host: Host, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  using host = makeRealHost({ writeLog: () => {} });
  try {
    await use(host, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("serve() on a unix socket is for its owner alone, and leaves no file", () =>
  withFolder(async (host, folder) => {
    const path = `${folder}/socket`;
    const server = await host.net.serve(() => new Response("hi"), {
      at: { path },
    });
    assert.deepEqual(server.address, { path });
    assert.equal(Deno.lstatSync(path).mode! & 0o777, 0o600);
    const response = await host.net.fetch(new Request("http://x/"), {
      unixPath: path,
    });
    assert.equal(await response.text(), "hi");
    await assert.rejects(
      host.net.serve(() => new Response(), { at: { path } }),
      { name: "HostError", code: "in-use" },
    );
    await server.close();
    await server.close();
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("serve() takes the place of a socket whose owner was killed", () =>
  withFolder(async (host, folder) => {
    const path = `${folder}/socket`;
    await new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        `Deno.serve({ path: ${
          JSON.stringify(path)
        }, onListen: () => Deno.kill(Deno.pid, "SIGKILL") }, () => new Response());`,
      ],
    }).output();
    assert.ok(Deno.lstatSync(path).isSocket);
    await using server = await host.net.serve(() => new Response(), {
      at: { path },
    });
    assert.ok(server);
  }));

Deno.test("serve() on TCP tells its real port and the client's address", () =>
  withFolder(async (host) => {
    await using server = await host.net.serve(
      (_request, { remote }) => Response.json(remote),
      { at: { hostname: "127.0.0.1", port: 0 } },
    );
    const { port } = server.address as { port: number };
    assert.ok(port > 0);
    const response = await host.net.fetch(
      new Request(`http://127.0.0.1:${port}/`),
    );
    assert.equal((await response.json()).hostname, "127.0.0.1");
  }));

Deno.test("close() lets a running answer finish within the grace", () =>
  withFolder(async (host, folder) => {
    const path = `${folder}/socket`;
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const server = await host.net.serve(async () => {
      begun.resolve();
      await go.promise;
      return new Response("z".repeat(500_000));
    }, { at: { path } });
    const answer = host.net.fetch(new Request("http://x/"), { unixPath: path })
      .then((response) => response.text());
    await begun.promise;
    const closing = server.close({ graceMs: 60_000 });
    go.resolve();
    assert.equal((await answer).length, 500_000);
    await closing;
  }));

Deno.test("close() breaks a running answer off when the grace is over", () =>
  withFolder(async (host, folder) => {
    const path = `${folder}/socket`;
    const server = await host.net.serve(
      () =>
        new Response(
          new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)) }),
        ),
      { at: { path } },
    );
    const response = await host.net.fetch(new Request("http://x/"), {
      unixPath: path,
    });
    const reading = response.text();
    reading.catch(() => {});
    await server.close({ graceMs: 10 });
    await assert.rejects(reading, { name: "HostError" });
  }));
