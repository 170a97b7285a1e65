import assert from "node:assert/strict";
import { makePki } from "../../testing/pki.ts";
import type { Host, RequestHandler } from "../host.ts";
import { makeRealHost } from "../real_host.ts";

const PKI = makePki();

interface Served {
  readonly host: Host;
  readonly url: string;
  readonly path: string;
}

/** Serves with TLS, and without on a unix socket, while `use` runs. */
async function serving(
  handler: RequestHandler,
  use: (served: Served) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    using host = makeRealHost({ writeLog: () => {} });
    const path = `${folder}/socket`;
    await using server = await host.net.serve(handler, {
      at: { hostname: "127.0.0.1", port: 0 },
      tls: PKI.tls,
    });
    await using _local = await host.net.serve(handler, { at: { path } });
    const { port } = server.address as { port: number };
    await use({ host, url: `https://127.0.0.1:${port}`, path });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const echo: RequestHandler = (request) =>
  new Response(request.body, {
    status: 203,
    headers: {
      "x-path": new URL(request.url).pathname,
      "x-method": request.method,
      "x-header": request.headers.get("x-header") ?? "",
    },
  });

Deno.test("fetch() carries method, headers and streamed bodies when it trusts one authority", async () => {
  await serving(echo, async ({ host, url }) => {
    const body = host.random.bytes(1_000_000);
    const response = await host.net.fetch(
      new Request(`${url}/some/path?q=1`, {
        method: "PATCH",
        headers: { "x-header": "value" },
        body: ReadableStream.from([body.slice(0, 10), body.slice(10)]),
      }),
      { ca: PKI.authority.certificate },
    );
    assert.equal(response.status, 203);
    assert.equal(response.headers.get("x-path"), "/some/path");
    assert.equal(response.headers.get("x-method"), "PATCH");
    assert.equal(response.headers.get("x-header"), "value");
    assert.deepEqual(await response.bytes(), body);
  });
});

Deno.test("fetch() goes to a unix socket whatever the URL's host is", async () => {
  await serving(echo, async ({ host, path }) => {
    const response = await host.net.fetch(
      new Request("http://anything/x", { method: "POST", body: "hi" }),
      { unixPath: path },
    );
    assert.equal(response.headers.get("x-path"), "/x");
    assert.equal(await response.text(), "hi");
  });
});

Deno.test("fetch() refuses a server of another authority, even one that the system trusts", async () => {
  await serving(echo, async ({ host, url }) => {
    const folder = await Deno.makeTempDir();
    try {
      // a process whose system-wide store has the server's authority
      await Deno.writeTextFile(`${folder}/trusted`, PKI.authority.certificate);
      const other = makePki().authority.certificate;
      const program = `
        import { makeRealHost } from ${
        JSON.stringify(import.meta.resolve("../real_host.ts"))
      };
        using host = makeRealHost();
        const request = () => new Request(${JSON.stringify(url)});
        console.log((await host.net.fetch(request())).status);
        const ca = ${JSON.stringify(other)};
        console.log(await host.net.fetch(request(), { ca }).then(({ status }) => status, ({ code }) => code));
      `;
      const config = new URL("../../../deno.json", import.meta.url).pathname;
      await Deno.writeTextFile(`${folder}/program.ts`, program);
      const result = await host.processes.run(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--no-check",
          "-A",
          "--config",
          config,
          `${folder}/program.ts`,
        ],
        env: { DENO_CERT: `${folder}/trusted`, NO_COLOR: "1" },
      });
      assert.equal(result.stdout, "203\ninvalid\n", result.stderr);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

Deno.test("fetch() takes any server when told not to verify", async () => {
  await serving(echo, async ({ host, url }) => {
    const response = await host.net.fetch(new Request(url), {
      insecureSkipVerify: true,
    });
    assert.equal(response.status, 203);
    await response.body?.cancel();
    await assert.rejects(host.net.fetch(new Request(url)), {
      name: "HostError",
      code: "invalid",
    });
  });
});

Deno.test("fetch() throws refused when nobody listens, and not-found when a socket is not there", async () => {
  using host = makeRealHost();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  taken.close();
  const request = () => new Request(`https://127.0.0.1:${port}/`);
  const ca = PKI.authority.certificate;
  await assert.rejects(host.net.fetch(request(), { ca }), { code: "refused" });
  await assert.rejects(host.net.fetch(request()), { code: "refused" });
  await assert.rejects(
    host.net.fetch(new Request("http://x/"), { unixPath: "/no/such/socket" }),
    { code: "not-found" },
  );
});

Deno.test("fetch() throws unreachable when there is no such host", async () => {
  using host = makeRealHost();
  const request = new Request("https://no-such-host.invalid/");
  await assert.rejects(
    host.net.fetch(request, { ca: PKI.authority.certificate }),
    { name: "HostError", code: "unreachable" },
  );
});

Deno.test("fetch() throws the signal's reason when it aborts, before, during and after the answer", async () => {
  const reached = Promise.withResolvers<void>();
  await serving((request) => {
    if (request.url.endsWith("/never")) {
      reached.resolve();
      return new Promise(() => {});
    }
    return new Response(
      new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(1)) }),
    );
  }, async ({ host, url }) => {
    const ca = PKI.authority.certificate;
    const reason = new Error("changed my mind");
    await assert.rejects(
      host.net.fetch(new Request(url), {
        ca,
        signal: AbortSignal.abort(reason),
      }),
      reason,
    );
    const during = new AbortController();
    const work = host.net.fetch(new Request(`${url}/never`), {
      ca,
      signal: during.signal,
    });
    await reached.promise;
    during.abort(reason);
    await assert.rejects(work, reason);
    const after = new AbortController();
    const request = new Request(url, { signal: after.signal });
    const response = await host.net.fetch(request, { ca });
    const reader = response.body!.getReader();
    await reader.read();
    const pending = reader.read();
    after.abort(reason);
    await assert.rejects(pending, reason);
  });
});

Deno.test("fetch() breaks the body when the server goes away in the middle of it", async () => {
  await serving(() =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(1));
          setTimeout(() => controller.error(new Error("gone")), 20);
        },
      }),
    ), async ({ host, url }) => {
    const response = await host.net.fetch(new Request(url), {
      ca: PKI.authority.certificate,
    });
    await assert.rejects(response.bytes(), { name: "HostError" });
  });
});

Deno.test("fetch() stops the server's body when nobody reads it", async () => {
  let made = 0;
  await serving(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          made += 64 * 1024;
          controller.enqueue(new Uint8Array(64 * 1024));
        },
      }),
    ), async ({ host, path }) => {
    const response = await host.net.fetch(new Request("http://x/"), {
      unixPath: path,
    });
    let last = -1;
    while (made !== last && made < 50_000_000) {
      last = made;
      await host.clock.sleep(100);
    }
    assert.ok(made < 50_000_000, `${made} bytes made for nobody`);
    await response.body!.cancel();
  });
});
